//! The centroids of the blasts on a field of ALL-IDB1.

use crate::{Error, ErrorKind};
use std::path::Path;

/// Reads an `.xyc` file: a line a blast, column and row of its centroid in pixels, parted by blanks.
/// Refuses by line what is no such pair and what lies outside a picture of this size.
pub(super) fn read_centroids(path: &Path, width: u32, height: u32) -> Result<Vec<(u32, u32)>, Error> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
    let mut centroids = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let refuse = |why: String| {
            let message = format!("{} line {number}: {why}", path.display());
            Error::new(ErrorKind::Data, message)
        };
        let numbers: Option<Vec<f64>> = line.split_whitespace().map(|w| w.parse().ok()).collect();
        match numbers.as_deref() {
            Some([]) => {}
            Some(&[x, y]) => {
                let inside = (0.0..f64::from(width)).contains(&x) && (0.0..f64::from(height)).contains(&y);
                if !inside {
                    return Err(refuse(format!(
                        "the centroid {x} {y} lies outside the picture of {width}x{height}: copy both again"
                    )));
                }
                centroids.push((x as u32, y as u32));
            }
            _ => {
                return Err(refuse(format!(
                    "{line:?} is not a centroid: give two numbers, column and row"
                )));
            }
        }
    }
    Ok(centroids)
}
