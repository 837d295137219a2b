//! Speed and memory of the whole device: drawn fields go through the same stages as at the microscope, into a store
//! in a temporary folder. Fields are drawn first and never timed.
//!
//! `cargo run --release --example pipeline_speed -- [--frames N] [--fields N] [--cells N] [--size WxH] [--workers N]
//! [--slide N]`
//!
//! Printed are frames a second with so many workers (2), the processor time of every stage on one thread, and resident
//! memory, noted every 100 frames. Every `--slide` fields (500) a new slide is begun, as a laboratory would, and what
//! was kept of the one before last is dropped, so that the disk holds them.

mod feed;
mod memory;
#[path = "../../../shared/vision/examples/support/processor_time.rs"]
mod processor_time;
mod stages;

use anyhow::{Context, bail, ensure};
use blastscope::config::Config;
use blastscope::observe::SystemClock;
use blastscope::pipeline::Pipeline;
use blastscope::screen::ScreenSettings;
use blastscope::session::Command;
use blastscope::store::Store;
use blastscope_inference::{Classifier, ModelSource, NumberFormatChoice};
use crossbeam_channel::unbounded;
use feed::{Fed, Feed, drawn_fields};
use memory::Memory;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Frames between two looks at the memory.
const BETWEEN: u64 = 100;

#[derive(Debug, Clone, Copy)]
struct Options {
    frames: u64,
    fields: u64,
    cells: u32,
    size: (u32, u32),
    workers: usize,
    slide: u64,
}

impl Options {
    fn read() -> anyhow::Result<Self> {
        let mut options = Self {
            frames: 300,
            fields: 32,
            cells: 10,
            size: (2592, 1944),
            workers: 2,
            slide: 500,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .with_context(|| format!("{name} needs a value"))?;
            let number = || value.parse::<u64>().with_context(|| format!("{name} {value}"));
            match name.as_str() {
                "--frames" => options.frames = number()?,
                "--fields" => options.fields = number()?.max(1),
                "--cells" => options.cells = value.parse().with_context(|| format!("{name} {value}"))?,
                "--workers" => options.workers = number()? as usize,
                "--slide" => options.slide = number()?.max(1),
                "--size" => {
                    let (w, h) = value.split_once('x').context("--size is WIDTHxHEIGHT")?;
                    options.size = (w.parse().context("--size")?, h.parse().context("--size")?);
                }
                _ => {
                    bail!("there are --frames, --fields, --cells, --size, --workers and --slide, not {name}")
                }
            }
        }
        Ok(options)
    }

