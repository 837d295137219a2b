use super::*;
use crate::capture::{CameraSpec, Frame};
use crate::config::Config;
use crate::observe::{ManualClock, SystemClock};
use blastscope_inference::test_package::TestPackage;
use blastscope_inference::{ModelSource, NumberFormatChoice};
use blastscope_vision::quality::{FieldVerdict, QualityReason};
use blastscope_vision::raster::PixelSize;
use std::time::Duration;
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    classifier: Arc<Classifier>,
}

impl Fixture {
    fn new() -> Self {
        Self::of(|_| {})
    }

    /// With a package whose manifest is changed.
    fn of(change: impl Fn(&mut blastscope_shared::package::Manifest)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = TestPackage::write_with(folder.path(), change, |_| {});
        let source = ModelSource {
            package: made.package,
            trusted_keys: vec![made.key],
        };
        let classifier = Arc::new(Classifier::load(&source, NumberFormatChoice::F32).unwrap());
        Self { folder, classifier }
    }

    fn store(&self) -> Store {
        Store::open(
            &self.folder.path().join("data"),
            &self.settings(&Config::default()),
        )
        .unwrap()
    }

    fn start(&self, source: Box<dyn FrameSource>, config: &Config) -> Pipeline {
        let clock = Arc::new(SystemClock::default());
        let settings = self.settings(config);
        let workers = config.worker_count();
        Pipeline::start(source, &self.classifier, self.store(), &settings, workers, clock).unwrap()
    }

    fn settings(&self, config: &Config) -> CountingSettings {
        config.counting(self.classifier.calibration())
    }
}

fn synthetic() -> Box<dyn FrameSource> {
    "synthetic:seed=5,fps=60"
        .parse::<CameraSpec>()
        .unwrap()
        .open(1.0)
        .unwrap()
}

async fn new_slide(pipeline: &Pipeline, name: &str) -> crate::domain::SlideId {
    let (reply, id) = tokio::sync::oneshot::channel();
    pipeline
        .commands()
        .send(Command::NewSlide {
            name: Some(name.into()),
            reply,
        })
        .unwrap();
    id.await.unwrap()
}

#[tokio::test]
async fn what_is_shown_is_what_is_kept() {
    let fixture = Fixture::new();
    let config = Config {
        workers: Some(2),
        cells_per_slide: 20,
        ..Config::default()
    };
    let pipeline = fixture.start(synthetic(), &config);
    let mut live = pipeline.live();
    let full = live
        .wait_for(|v| v.snapshot.slide.progress.full)
        .await
        .unwrap()
        .clone();
    let store = tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();

    let reader = store.reader().unwrap();
    let id = full.snapshot.slide.id;
    let (slide, summary) = reader.slide(id).unwrap();
    assert_eq!(summary, full.snapshot.summary);
    assert!(slide.ended.is_some() && slide.cells >= 20);
    assert_eq!(summary.scale.nanometres_per_pixel, Some(PixelSize::new(110)));

    // The drawn blasts are the larger cells, which is all that the test package looks at.
    let counts = summary.counts.iter().map(|c| (c.class.name(), c.cells));
    let counts: std::collections::BTreeMap<_, _> = counts.collect();
    assert!(counts["all"] > 0 && counts["hem"] > 0, "{counts:?}");
    let cells = reader.cells(id, None, None, 1000).unwrap();
    assert_eq!(cells.len() as u64, summary.cells);
    for cell in &cells {
        let crop = image::load_from_memory(&reader.crop(cell.id).unwrap()).unwrap();
        let (width, height) = (cell.cell.bounds.width, cell.cell.bounds.height);
        assert!(crop.width() >= width && crop.height() >= height);
        let mask = reader.mask(cell).unwrap();
        assert_eq!((mask.width, mask.height), (width, height));
        assert!(mask.area() > 0);
    }
    let field = full.snapshot.field.as_ref().unwrap();
    assert_eq!(
        field.cells.len(),
        reader.cells_of_field(field.id.unwrap()).unwrap().len()
    );
    assert_eq!(reader.field_picture(field.id.unwrap()).unwrap(), full.picture);
}

