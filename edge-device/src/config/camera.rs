//! The camera of the configuration: one line, as `--camera` takes it, or the table `[camera]`.

use crate::Result;
use crate::capture::{BLURS, CELLS, CameraSpec, FrameSource, RATES, SyntheticSettings};
use blastscope_vision::synthetic::SmearSettings;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Where frames come from, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CameraConfig {
    /// `replay:FOLDER` or `synthetic[:OPTIONS]`; read when the camera is opened.
    Line(String),
    /// The table `[camera]`.
    Table(CameraTable),
}

/// The table `[camera]`. What does not belong to its source is refused by [`CameraTable::check`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraTable {
    /// The kind of source.
    pub source: CameraSource,
    /// Folder of the pictures; of `replay` alone, which needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The same seed draws the same smear; of `synthetic` alone, as the two below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Defocus, standard deviation in pixels, 0 to 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur: Option<f32>,
    /// White cells on a field, about, 0 to 40.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<u32>,
    /// Rate of this source, 0.01 to 60; the rate of the configuration if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames_per_second: Option<f64>,
}

/// The kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CameraSource {
    /// A drawn smear.
    Synthetic,
    /// The pictures of a folder.
    Replay,
}

impl CameraConfig {
    /// Opens the source. `frames_per_second` is for one that does not state its own rate.
    pub fn open(&self, frames_per_second: f64) -> Result<Box<dyn FrameSource>> {
        match self {
            Self::Line(line) => line.parse::<CameraSpec>()?.open(frames_per_second),
            Self::Table(table) => {
                let rate = table.frames_per_second.unwrap_or(frames_per_second);
                table.spec().open(rate)
            }
        }
    }

    /// What is wrong with a table. A line is refused when it is opened.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        match self {
            Self::Line(_) => Ok(()),
            Self::Table(table) => table.check(),
        }
    }

    /// Takes a relative folder of pictures to be below `folder`.
    pub(super) fn relative_to(&mut self, folder: &Path) {
        match self {
            Self::Line(line) => {
                if let Some(replay) = line.strip_prefix("replay:") {
                    *line = format!("replay:{}", folder.join(replay).display());
                }
            }
            Self::Table(table) => {
                if let Some(pictures) = &mut table.folder {
                    *pictures = folder.join(&pictures);
                }
            }
        }
    }
}

impl CameraTable {
    /// What is wrong with the values, if anything is.
    pub fn check(&self) -> std::result::Result<(), String> {
        let drawn = self.seed.is_some() || self.blur.is_some() || self.cells.is_some();
        match self.source {
            CameraSource::Replay if drawn => {
                return Err(
                    "camera: seed, blur and cells are of source \"synthetic\": leave them out".into(),
                );
            }
            CameraSource::Replay if self.folder.as_ref().is_none_or(|f| f.as_os_str().is_empty()) => {
                return Err("camera.folder: give the folder of the pictures to replay".into());
            }
            CameraSource::Synthetic if self.folder.is_some() => {
                return Err("camera.folder: it is of source \"replay\": leave it out".into());
            }
            CameraSource::Replay | CameraSource::Synthetic => {}
        }
        within("blur", self.blur.map(f64::from), BLURS)?;
        within("cells", self.cells.map(f64::from), CELLS)?;
        within("frames_per_second", self.frames_per_second, RATES)
    }

    fn spec(&self) -> CameraSpec {
        let usual = SmearSettings::default();
        match self.source {
            CameraSource::Replay => CameraSpec::Replay(self.folder.clone().unwrap_or_default()),
            CameraSource::Synthetic => CameraSpec::Synthetic(SyntheticSettings {
                smear: SmearSettings {
                    seed: self.seed.unwrap_or(usual.seed),
                    blur: self.blur.unwrap_or(usual.blur),
                    cells: self.cells.unwrap_or(usual.cells),
                },
                frames_per_second: self.frames_per_second,
            }),
        }
    }
}

fn within(name: &str, value: Option<f64>, possible: RangeInclusive<f64>) -> std::result::Result<(), String> {
    if value.is_none_or(|v| possible.contains(&v)) {
        return Ok(());
    }
    let (low, high) = possible.into_inner();
    Err(format!("camera.{name}: give {low} to {high}"))
}

