use super::event::{Event, START, SessionLog, Summary, VERSION, Value, What};
use super::record::frame;
use crate::Error;
use crate::train::EventLog;
use prost::Message;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The event files of a run, in its folder `tensorboard`: one a start, made with its first epoch. A run that
/// goes on tells readers to forget the steps that it does again; a last record that a kill has torn is
/// passed over by them.
#[derive(Debug)]
pub(crate) struct TensorBoard {
    folder: PathBuf,
    file: Option<(PathBuf, File)>,
}

impl TensorBoard {
    /// Of the run in this folder. Writes nothing yet.
    pub(crate) fn new(run: &Path) -> Self {
        Self {
            folder: run.join("tensorboard"),
            file: None,
        }
    }

    /// A file of a name that sorts behind those that stand: readers take them in the order of their names.
    fn begin(&self) -> Result<(PathBuf, File), Error> {
        let folder = &self.folder;
        fs::create_dir_all(folder).map_err(|e| Error::io("make the folder", folder, e))?;
        let entries = fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
        let names: Vec<String> = entries
            .filter_map(|e| Some(e.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        let time = |name: &String| name.strip_prefix(PREFIX)?.split('.').next()?.parse::<u64>().ok();
        // A clock that was put back must not put a file before those that it goes on from.
        let latest = names.iter().filter_map(time).max().map_or(0, |t| t + 1);
        let time = latest.max(now() as u64);
        let path = folder.join(format!("{PREFIX}{time:010}.{}.{}", host(), names.len()));
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        let file = file.map_err(|e| Error::io("write", &path, e))?;
        Ok((path, file))
    }
}

impl EventLog for TensorBoard {
    fn log(&mut self, step: usize, scalars: &[(&'static str, f64)]) -> Result<(), Error> {
        let step = step as i64;
        let mut bytes = Vec::new();
        if self.file.is_none() {
            self.file = Some(self.begin()?);
            bytes.extend(encode(0, What::FileVersion(VERSION.into())));
            bytes.extend(encode(step, What::SessionLog(SessionLog { status: START })));
        }
        let value = |(tag, value): &(&str, f64)| Value {
            tag: (*tag).to_owned(),
            simple_value: Some(*value as f32),
        };
        let value = scalars.iter().map(value).collect();
        bytes.extend(encode(step, What::Summary(Summary { value })));
        if let Some((path, file)) = &mut self.file {
            let written = file.write_all(&bytes).and_then(|()| file.sync_data());
            written.map_err(|e| Error::io("write", path, e))?;
        }
        Ok(())
    }
}

const PREFIX: &str = "events.out.tfevents.";

fn encode(step: i64, what: What) -> Vec<u8> {
    let event = Event {
        wall_time: now(),
        step,
        what: Some(what),
    };
    frame(&event.encode_to_vec())
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |d| d.as_secs_f64())
}

/// The machine's name, as far as it can stand in a file name.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain: String = name
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    if plain.is_empty() { "host".into() } else { plain }
}
