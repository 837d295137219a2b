//! How far a cell is from everything that a network was trained on.
//!
//! The network gives, behind its logits, a point for each cell: a linear map of its features that is whitened within the
//! labels, so that squared distances between points are those of Mahalanobis (Lee et al. 2018).

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Most numbers of a point.
const MOST_DIMENSIONS: usize = 512;
/// Most centres.
const MOST_CENTRES: usize = 1024;

/// Centres of the cells that trained a network, and how far from them a cell may be. Fitted on validation cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownReference {
    /// Centres of the cells of one label and source each, all of one length, 1 to 512.
    pub centres: Vec<Vec<f32>>,
    /// Squared distance to the nearest centre above which a cell is unidentified, above 0.
    pub limit: f32,
    /// Median of that squared distance over validation cells, above 0: what is typical.
    pub typical: f32,
}

impl UnknownReference {
    /// Numbers of a point: those that the network gives behind its logits.
    pub fn dimensions(&self) -> usize {
        self.centres.first().map_or(0, Vec::len)
    }

    /// Squared distance of a point to the nearest centre, in limits: above 1 the cell is like nothing that trained the
    /// network. Infinite for a point of another length or of numbers that are not finite.
    pub fn distance(&self, point: &[f32]) -> f32 {
        if point.len() != self.dimensions() || point.iter().any(|v| !v.is_finite()) {
            return f32::INFINITY;
        }
        let to = |centre: &Vec<f32>| -> f32 { centre.iter().zip(point).map(|(a, b)| (a - b).powi(2)).sum() };
        self.centres.iter().map(to).fold(f32::INFINITY, f32::min) / self.limit
    }

    /// Refuses numbers outside the ranges above.
    pub fn check(&self) -> Result<(), Error> {
        let length = self.dimensions();
        let sound = (1..=MOST_DIMENSIONS).contains(&length)
            && self.centres.len() <= MOST_CENTRES
            && self
                .centres
                .iter()
                .all(|c| c.len() == length && c.iter().all(|v| v.is_finite()))
            && [self.limit, self.typical]
                .iter()
                .all(|v| v.is_finite() && *v > 0.0);
        if sound {
            return Ok(());
        }
        let message = format!(
            "reference for unknown cells out of range: 1 to {MOST_CENTRES} centres of one length, 1 to \
             {MOST_DIMENSIONS}, limit and typical distance above 0; export the model again"
        );
        Err(Error::new(ErrorKind::Range, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> UnknownReference {
        UnknownReference {
            centres: vec![vec![0.0, 0.0], vec![10.0, 0.0]],
            limit: 4.0,
            typical: 2.0,
        }
    }

    #[test]
    fn the_nearest_centre_counts_and_nothing_impossible_is_near() {
        let r = reference();
        assert_eq!(r.distance(&[10.0, 2.0]), 1.0);
        assert_eq!(r.distance(&[5.0, 0.0]), 25.0 / 4.0);
        assert_eq!(r.distance(&[f32::NAN, 0.0]), f32::INFINITY);
        assert_eq!(r.distance(&[0.0]), f32::INFINITY);
    }

    #[test]
    fn impossible_references_are_refused() {
        assert!(reference().check().is_ok());
        for wrong in [
            UnknownReference {
                centres: vec![],
                ..reference()
            },
            UnknownReference {
                centres: vec![vec![0.0], vec![0.0, 1.0]],
                ..reference()
            },
            UnknownReference {
                limit: 0.0,
                ..reference()
            },
            UnknownReference {
                typical: f32::NAN,
                ..reference()
            },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
