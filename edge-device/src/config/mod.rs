//! The configuration file of the device, TOML. Flags go before it, it goes before the defaults.

mod camera;
mod write;

pub use camera::{CameraConfig, CameraSource, CameraTable};
pub use write::write_scale;

use crate::capture::{CameraSpec, FrameSource, RATES};
use crate::screen::{CountingSettings, ScreenSettings};
use crate::{Error, ErrorKind, Result};
use blastscope_inference::NumberFormatChoice;
use blastscope_shared::calibration::Calibration;
use blastscope_vision::find::FinderSettings;
use blastscope_vision::quality::QualitySettings;
use blastscope_vision::raster::PixelSize;
use blastscope_vision::stain::StainSettings;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Everything that can be set. Relative paths in a file are relative to the file's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The model package; the released one if absent.
    pub model: Option<PathBuf>,
    /// Files with the public keys of trusted package makers; the key of the release if empty.
    pub trusted_keys: Vec<PathBuf>,
    /// `auto`, `int8` or `f32`.
    pub precision: NumberFormatChoice,
    /// Threads that find and classify; the cores of the machine if absent.
    pub workers: Option<usize>,
    /// Scale of the fields in nanometres a pixel; from the camera or the red cells if absent.
    pub scale_nm: Option<u32>,
    /// Where frames come from: a line as `--camera` takes it, or the table `[camera]`.
    pub camera: Option<CameraConfig>,
    /// Rate of sources that do not state their own.
    pub frames_per_second: f64,
    /// Where slides and cells are kept.
    pub data_dir: PathBuf,
    /// Address and port of the page.
    pub listen: SocketAddr,
    /// Cells after which a slide is full.
    pub cells_per_slide: u64,
    /// Fields after which a slide is full, however few cells were on them.
    pub fields_per_slide: u64,
    /// When a slide may be spoken of.
    pub screen: ScreenSettings,
    /// Thresholds of the cell finder.
    pub finder: FinderSettings,
    /// When a field is unfit to be counted.
    pub quality: QualitySettings,
    /// How colours are brought to those of the package.
    pub stain: StainSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            model: None,
            trusted_keys: Vec::new(),
            precision: NumberFormatChoice::Auto,
            workers: None,
            scale_nm: None,
            camera: None,
            frames_per_second: 1.0,
            data_dir: "blastscope-data".into(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8642),
            cells_per_slide: 500,
            fields_per_slide: 1000,
            screen: ScreenSettings::default(),
            finder: FinderSettings::default(),
            quality: QualitySettings::default(),
            stain: StainSettings::default(),
        }
    }
}

impl Config {
    /// Reads a file. Unknown names and impossible values are refused with their line.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::at(
                ErrorKind::Configuration,
                path,
                "cannot be read: check the path given to --config",
            )
            .with_source(e)
        })?;
        Self::parse(&text, path)
    }

    /// As [`Config::read`], from the text of the file at `path`.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self> {
        let refuse = |m: String| Error::at(ErrorKind::Configuration, path, m);
        let mut config: Self =
            toml::from_str(text).map_err(|e| refuse(format!("{}: correct it", e.to_string().trim_end())))?;
        config.check().map_err(refuse)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let keys = config.trusted_keys.iter_mut();
        for path in keys.chain(&mut config.model).chain([&mut config.data_dir]) {
            *path = folder.join(&path);
        }
        if let Some(camera) = &mut config.camera {
            camera.relative_to(folder);
        }
        Ok(config)
    }

    /// What is wrong with the numbers, if anything is.
    pub fn check(&self) -> std::result::Result<(), String> {
        if self.workers == Some(0) || self.workers.is_some_and(|w| w > 256) {
            return Err("workers: give 1 to 256".into());
        }
        if self.scale_nm.is_some_and(|nm| !(1..=100_000).contains(&nm)) {
            return Err("scale_nm: give 1 to 100000 nanometres a pixel".into());
        }
        if !RATES.contains(&self.frames_per_second) {
            return Err("frames_per_second: give 0.01 to 60".into());
        }
        for (name, value) in [
            ("cells_per_slide", self.cells_per_slide),
            ("fields_per_slide", self.fields_per_slide),
        ] {
            if !(1..=1_000_000).contains(&value) {
                return Err(format!("{name}: give 1 to 1000000"));
            }
        }
        self.camera.as_ref().map_or(Ok(()), CameraConfig::check)?;
        self.finder.check()?;
        self.quality.check()?;
        self.screen.check()
    }

    /// What the cells of a slide are found, classified and counted under, by a model of this calibration.
    pub fn counting(&self, calibration: &Calibration) -> CountingSettings {
        CountingSettings {
            cells_per_slide: self.cells_per_slide,
            fields_per_slide: self.fields_per_slide,
            scale_nm: self.scale_nm.map(PixelSize::new),
            screen: self.screen.clone(),
            finder: self.finder.clone(),
            quality: self.quality.clone(),
            stain: self.stain.clone(),
            calibration: Some(calibration.clone()),
        }
    }

    /// Opens the camera; refused where none is named.
    pub fn open_camera(&self) -> Result<Box<dyn FrameSource>> {
        match &self.camera {
            Some(camera) => camera.open(self.frames_per_second),
            None => "".parse::<CameraSpec>()?.open(self.frames_per_second),
        }
    }

    /// Threads that find and classify.
    pub fn worker_count(&self) -> usize {
        self.workers.unwrap_or_else(available_workers)
    }
}

