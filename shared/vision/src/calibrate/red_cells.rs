//! Red cells as the ruler, over several fields.

use crate::raster::RED_CELL_NM;
use crate::{Error, ErrorKind, Result};

/// Fewest fields with enough lone red cells.
const LEAST_FIELDS: usize = 3;

/// A pixel size read off the red cells of several fields.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RedCellPixelSize {
    /// Nanometres a pixel: that of the median field.
    pub nanometres_per_pixel: f64,
    /// Spread of a field about it, nanometres a pixel: 1.4826 times the median of the distances.
    pub spread: f64,
    /// Fields measured on.
    pub fields: usize,
}

/// The pixel size at which the median red cell is 7.5 µm; `diameters` holds the median diameter of the lone red
/// cells of each field in pixels, above 0, and `None` for a field with fewer than five. Refuses fewer than three
/// measured fields. Red cells differ between people by some 5 %, which no number of fields averages out.
pub fn measure_red_cells(diameters: &[Option<f32>]) -> Result<RedCellPixelSize> {
    let sizes = diameters
        .iter()
        .flatten()
        .map(|d| f64::from(RED_CELL_NM) / f64::from(*d));
    let mut sizes: Vec<f64> = sizes.filter(|nm| nm.is_finite() && *nm > 0.0).collect();
    if sizes.len() < LEAST_FIELDS {
        let message = format!(
            "too few red cells: {} of {} fields show five or more that lie alone, {LEAST_FIELDS} are needed; give \
             fields from the thin part of the smear",
            sizes.len(),
            diameters.len()
        );
        return Err(Error::new(ErrorKind::Picture, message));
    }
    let median = median(&mut sizes);
    let mut distances: Vec<f64> = sizes.iter().map(|nm| (nm - median).abs()).collect();
    Ok(RedCellPixelSize {
        nanometres_per_pixel: median,
        spread: 1.4826 * self::median(&mut distances),
        fields: sizes.len(),
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_field_tells_the_scale_and_too_few_fields_none() {
        let scale = measure_red_cells(&[Some(75.0), None, Some(70.0), Some(150.0)]).unwrap();
        assert_eq!((scale.nanometres_per_pixel, scale.fields), (100.0, 3));
        assert!(
            (scale.spread - 1.4826 * (7_500.0 / 70.0 - 100.0)).abs() < 1e-6,
            "{scale:?}"
        );
        let message = measure_red_cells(&[Some(75.0), None, Some(0.0), Some(76.0)])
            .unwrap_err()
            .to_string();
        assert!(message.contains("too few red cells: 2 of 4"), "{message}");
        assert!(measure_red_cells(&[]).is_err());
    }
}