    /// As the device has it, but that no slide is ever full.
    fn config(&self) -> Config {
        Config {
            workers: Some(self.workers),
            cells_per_slide: u64::MAX,
            fields_per_slide: u64::MAX,
            screen: ScreenSettings {
                stop_early: false,
                ..ScreenSettings::default()
            },
            ..Config::default()
        }
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::read()?;
    let config = options.config();
    let source = ModelSource::resolve(None, &[])?;
    let classifier = Arc::new(Classifier::load(&source, NumberFormatChoice::Auto)?);
    let fields = Arc::new(drawn_fields(options.fields, options.cells, options.size));
    let (width, height) = fields.first().context("no fields were drawn")?.dimensions();
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let mut store = Store::open(folder.path(), &config.counting(classifier.calibration()))?;

    let stages = stages::stages(&fields, &classifier, &config, &mut store)?;
    let sum: f64 = stages.times.iter().map(|(_, ms)| ms).sum();
    println!(
        "{} fields of {width}x{height} px, {:.1} cells a field found; model {} in {}",
        fields.len(),
        stages.cells_a_frame,
        classifier.model().name,
        classifier.model().precision
    );
    for (name, ms) in &stages.times {
        println!(
            "{name:26} {ms:7.2} ms a frame, {:4.1} %",
            100.0 * ms / sum.max(1e-9)
        );
    }
    println!(
        "{:26} {sum:7.2} ms a frame of processor time; keeping waits {:.2} ms",
        "together", stages.kept_wall
    );

    let (seconds, memory, kept) =
        through_the_device(options, &config, &classifier, &fields, store, folder.path())?;
    let rate = options.frames as f64 / seconds;
    println!(
        "{rate:.2} frames a second: {} frames in {seconds:.1} s with {} workers, {:.0} KiB kept a frame",
        options.frames,
        options.workers,
        kept as f64 / 1024.0
    );
    let told = memory.told();
    if let Some((text, _)) = &told {
        println!(
            "{text}; the drawn fields take {:.0} MiB of it",
            drawn_mib(&options, width, height)
        );
    }
    let json = serde_json::json!({
        "frames": options.frames,
        "frames_per_second": rate,
        "workers": options.workers,
        "cells_per_frame": stages.cells_a_frame,
        "stages_ms": stages.times.iter().map(|(n, ms)| (*n, *ms)).collect::<std::collections::BTreeMap<_, _>>(),
        "memory": told.map(|(_, json)| json),
    });
    println!("{json}\n{}", blastscope_shared::DISCLAIMER);
    Ok(())
}

fn drawn_mib(options: &Options, width: u32, height: u32) -> f64 {
    options.fields as f64 * f64::from(width) * f64::from(height) * 3.0 / f64::from(1 << 20)
}

/// Feeds all frames to a running device. Seconds from its start to the last frame kept, memory on the way, and bytes
/// kept a frame.
fn through_the_device(
    options: Options,
    config: &Config,
    classifier: &Arc<Classifier>,
    fields: &Arc<Vec<image::RgbImage>>,
    store: Store,
    folder: &Path,
) -> anyhow::Result<(f64, Memory, u64)> {
    let (told, telling) = unbounded();
    let feed = Feed {
        fields: Arc::clone(fields),
        frames: options.frames,
        taken: 0,
        told,
    };
    let mut memory = Memory::default();
    let mut kept = 0;
    let started = Instant::now();
    let pipeline = Pipeline::start(
        Box::new(feed),
        classifier,
        store,
        &config.counting(classifier.calibration()),
        config.worker_count(),
        Arc::new(SystemClock::default()),
    )?;
    let live = pipeline.live();
    loop {
        let frames = match telling.recv().context("the device ended early: see the log")? {
            Fed::Frames(frames) => frames,
            Fed::All => break,
        };
        if frames % BETWEEN == 0 {
            memory.note(frames);
            let resident = memory::status("VmRSS:").unwrap_or(0) >> 20;
            eprintln!(
                "frame {frames}: {resident} MiB after {:.0} s",
                started.elapsed().as_secs_f64()
            );
        }
        if frames == options.slide.min(options.frames) {
            kept = bytes_in(folder)? / frames;
        }
        if frames % options.slide == 0 && frames < options.frames {
            let (reply, number) = oneshot::channel();
            let order = Command::NewSlide { name: None, reply };
            pipeline
                .commands()
                .send(order)
                .context("the device ended early")?;
            let slide = number.blocking_recv().context("the device ended early")?;
            forget_before(folder, slide.0)?;
        }
    }
    let summary = live.borrow().snapshot.summary.clone();
    pipeline.stop()?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(summary.fields_unusable == 0, "drawn fields are called unusable");
    ensure!(summary.cells > 0 || options.cells == 0, "no cell was counted");
    Ok((seconds, memory, kept))
}

fn bytes_in(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// Drops what was kept of the slides before `slide`; their room in the file is used again.
fn forget_before(folder: &Path, slide: i64) -> anyhow::Result<()> {
    let database = folder.join("blastscope.sqlite");
    ensure!(database.exists(), "{} is not there", database.display());
    let mut connection = rusqlite::Connection::open(database)?;
    let transaction = connection.transaction()?;
    for sql in [
        "DELETE FROM cells WHERE slide < ?1",
        "DELETE FROM fields WHERE slide < ?1",
        "DELETE FROM slides WHERE id < ?1",
    ] {
        transaction.execute(sql, [slide])?;
    }
    transaction.commit()?;
    Ok(())
}