#[tokio::test]
async fn a_full_slide_counts_no_more_and_a_new_one_starts_from_nothing() {
    let fixture = Fixture::new();
    let config = Config {
        workers: Some(2),
        cells_per_slide: 6,
        ..Config::default()
    };
    let pipeline = fixture.start(synthetic(), &config);
    let mut live = pipeline.live();
    let full = live
        .wait_for(|v| v.snapshot.slide.progress.full)
        .await
        .unwrap()
        .snapshot
        .clone();
    let unkept = |v: &Arc<LiveView>| v.snapshot.field.as_ref().is_some_and(|f| f.id.is_none());
    let later = live.wait_for(unkept).await.unwrap().snapshot.clone();
    assert_eq!(later.summary, full.summary);

    let second = new_slide(&pipeline, "second").await;
    let next = live
        .wait_for(|v| v.snapshot.slide.id == second)
        .await
        .unwrap()
        .snapshot
        .clone();
    assert_eq!(next.slide.name, "second");
    live.wait_for(|v| v.snapshot.slide.id == second && v.snapshot.summary.cells > 0)
        .await
        .unwrap();
    let store = tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    let slides = store.reader().unwrap().slides(None, 10).unwrap();
    assert_eq!(slides.len(), 2);
    assert_eq!(slides[1].cells, full.summary.cells);
}

