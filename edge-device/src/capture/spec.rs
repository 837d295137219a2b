//! The `--camera` option.

use super::synthetic::SyntheticSettings;
use super::{FrameSource, Replay, Synthetic};
use crate::{Error, ErrorKind, Result};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

/// A source of frames as it is written on the command line.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraSpec {
    /// `replay:FOLDER`: the pictures of a folder, one after the other.
    Replay(PathBuf),
    /// `synthetic` or `synthetic:seed=1,blur=0.5,cells=5,fps=2`: a drawn smear.
    Synthetic(SyntheticSettings),
}

/// Possible blurs of the synthetic camera, pixels.
pub(crate) const BLURS: RangeInclusive<f64> = 0.0..=20.0;
/// Possible white cells on its fields.
pub(crate) const CELLS: RangeInclusive<f64> = 0.0..=40.0;
/// Possible rates of a source, fields a second.
pub(crate) const RATES: RangeInclusive<f64> = 0.01..=60.0;

const POSSIBLE: &str = "possible are replay:FOLDER, synthetic and synthetic:seed=N,blur=PIXELS,cells=N,fps=N";

impl FromStr for CameraSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |m: String| Err(Error::new(ErrorKind::Camera, m));
        let (kind, rest) = text.split_once(':').map_or((text, None), |(k, r)| (k, Some(r)));
        match (kind, rest) {
            ("replay", Some(folder)) if !folder.is_empty() => Ok(Self::Replay(folder.into())),
            ("synthetic", options) => synthetic(options.unwrap_or("")).map(Self::Synthetic),
            ("", None) => refuse(format!(
                "no camera is named: give --camera, or camera in the configuration; {POSSIBLE}"
            )),
            ("v4l2", _) => refuse(format!(
                "camera {text}: support for it comes with the camera; until then, {POSSIBLE}"
            )),
            _ => refuse(format!("camera {text:?} is not known: {POSSIBLE}")),
        }
    }
}

impl CameraSpec {
    /// Opens the source. `frames_per_second` is for sources that do not state their own rate.
    pub fn open(&self, frames_per_second: f64) -> Result<Box<dyn FrameSource>> {
        Ok(match self {
            Self::Replay(folder) => Box::new(Replay::open(folder, frames_per_second)?),
            Self::Synthetic(settings) => Box::new(Synthetic::new(settings, frames_per_second)),
        })
    }
}

fn synthetic(options: &str) -> Result<SyntheticSettings> {
    let mut settings = SyntheticSettings::default();
    for option in options.split(',').filter(|o| !o.is_empty()) {
        let refuse = |why: &str| Error::new(ErrorKind::Camera, format!("camera option {option:?}: {why}"));
        let (name, value) = option.split_once('=').ok_or_else(|| refuse("write name=value"))?;
        let number: f64 = value.parse().map_err(|_| refuse("its value is no number"))?;
        let within = |possible: RangeInclusive<f64>| {
            if possible.contains(&number) {
                return Ok(number);
            }
            let (low, high) = possible.into_inner();
            Err(refuse(&format!("{low} to {high} are possible")))
        };
        match name {
            "seed" => settings.smear.seed = value.parse().map_err(|_| refuse("give a whole number"))?,
            "blur" => settings.smear.blur = within(BLURS)? as f32,
            "cells" => settings.smear.cells = within(CELLS)? as u32,
            "fps" => settings.frames_per_second = Some(within(RATES)?),
            _ => return Err(refuse("there are seed, blur, cells and fps")),
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use blastscope_vision::synthetic::SmearSettings;

    fn refusal(spec: &str) -> String {
        spec.parse::<CameraSpec>().unwrap_err().to_string()
    }

    #[test]
    fn a_real_camera_is_refused_with_what_can_be_had() {
        let message = refusal("v4l2:/dev/video0");
        assert!(
            message.contains("comes with the camera") && message.contains("/dev/video0"),
            "{message}"
        );
    }

    #[test]
    fn an_unknown_camera_is_answered_with_the_possible_ones() {
        for spec in ["", "webcam", "replay", "replay:", "/dev/video0"] {
            let message = refusal(spec);
            assert!(
                message.contains("replay:FOLDER") && message.contains("synthetic"),
                "{message}"
            );
        }
    }

    #[test]
    fn the_options_of_the_synthetic_camera_are_read_and_checked() {
        let spec: CameraSpec = "synthetic:seed=7,blur=1.5,cells=3,fps=4".parse().unwrap();
        let settings = SyntheticSettings {
            smear: SmearSettings {
                seed: 7,
                blur: 1.5,
                cells: 3,
            },
            frames_per_second: Some(4.0),
        };
        assert_eq!(spec, CameraSpec::Synthetic(settings));
        assert_eq!(
            "synthetic".parse::<CameraSpec>().unwrap(),
            CameraSpec::Synthetic(Default::default())
        );
        for (bad, word) in [
            ("synthetic:seed", "name=value"),
            ("synthetic:seed=x", "no number"),
            ("synthetic:seed=1.5", "whole number"),
            ("synthetic:fps=0", "0.01 to 60"),
            ("synthetic:blur=-1", "0 to 20"),
            ("synthetic:colour=1", "seed, blur, cells and fps"),
        ] {
            let message = refusal(bad);
            assert!(message.contains(word), "{bad}: {message}");
        }
    }

    #[test]
    fn a_folder_with_a_colon_is_a_folder() {
        let spec: CameraSpec = "replay:C:/slides".parse().unwrap();
        assert_eq!(spec, CameraSpec::Replay("C:/slides".into()));
    }
}
