//! `blastscope screen`: all fields of one slide.

use super::batch::Outcome;
use super::options::{ModelOptions, PictureOptions, WorkOptions, checked, classifier};
use super::{output, sentences};
use crate::Error;
use crate::capture::{Frame, StagePositions};
use crate::domain::{PixelSizeOrigin, ReviewState, Summary};
use crate::pipeline::{Screening, SlideCounter};
use crate::session::InBand;
use blastscope_shared::DISCLAIMER;
use blastscope_vision::picture::{list_pictures, read_picture};
use jiff::Timestamp;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pictures: PictureOptions,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    work: WorkOptions,
    /// Scale of the fields in nanometres a pixel [default: from red cells of 7.5 µm]
    #[arg(long, value_name = "N")]
    scale_nm: Option<u32>,
    /// Stop at the field after which more cells, up to cells_per_slide, cannot change the finding
    #[arg(long)]
    stop_early: bool,
}

/// What is written of a slide.
#[derive(Debug, Serialize)]
struct Screened {
    #[serde(flatten)]
    summary: Summary,
    /// More cells, up to `cells_per_slide`, will not change the finding.
    settled: bool,
    /// Nothing that leaves here is signed.
    status: ReviewState,
    notice: &'static str,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut config = arguments.work.config()?;
    arguments.model.over(&mut config);
    config.scale_nm = arguments.scale_nm.or(config.scale_nm);
    let config = checked(config)?;
    let classifier = classifier(&config)?;
    classifier.must_judge_cells("screen")?;
    let settings = config.counting(classifier.calibration());
    let mut counter = SlideCounter::new(&classifier, &settings.screen);
    let screening = Screening::new(&classifier, settings, config.worker_count());
    let outcome = Mutex::new(Outcome::default());
    let frames = Fields::new(&arguments.pictures, &outcome);
    screening.run(frames.map(InBand::Field), Ok, |passing| {
        if let InBand::Field(mut field) = passing {
            counter.count(&mut field);
        }
        let done = arguments.stop_early && counter.tally().is_settled(config.cells_per_slide);
        Ok(if done {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    let outcome = outcome.into_inner().unwrap_or_default();
    if arguments.pictures.strict && outcome.bad > 0 {
        return Ok(outcome.exit_code());
    }
    let tally = counter.tally();
    let screened = Screened {
        summary: tally.summary(),
        settled: tally.is_settled(config.cells_per_slide),
        status: ReviewState::default(),
        notice: DISCLAIMER,
    };
    match arguments.pictures.wants_json() {
        true => output::json_line(&screened)?,
        false => output::line(&readable(&screened))?,
    }
    Ok(outcome.exit_code())
}

/// The readable pictures as frames of one slide.
struct Fields<'a> {
    listed: std::vec::IntoIter<blastscope_vision::Result<PathBuf>>,
    strict: bool,
    stage: StagePositions,
    number: u64,
    outcome: &'a Mutex<Outcome>,
}

impl<'a> Fields<'a> {
    fn new(options: &PictureOptions, outcome: &'a Mutex<Outcome>) -> Self {
        let listed = list_pictures(&options.paths).into_iter();
        Self {
            listed,
            strict: options.strict,
            stage: StagePositions::default(),
            number: 0,
            outcome,
        }
    }
}

impl Iterator for Fields<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        loop {
            let read = self
                .listed
                .next()?
                .map_err(Error::from)
                .and_then(|path| Ok((read_picture(&path)?, self.stage.of(&path)?, path)));
            let mut outcome = self
                .outcome
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            match read {
                Ok((image, stage, path)) => {
                    outcome.good += 1;
                    let number = self.number;
                    self.number += 1;
                    let name = path.to_string_lossy().into_owned();
                    let frame = Frame {
                        number,
                        time: Timestamp::now(),
                        name,
                        image,
                        pixel_size: None,
                        stage,
                    };
                    return Some(frame);
                }
                Err(e) if outcome.refuse(&e, self.strict).is_break() => return None,
                Err(_) => {}
            }
        }
    }
}

fn readable(screened: &Screened) -> String {
    let summary = &screened.summary;
    let counts: Vec<String> = summary
        .counts
        .iter()
        .map(|c| format!("{} {}", c.class.name(), c.cells))
        .collect();
    let share = summary
        .blast_percent
        .map_or_else(|| "-".to_owned(), |p| format!("{p:.1} %"));
    let corrected = match (summary.corrected_percent, summary.corrected_interval) {
        (Some(p), Some([low, high])) => format!("{p:.1} %, 95 % interval {low:.1} to {high:.1} %"),
        (None, Some([low, high])) => format!("-, 95 % interval {low:.1} to {high:.1} %"),
        _ => "the error of the classifier is unknown".to_owned(),
    };
    let scale = match (summary.scale.nanometres_per_pixel, summary.scale.origin) {
        (Some(size), Some(PixelSizeOrigin::Given)) => format!("{} nm a pixel, given", size.nanometres()),
        (Some(size), _) => format!("{} nm a pixel, from red cells", size.nanometres()),
        (None, _) => "unknown, give --scale-nm".to_owned(),
    };
    let enough = match screened.settled {
        true => "; enough cells: finding will not change",
        false => "",
    };
    let unusable = match summary.fields_unusable {
        0 => String::new(),
        n => format!(" ({n} unusable)"),
    };
    let [low, high] = summary.interval;
    format!(
        "fields    {}{unusable}\ncells     {} ({}), {} rejected, {} counted before\n\
         blasts    {share}, 95 % interval {low:.1} to {high:.1} %\ncorrected {corrected}\n\
         finding   {}{enough}\nwhy       {}\nscale     {scale}\nstatus    {}\n{}",
        summary.fields,
        summary.cells,
        counts.join(", "),
        summary.rejected,
        summary.duplicates,
        sentences::finding(&summary.finding),
        sentences::explanation(&summary.explanation),
        sentences::review_state(screened.status),
        screened.notice
    )
}
