//! The pictures of a folder in the place of a camera.

use super::{Frame, FrameSource, StagePositions, interval_of};
use crate::{Error, ErrorKind, Result};
use blastscope_vision::picture::{list_pictures, read_picture};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Shows the pictures of a folder once for every slide, by name. A picture that cannot be read is
/// reported and left out; when none can, that is an error.
#[derive(Debug)]
pub struct Replay {
    folder: PathBuf,
    name: String,
    pictures: Vec<PathBuf>,
    stage: StagePositions,
    next: usize,
    readable: usize,
    number: u64,
    interval: Duration,
}

impl Replay {
    /// Lists the pictures of the folder. Refuses a folder without any.
    pub fn open(folder: &Path, frames_per_second: f64) -> Result<Self> {
        let refuse = |m: &str| Error::at(ErrorKind::Camera, folder, m);
        if !folder.is_dir() {
            return Err(refuse(
                "no such folder: give replay:FOLDER with pictures of fields",
            ));
        }
        let mut pictures = Vec::new();
        for listed in list_pictures(&[folder.to_owned()]) {
            match listed {
                Ok(path) => pictures.push(path),
                Err(e) => tracing::warn!("{e}"),
            }
        }
        if pictures.is_empty() {
            return Err(refuse(
                "the folder holds no pictures: give one with .bmp, .png, .jpg or .jpeg files",
            ));
        }
        Ok(Self {
            folder: folder.to_owned(),
            name: format!(
                "replay of {}",
                folder.file_name().unwrap_or(folder.as_os_str()).display()
            ),
            pictures,
            stage: StagePositions::default(),
            next: 0,
            readable: 0,
            number: 0,
            interval: interval_of(frames_per_second),
        })
    }
}

impl FrameSource for Replay {
    fn next_frame(&mut self) -> Result<Option<Frame>> {
        while let Some(path) = self.pictures.get(self.next) {
            self.next += 1;
            match read_picture(path) {
                Ok(image) => {
                    let stage = self.stage.of(path)?;
                    let name = path
                        .strip_prefix(&self.folder)
                        .unwrap_or(path)
                        .display()
                        .to_string();
                    let number = self.number;
                    self.number += 1;
                    self.readable += 1;
                    return Ok(Some(Frame {
                        number,
                        time: Timestamp::now(),
                        name,
                        image,
                        pixel_size: None,
                        stage,
                    }));
                }
                Err(e) => tracing::warn!("left out: {e}"),
            }
        }
        if self.readable == 0 {
            let message = format!(
                "none of its {} pictures can be read: see the log",
                self.pictures.len()
            );
            return Err(Error::at(ErrorKind::Camera, &self.folder, message));
        }
        Ok(None)
    }

    fn slide_changed(&mut self) {
        self.next = 0;
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    fn is_live(&self) -> bool {
        false
    }

    fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            RgbImage::from_pixel(8, 6, image::Rgb([9, 8, 7]))
                .save(folder.path().join(name))
                .unwrap();
        }
        folder
    }

    #[test]
    fn every_picture_comes_once_and_again_for_a_new_slide() {
        let folder = folder(&["b.png", "a.png"]);
        std::fs::write(folder.path().join("c.jpg"), "broken").unwrap();
        let mut replay = Replay::open(folder.path(), 1.0).unwrap();
        let mut names = || {
            let mut names = Vec::new();
            while let Some(frame) = replay.next_frame().unwrap() {
                names.push((frame.number, frame.name));
            }
            replay.slide_changed();
            names
        };
        assert_eq!(names(), [(0, "a.png".into()), (1, "b.png".into())]);
        assert_eq!(names(), [(2, "a.png".into()), (3, "b.png".into())]);
    }

    #[test]
    fn a_folder_that_shows_nothing_is_refused() {
        let empty = folder(&[]);
        let message = Replay::open(empty.path(), 1.0).unwrap_err().to_string();
        assert!(message.contains("holds no pictures"), "{message}");
        let message = Replay::open(&empty.path().join("absent"), 1.0)
            .unwrap_err()
            .to_string();
        assert!(message.contains("no such folder"), "{message}");
        std::fs::write(empty.path().join("x.png"), "text").unwrap();
        let mut replay = Replay::open(empty.path(), 1.0).unwrap();
        assert_eq!(replay.next_frame().unwrap_err().kind(), ErrorKind::Camera);
    }
}