impl<'de> Deserialize<'de> for CameraConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(LineOrTable)
    }
}

/// An untagged enum would refuse a wrong table without naming what is wrong with it.
struct LineOrTable;

impl<'de> Visitor<'de> for LineOrTable {
    type Value = CameraConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"replay:FOLDER\", \"synthetic\" or a table [camera] with a source")
    }

    fn visit_str<E: Error>(self, line: &str) -> std::result::Result<CameraConfig, E> {
        Ok(CameraConfig::Line(line.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<CameraConfig, A::Error> {
        CameraTable::deserialize(MapAccessDeserializer::new(map)).map(CameraConfig::Table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Result<Config> {
        Config::parse(text, Path::new("/etc/blastscope.toml"))
    }

    fn spec_of(text: &str) -> CameraSpec {
        match read(text).unwrap().camera.unwrap() {
            CameraConfig::Line(line) => line.parse().unwrap(),
            CameraConfig::Table(table) => table.spec(),
        }
    }

    #[test]
    fn a_table_says_what_a_line_says() {
        for (line, table) in [
            ("replay:fields", "source = 'replay'\nfolder = 'fields'"),
            ("replay:/fields", "source = 'replay'\nfolder = '/fields'"),
            ("synthetic", "source = 'synthetic'"),
            (
                "synthetic:seed=7,blur=1.5,cells=3,fps=4",
                "source = 'synthetic'\nseed = 7\nblur = 1.5\ncells = 3\nframes_per_second = 4.0",
            ),
        ] {
            let line = spec_of(&format!("camera = '{line}'"));
            assert_eq!(line, spec_of(&format!("[camera]\n{table}")), "{table}");
        }
    }

    #[test]
    fn a_replay_has_the_rate_of_its_table_before_that_of_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.png"), "text").unwrap();
        let replay = format!("source = 'replay'\nfolder = '{}'", folder.path().display());
        for (text, milliseconds) in [
            (format!("frames_per_second = 2.0\n[camera]\n{replay}"), 500),
            (
                format!("frames_per_second = 2.0\n[camera]\n{replay}\nframes_per_second = 10"),
                100,
            ),
        ] {
            let source = read(&text).unwrap().open_camera().unwrap();
            assert_eq!(source.interval().as_millis(), milliseconds, "{text}");
        }
    }

    #[test]
    fn a_wrong_table_is_refused_with_what_is_wrong() {
        for (table, word) in [
            ("folder = 'fields'", "source"),
            ("source = 'webcam'", "`synthetic` or `replay`"),
            ("source = 'replay'", "camera.folder"),
            ("source = 'replay'\nfolder = ''", "camera.folder"),
            ("source = 'replay'\nfolder = 'fields'\nseed = 1", "seed"),
            ("source = 'synthetic'\nfolder = 'fields'", "camera.folder"),
            ("source = 'synthetic'\ncolour = 1", "colour"),
            ("source = 'synthetic'\nblur = nan", "camera.blur: give 0 to 20"),
            ("source = 'synthetic'\ncells = 41", "camera.cells: give 0 to 40"),
            (
                "source = 'synthetic'\nframes_per_second = 0",
                "camera.frames_per_second: give 0.01 to 60",
            ),
        ] {
            let message = read(&format!("[camera]\n{table}")).unwrap_err().to_string();
            assert!(
                message.contains("blastscope.toml") && message.contains(word),
                "{table}: {message}"
            );
        }
        let message = read("workers = 1\ncamera = 3").unwrap_err().to_string();
        assert!(
            message.contains("line 2") && message.contains("[camera]"),
            "{message}"
        );
    }

    #[test]
    fn a_table_that_is_written_is_read_back() {
        let config = read("[camera]\nsource = 'replay'\nfolder = '/fields'").unwrap();
        assert_eq!(read(&toml::to_string(&config).unwrap()).unwrap(), config);
    }

    #[test]
    fn no_camera_and_a_wrong_line_are_refused_when_the_camera_is_opened() {
        for (text, word) in [
            ("", "no camera is named"),
            ("camera = ''", "no camera is named"),
            ("camera = 'v4l2:/dev/video0'", "comes with the camera"),
        ] {
            let refused = read(text).unwrap().open_camera().err().unwrap();
            assert!(refused.to_string().contains(word), "{refused}");
        }
    }
}
