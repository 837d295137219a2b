//! Where the stage stood for the pictures of a folder: `stage.csv` beside them.

use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the file.
const FILE: &str = "stage.csv";
const HEAD: &str = "file,x_um,y_um";
/// Farthest that a stage goes, micrometres.
const FARTHEST: f64 = 1e6;

/// Where the stage stood for a picture: of its top-left corner, micrometres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StagePosition {
    /// To the right.
    pub x_um: f64,
    /// Downwards.
    pub y_um: f64,
}

/// The positions of the pictures in the folders asked for, each read once.
#[derive(Debug, Default)]
pub struct StagePositions {
    folders: BTreeMap<PathBuf, BTreeMap<String, StagePosition>>,
}

impl StagePositions {
    /// Where the stage stood for a picture.
    /// `None` when its folder has no `stage.csv`, or that does not name it. Refuses a file that cannot be read,
    /// and lines that are no `file,x_um,y_um`.
    pub fn of(&mut self, picture: &Path) -> Result<Option<StagePosition>> {
        let folder = picture.parent().unwrap_or(Path::new(""));
        if !self.folders.contains_key(folder) {
            let positions = read(&folder.join(FILE))?;
            self.folders.insert(folder.to_owned(), positions);
        }
        let name = picture.file_name().map(|n| n.to_string_lossy().into_owned());
        let of_folder = self.folders.get(folder);
        Ok(name.and_then(|n| of_folder.and_then(|f| f.get(&n)).copied()))
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, StagePosition>> {
    let refuse = |message: String| Error::at(ErrorKind::Camera, path, message);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(e) => return Err(refuse("cannot be read: correct or remove it".into()).with_source(e)),
    };
    let mut lines = (1..).zip(text.lines());
    if lines.next().is_none_or(|(_, head)| head.trim() != HEAD) {
        return Err(refuse(format!(
            "line 1 is not {HEAD:?}: correct or remove the file"
        )));
    }
    let mut positions = BTreeMap::new();
    for (number, line) in lines.filter(|(_, l)| !l.trim().is_empty()) {
        // A name may hold commas, a number does not.
        let mut parts = line.rsplitn(3, ',');
        let mut micrometres = || {
            let value: f64 = parts.next()?.trim().parse().ok()?;
            (value.abs() <= FARTHEST).then_some(value)
        };
        let (y, x) = (micrometres(), micrometres());
        match (parts.next(), x, y) {
            (Some(name), Some(x), Some(y)) => {
                positions.insert(name.trim().to_owned(), StagePosition { x_um: x, y_um: y })
            }
            _ => {
                let message =
                    format!("line {number} is not of the form {HEAD:?} (up to {FARTHEST} µm): correct it");
                return Err(refuse(message));
            }
        };
    }
    Ok(positions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_um(x_um: f64, y_um: f64) -> Option<StagePosition> {
        Some(StagePosition { x_um, y_um })
    }

    #[test]
    fn positions_are_read_beside_the_pictures_and_bad_lines_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert_eq!(StagePositions::default().of(&at("a.png")).unwrap(), None);
        std::fs::write(at(FILE), "file,x_um,y_um\na.png,10.5,-3\n\nb, c.png, 0, 7e2\n").unwrap();
        let mut positions = StagePositions::default();
        assert_eq!(positions.of(&at("a.png")).unwrap(), at_um(10.5, -3.0));
        assert_eq!(positions.of(&at("b, c.png")).unwrap(), at_um(0.0, 700.0));
        assert_eq!(positions.of(&at("d.png")).unwrap(), None);
        for bad in [
            "a,b\n",
            "",
            "file,x_um,y_um\na.png,1\n",
            "file,x_um,y_um\na.png,1,nan\n",
            "file,x_um,y_um\na.png,1,1e99\n",
        ] {
            std::fs::write(at(FILE), bad).unwrap();
            let message = StagePositions::default()
                .of(&at("a.png"))
                .unwrap_err()
                .to_string();
            assert!(
                message.contains("stage.csv") && message.contains("line"),
                "{bad}: {message}"
            );
        }
    }
}
