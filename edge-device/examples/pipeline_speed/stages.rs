//! Where the time of a frame goes: every stage by itself, on one thread.

use crate::feed::frame;
use crate::processor_time::processor_seconds;
use anyhow::Context;
use blastscope::config::Config;
use blastscope::domain::FieldPixelSize;
use blastscope::pipeline::{EncodedField, FoundFrame, SlideCounter, screen_field};
use blastscope::screen::{ClassifierFacts, PixelSizeEstimator};
use blastscope::store::{NewSlide, Store, field_picture};
use blastscope_inference::Classifier;
use blastscope_vision::crop::crop_found;
use blastscope_vision::find::{FoundField, find_cells};
use blastscope_vision::quality::{QualityReference, measure};
use blastscope_vision::raster::PreparedField;
use blastscope_vision::register::RegistrationImage;
use blastscope_vision::stain::StainNormaliser;
use image::RgbImage;
use jiff::Timestamp;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

/// Milliseconds a frame by stage, in the order of the work.
pub struct Stages {
    pub times: Vec<(&'static str, f64)>,
    /// Wall time of keeping a frame, which waits for the disk.
    pub kept_wall: f64,
    pub cells_a_frame: f64,
}

/// Sums of seconds over the fields.
#[derive(Default)]
struct Sums {
    quality: f64,
    find: f64,
    colours: f64,
    look: f64,
    classify: f64,
    picture: f64,
    encode: f64,
    count: f64,
    keep: f64,
    kept_wall: f64,
    cells: usize,
}

/// Takes every field once through the stages; what is kept goes to `store`.
pub fn stages(
    fields: &[RgbImage],
    classifier: &Arc<Classifier>,
    config: &Config,
    store: &mut Store,
) -> anyhow::Result<Stages> {
    let facts = ClassifierFacts::of(classifier, "the measurement")?;
    let slide = store.begin_slide(&NewSlide {
        name: "stage by stage".to_owned(),
        started: Timestamp::now(),
        source: "drawn fields".to_owned(),
        model: classifier.model().clone(),
        classifier: facts.clone(),
        settings: config.counting(classifier.calibration()),
    })?;
    let mut worker = classifier.worker()?;
    let mut stain = StainNormaliser::new(&config.stain, classifier.stain());
    let mut counter = SlideCounter::new(&facts, &config.screen);
    let mut sums = Sums::default();
    for (number, image) in (0..).zip(fields) {
        let measures = timed(&mut sums.quality, || measure(&PreparedField::new(image)));
        let quality = QualityReference::default().judge(measures, &config.quality);
        let found = timed(&mut sums.find, || {
            find_cells(&PreparedField::new(image), &config.finder)
        });
        let colours = timed(&mut sums.colours, || stain.next(image, &quality.measures, &found));
        timed(&mut sums.look, || black_box(RegistrationImage::new(image)));
        sums.cells += found.cells.len();
        let pixel_size = PixelSizeEstimator::default()
            .measure(Some(blastscope_vision::synthetic::Smear::PIXEL_SIZE), None);
        let whole = found_frame(fields, number, found, pixel_size)?;
        let whole = FoundFrame {
            stain: colours,
            quality,
            ..whole
        };
        timed(&mut sums.classify, || classify_all(&mut worker, &whole))?;
        let mut field = screen_field(&mut worker, whole, true)?;
        timed(&mut sums.count, || counter.count(&mut field));
        timed(&mut sums.picture, || field_picture(image))?;
        let encoded = timed(&mut sums.encode, || EncodedField::of(field))?;
        let started = Instant::now();
        timed(&mut sums.keep, || encoded.keep(store, slide))?;
        sums.kept_wall += started.elapsed().as_secs_f64();
    }
    store.end_slide(slide, Timestamp::now(), &counter.tally().summary())?;
    let frames = fields.len().max(1) as f64;
    let milliseconds = |seconds: f64| 1e3 * seconds.max(0.0) / frames;
    let times = [
        ("quality", sums.quality),
        ("find", sums.find),
        ("colours of the slide", sums.colours),
        ("crop and classify", sums.classify),
        ("encode cells", sums.encode - sums.picture),
        ("encode the shown picture", sums.picture),
        ("look for registration", sums.look),
        ("register and count", sums.count),
        ("keep", sums.keep),
    ];
    Ok(Stages {
        times: times
            .into_iter()
            .map(|(name, s)| (name, milliseconds(s)))
            .collect(),
        kept_wall: milliseconds(sums.kept_wall),
        cells_a_frame: sums.cells as f64 / frames,
    })
}

fn found_frame(
    fields: &[RgbImage],
    number: u64,
    found: FoundField,
    pixel_size: Option<FieldPixelSize>,
) -> anyhow::Result<FoundFrame> {
    let frame = frame(fields, number).context("no fields were drawn")?;
    Ok(FoundFrame {
        frame,
        quality: QualityReference::default().judge(Default::default(), &Default::default()),
        found,
        pixel_size,
        stain: None,
    })
}

/// Crops and classifies as the pipeline does, and does no more.
fn classify_all(
    worker: &mut blastscope_inference::ClassifierWorker,
    found: &FoundFrame,
) -> anyhow::Result<()> {
    let pixel_size = found.pixel_size.context("the pixel size is unknown")?;
    for cell in found.found.cells.iter().filter(|c| !c.cut_by_border) {
        let mut crop = crop_found(
            &found.frame.image,
            cell,
            pixel_size.size,
            worker.classifier().input(),
        )?;
        if let Some(stain) = &found.stain {
            crop = stain.apply(&crop)?;
        }
        black_box(worker.classify(&crop)?);
    }
    Ok(())
}

/// Runs `work` and adds its processor time to `sum`.
fn timed<R>(sum: &mut f64, work: impl FnOnce() -> R) -> R {
    let started = processor_seconds();
    let result = black_box(work());
    *sum += processor_seconds() - started;
    result
}