#[tokio::test]
async fn a_slide_of_empty_fields_does_not_go_on_for_ever() {
    let fixture = Fixture::new();
    let config = Config {
        workers: Some(2),
        fields_per_slide: 3,
        ..Config::default()
    };
    let glass = "synthetic:cells=0,fps=60".parse::<CameraSpec>().unwrap();
    let pipeline = fixture.start(glass.open(1.0).unwrap(), &config);
    let mut live = pipeline.live();
    let full = live
        .wait_for(|v| v.snapshot.slide.progress.full)
        .await
        .unwrap()
        .snapshot
        .clone();
    assert_eq!((full.summary.fields, full.summary.cells), (3, 0));
    tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn colours_are_brought_to_those_of_the_package_and_the_parameters_are_shown_and_kept() {
    let fixture = Fixture::of(|manifest| {
        manifest.stain = Some(blastscope_shared::stain::StainReference {
            mean: [7.5, 0.0, 0.05],
            deviation: [0.5, 0.05, 0.05],
            cells: 512,
        });
    });
    for (text, changed) in [("", true), ("[stain]\nmethod = 'off'", false)] {
        let config = Config {
            workers: Some(2),
            fields_per_slide: 1,
            ..toml::from_str(text).unwrap()
        };
        let pipeline = fixture.start(synthetic(), &config);
        let mut live = pipeline.live();
        let full = live
            .wait_for(|v| v.snapshot.slide.progress.full)
            .await
            .unwrap()
            .clone();
        let stain = full.snapshot.field.as_ref().unwrap().stain;
        assert_eq!(stain.is_some(), changed, "{text}");
        let slide = full.snapshot.slide.id;
        let store = tokio::task::spawn_blocking(|| pipeline.stop())
            .await
            .unwrap()
            .unwrap();
        let (row, _) = store.reader().unwrap().slide(slide).unwrap();
        assert_eq!(row.stain, stain);
    }
}

#[tokio::test]
async fn unusable_fields_are_shown_and_kept_and_none_of_their_cells_is_counted() {
    let fixture = Fixture::new();
    let config = Config {
        workers: Some(2),
        fields_per_slide: 2,
        ..Config::default()
    };
    let soft = "synthetic:blur=7,fps=60".parse::<CameraSpec>().unwrap();
    let pipeline = fixture.start(soft.open(1.0).unwrap(), &config);
    let mut live = pipeline.live();
    let full = live
        .wait_for(|v| v.snapshot.slide.progress.full)
        .await
        .unwrap()
        .clone();
    let summary = &full.snapshot.summary;
    assert_eq!((summary.fields, summary.fields_unusable), (2, 2));
    assert_eq!((summary.cells, summary.rejected), (0, 0));
    let field = full.snapshot.field.as_ref().unwrap();
    assert!(field.cells.is_empty() && field.rejected.is_empty());
    assert_eq!(field.quality.verdict, FieldVerdict::Unusable);
    assert_eq!(field.quality.reasons, [QualityReason::OutOfFocus]);
    let store = tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    let kept = store
        .reader()
        .unwrap()
        .field(field.id.unwrap())
        .unwrap()
        .quality
        .unwrap();
    assert_eq!(kept.reasons, ["out_of_focus"]);
}

#[tokio::test]
async fn a_folder_is_screened_once_for_every_slide() {
    let fixture = Fixture::new();
    let fields = fixture.folder.path().join("fields");
    std::fs::create_dir(&fields).unwrap();
    for number in 0..3 {
        let smear = blastscope_vision::synthetic::Smear::draw(&Default::default(), number, 0.4);
        smear.image.save(fields.join(format!("{number}.png"))).unwrap();
    }
    let config = Config {
        workers: Some(2),
        scale_nm: Some(110),
        ..Config::default()
    };
    let spec = CameraSpec::Replay(fields);
    let pipeline = fixture.start(spec.open(60.0).unwrap(), &config);
    let mut live = pipeline.live();
    let first = live
        .wait_for(|v| v.snapshot.summary.fields == 3)
        .await
        .unwrap()
        .snapshot
        .clone();
    let second = new_slide(&pipeline, "again").await;
    let again = |v: &Arc<LiveView>| v.snapshot.slide.id == second && v.snapshot.summary.fields == 3;
    let again = live.wait_for(again).await.unwrap().snapshot.clone();
    assert_eq!(again.summary, first.summary);
    assert_eq!(pipeline.health().frames(), 6);
    tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_cell_seen_again_is_kept_and_shown_but_not_counted() {
    let fixture = Fixture::new();
    let fields = fixture.folder.path().join("fields");
    std::fs::create_dir(&fields).unwrap();
    let smear = blastscope_vision::synthetic::Smear::draw(&Default::default(), 3, 0.4);
    for name in ["a.png", "b.png"] {
        smear.image.save(fields.join(name)).unwrap();
    }
    let config = Config {
        workers: Some(2),
        scale_nm: Some(110),
        ..Config::default()
    };
    let pipeline = fixture.start(CameraSpec::Replay(fields).open(60.0).unwrap(), &config);
    let mut live = pipeline.live();
    let both = live
        .wait_for(|v| v.snapshot.summary.fields == 2)
        .await
        .unwrap()
        .snapshot
        .clone();
    let store = tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    let summary = &both.summary;
    assert!(
        summary.cells > 0 && summary.duplicates == summary.cells,
        "{summary:?}"
    );
    let reader = store.reader().unwrap();
    let (slide, kept) = reader.slide(both.slide.id).unwrap();
    assert_eq!((&kept, slide.cells), (summary, summary.cells));
    let counted = reader.cells(both.slide.id, None, None, 100).unwrap();
    assert_eq!(counted.len() as u64, summary.cells);
    let field = both.field.unwrap();
    let originals: Vec<_> = field.cells.iter().filter_map(|c| c.duplicate_of).collect();
    assert!(
        originals.iter().all(|id| counted.iter().any(|c| c.id == *id)),
        "{originals:?}"
    );
    assert_eq!(
        reader.cells_of_field(field.id.unwrap()).unwrap().len(),
        field.cells.len()
    );
    assert_eq!(originals.len() as u64, summary.duplicates);
}

/// A camera that fails after its first frame.
struct Failing(bool);

impl FrameSource for Failing {
    fn next_frame(&mut self) -> Result<Option<Frame>> {
        if std::mem::replace(&mut self.0, true) {
            return Err(Error::new(ErrorKind::Camera, "the cable is out"));
        }
        synthetic().next_frame()
    }

    fn interval(&self) -> Duration {
        Duration::ZERO
    }

    fn is_live(&self) -> bool {
        true
    }

    fn name(&self) -> &str {
        "failing"
    }
}

#[tokio::test]
async fn the_end_of_a_stage_is_told_with_its_reason() {
    let fixture = Fixture::new();
    let config = Config {
        workers: Some(1),
        ..Config::default()
    };
    let mut pipeline = fixture.start(Box::new(Failing(false)), &config);
    let end = pipeline.stage_ended().await;
    assert_eq!(end.stage, "capture");
    let error = end.into_error();
    assert_eq!(error.to_string(), "the capture stage ended: the cable is out");
    assert_eq!(error.kind(), ErrorKind::Camera);
    // What was taken before is still kept.
    let store = tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.reader().unwrap().slides(None, 1).unwrap()[0].fields, 1);
}

#[tokio::test]
async fn no_field_is_lost_on_a_change_of_the_slide() {
    let fixture = Fixture::new();
    let fields = fixture.folder.path().join("fields");
    std::fs::create_dir(&fields).unwrap();
    for number in 0..12 {
        let smear = blastscope_vision::synthetic::Smear::draw(&Default::default(), number, 0.4);
        smear.image.save(fields.join(format!("{number:02}.png"))).unwrap();
    }
    let config = Config {
        workers: Some(2),
        scale_nm: Some(110),
        ..Config::default()
    };
    let pipeline = fixture.start(CameraSpec::Replay(fields).open(60.0).unwrap(), &config);
    // Two changes at once, while frames are on their way.
    pipeline
        .live()
        .wait_for(|v| v.snapshot.summary.fields >= 2)
        .await
        .unwrap();
    let second = new_slide(&pipeline, "second").await;
    let third = new_slide(&pipeline, "third").await;
    let health = pipeline.health();
    let mut live = pipeline.live();
    live.wait_for(|v| v.snapshot.slide.id == third && v.snapshot.summary.fields == 12)
        .await
        .unwrap();
    let store = tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    let slides = store.reader().unwrap().slides(None, 10).unwrap();
    let kept: u64 = slides.iter().map(|s| s.fields).sum();
    assert_eq!(kept + health.dropped(), health.frames(), "{slides:?}");
    assert_eq!(health.dropped(), 0, "a folder waits");
    assert!(slides.iter().any(|s| s.id == third && s.fields == 12));
    // One that got no field in time is not kept.
    assert!(slides.iter().filter(|s| s.id == second).all(|s| s.fields > 0));
    for slide in &slides {
        let (_, summary) = store.reader().unwrap().slide(slide.id).unwrap();
        assert_eq!((summary.fields, summary.cells), (slide.fields, slide.cells));
    }
}

#[tokio::test]
async fn a_slide_without_a_name_is_named_by_the_time_it_was_put_on_the_stage() {
    let fixture = Fixture::new();
    let clock = Arc::new(ManualClock::at("2027-01-15T08:00:00.5Z".parse().unwrap()));
    let settings = fixture.settings(&Config::default());
    let store = fixture.store();
    let pipeline = Pipeline::start(
        synthetic(),
        &fixture.classifier,
        store,
        &settings,
        1,
        Arc::clone(&clock) as Arc<dyn Clock>,
    )
    .unwrap();
    let slide = pipeline.live().borrow().snapshot.slide.clone();
    assert_eq!(slide.name, "Slide of 2027-01-15 08:00:00 UTC");
    assert_eq!(slide.started, "2027-01-15T08:00:00.5Z".parse().unwrap());
    pipeline
        .live()
        .wait_for(|v| v.snapshot.summary.fields == 1)
        .await
        .unwrap();
    clock.advance(Duration::from_secs(60));
    let store = tokio::task::spawn_blocking(|| pipeline.stop())
        .await
        .unwrap()
        .unwrap();
    let slides = store.reader().unwrap().slides(None, 1).unwrap();
    assert_eq!(slides[0].ended, "2027-01-15T08:01:00.5Z".parse().ok());
}
