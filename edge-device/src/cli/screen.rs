//! `blastscope screen`: all fields of one slide.

use super::batch::Outcome;
use super::options::{ModelOptions, PictureOptions, WorkOptions, checked, classifier};
use super::{output, sentences};
use crate::Error;
use crate::capture::{Frame, StagePositions};
use crate::domain::{
    DifferentialShare, Finding, PerHundredWhiteCells, PixelSizeOrigin, ReviewState, Summary,
};
use crate::pipeline::{Screening, SlideCounter};
use crate::screen::ClassifierFacts;
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
    let facts = ClassifierFacts::of(&classifier, "screen")?;
    let settings = config.counting(classifier.calibration());
    let mut counter = SlideCounter::new(&facts, &settings.screen);
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
    let blasts = match (summary.finding, summary.blast_percent) {
        (Finding::NotValid { .. }, _) => "no share is given\n".to_owned(),
        (_, percent) => format!("{}\n", with_interval(percent, Some(summary.interval))),
    };
    let corrected = match (summary.finding, summary.corrected_interval) {
        (Finding::NotValid { .. }, _) => String::new(),
        (_, None) => "corrected the error of the classifier is unknown\n".to_owned(),
        (_, interval) => format!(
            "corrected {}\n",
            with_interval(summary.corrected_percent, interval)
        ),
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
    format!(
        "fields    {}{unusable}\ncells     {} ({}), {} rejected, {} counted before\n\
         blasts    {blasts}{corrected}{}\
         finding   {}{enough}\nwhy       {}\nscale     {scale}\nstatus    {}\n{}",
        summary.fields,
        summary.cells,
        counts.join(", "),
        summary.rejected,
        summary.duplicates,
        differential(summary),
        sentences::finding(&summary.finding),
        sentences::explanation(&summary.explanation),
        sentences::review_state(screened.status),
        screened.notice
    )
}

/// A share with its interval, percent.
fn with_interval(percent: Option<f64>, interval: Option<[f64; 2]>) -> String {
    let share = percent.map_or_else(|| "-".to_owned(), |p| format!("{p:.1} %"));
    let interval = interval.map(|[low, high]| format!(", 95 % interval {low:.1} to {high:.1} %"));
    share + &interval.unwrap_or_default()
}

/// The white cells by label, and those reported beside them, one line each.
fn differential(summary: &Summary) -> String {
    let share = |s: &DifferentialShare| {
        let said = match s.percent {
            None => String::new(),
            percent => format!("  {}", with_interval(percent, Some(s.interval))),
        };
        let corrected = match s.corrected_interval {
            None => String::new(),
            interval => format!("; corrected {}", with_interval(s.corrected_percent, interval)),
        };
        format!(
            "  {:<20} {:>5}{said}{corrected}\n",
            sentences::label(&s.label),
            s.cells
        )
    };
    let beside = |b: &PerHundredWhiteCells| {
        let said = b.per_hundred.map(|n| format!("  {n:.1} per 100 white cells"));
        let interval = b
            .interval
            .map(|[low, high]| format!(", 95 % interval {low:.1} to {high:.1}"));
        let [said, interval] = [said, interval].map(Option::unwrap_or_default);
        format!(
            "  {:<20} {:>5}{said}{interval}\n",
            sentences::label(&b.label),
            b.cells
        )
    };
    let white_cells: u64 = summary.differential.iter().map(|s| s.cells).sum();
    let shares: String = summary.differential.iter().map(share).collect();
    let mut text = format!("differential of {white_cells} white cells\n{shares}");
    if !summary.beside.is_empty() {
        let lines: String = summary.beside.iter().map(beside).collect();
        text += &format!("beside them\n{lines}");
    }
    text
}