/// The cores of this machine that may be used.
pub fn available_workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blastscope.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path).map(|mut c| {
            // The folder is gone after this; what counts is the part below it.
            for p in c.model.iter_mut().chain([&mut c.data_dir]) {
                *p = p.strip_prefix(folder.path()).unwrap_or(p).to_owned();
            }
            c
        })
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        assert_eq!(read("").unwrap(), Config::default());
    }

    #[test]
    fn relative_paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(
            &path,
            "model = 'a.bsm'\ntrusted_keys = ['/k.pub']\ncamera = 'replay:fields'",
        )
        .unwrap();
        let config = Config::read(&path).unwrap();
        assert_eq!(config.model, Some(folder.path().join("a.bsm")));
        assert_eq!(config.trusted_keys, [PathBuf::from("/k.pub")]);
        assert_eq!(config.data_dir, folder.path().join("blastscope-data"));
        let fields = folder.path().join("fields");
        let camera = CameraConfig::Line(format!("replay:{}", fields.display()));
        assert_eq!(config.camera, Some(camera));
    }

    #[test]
    fn what_a_written_configuration_says_is_read_back() {
        let config = Config {
            cells_per_slide: 200,
            workers: Some(3),
            ..Config::default()
        };
        assert_eq!(read(&toml::to_string(&config).unwrap()).unwrap(), config);
    }

    #[test]
    fn unknown_names_and_impossible_values_are_refused_with_the_file() {
        for (text, word) in [
            ("modle = 'x'", "modle"),
            ("[screen]\nminimum = 3", "minimum"),
            ("workers = 0", "workers"),
            ("frames_per_second = -1.0", "frames_per_second"),
            ("scale_nm = 0", "scale_nm"),
            ("cells_per_slide = 0", "cells_per_slide"),
            ("fields_per_slide = 0", "fields_per_slide"),
            ("[finder]\nleast = 0.5", "least"),
            ("listen = 'here'", "listen"),
            ("[finder]\nlongest_side = 100000", "finder.longest_side"),
            ("[finder]\nred_cell_diameter = nan", "finder.red_cell_diameter"),
            ("[quality]\nleast_glass = 1.5", "quality.least_glass"),
            ("[quality]\nlargest_blur = nan", "quality.largest_blur"),
            ("[stain]\nmethod = 'macenko'", "macenko"),
            ("[quality]\nfocus = 1.0", "focus"),
            ("[screen]\nminimum_cells = 0", "minimum_cells"),
            ("[screen]\npoor_fields_above_percent = 101.0", "poor_fields"),
            ("[screen]\nfields_compared = 1000", "fields_compared"),
            ("precision = 'f16'", "precision"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(
                message.contains("blastscope.toml") && message.contains(word),
                "{text}: {message}"
            );
        }
        let message = Config::read(Path::new("/absent.toml")).unwrap_err().to_string();
        assert!(
            message.contains("/absent.toml") && message.contains("--config"),
            "{message}"
        );
    }
}
