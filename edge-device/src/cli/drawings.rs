//! Pictures with what was found drawn on them.

use crate::durable_file::write_durably;
use crate::{Error, ErrorKind, Result};
use blastscope_vision::find::{FoundField, annotated};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Writes drawings into one folder.
#[derive(Debug)]
pub(super) struct Drawings {
    folder: PathBuf,
    /// Names given away, so that pictures of the same name from two folders do not overwrite each other.
    names: Mutex<HashSet<String>>,
}

impl Drawings {
    /// In this folder, which is made if need be.
    pub(super) fn in_folder(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|e| {
            let message = "cannot be made: give --draw a folder that this user may write";
            Error::at(ErrorKind::Picture, folder, message).with_source(e)
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            names: Mutex::default(),
        })
    }

    /// Draws what was found on a picture and writes that as `NAME.png`, or `NAME-2.png` where that name is taken
    /// by another picture of this run.
    pub(super) fn draw(&self, picture_path: &Path, picture: &RgbImage, found: &FoundField) -> Result<()> {
        let path = self.folder.join(self.name_for(picture_path));
        let failed = |message: &str| Error::at(ErrorKind::Picture, &path, message);
        let drawn = annotated(picture, found);
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes)
            .write_image(
                drawn.as_raw(),
                drawn.width(),
                drawn.height(),
                ExtendedColorType::Rgb8,
            )
            .map_err(|e| failed("cannot be written as PNG").with_source(e))?;
        write_durably(&path, &bytes).map_err(|e| {
            failed("cannot be written: make room there, or give --draw another folder").with_source(e)
        })
    }

    fn name_for(&self, picture: &Path) -> String {
        let stem = picture
            .file_stem()
            .map_or_else(|| "picture".into(), |s| s.to_string_lossy().into_owned());
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut name = format!("{stem}.png");
        let mut number = 2;
        while !names.insert(name.clone()) {
            name = format!("{stem}-{number}.png");
            number += 1;
        }
        name
    }
}
