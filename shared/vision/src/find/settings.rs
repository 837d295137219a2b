//! Everything about the finder that a laboratory may have to adapt.

use serde::{Deserialize, Serialize};

/// Thresholds of the cell finder. Lengths are in red-cell diameters and densities are natural-log optical
/// densities, so one setting serves every magnification and lamp.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FinderSettings {
    /// Longest side of the working picture, pixels; larger fields are averaged down first.
    pub longest_side: u32,
    /// Longest side of the picture that is tried first; kept where its red cells are large enough, pixels.
    pub coarse_side: u32,
    /// Least score (0..1) of a cell that is reported.
    pub least_score: f32,
    /// Red-cell diameter in field pixels where the optics are known; measured from the field if `None`.
    pub red_cell_diameter: Option<f32>,
    /// Least purpleness above that of red cells for a pixel to be nuclear, optical density.
    pub least_purple: f32,
    /// Where between red cells (0) and the field's nuclei (1) the nuclear threshold lies.
    pub nuclear_level: f32,
    /// Most nuclei, or separate parts of nuclei, that are looked at in one field; the largest are.
    pub most_nuclei: usize,
    /// Diameter of the smallest nucleus or part of one that is looked at, red-cell diameters.
    pub least_nucleus: f32,
    /// Diameter of the largest lobe that is joined with another one, red-cell diameters.
    pub largest_lobe: f32,
    /// Widest gap between lobes of one nucleus, red-cell diameters.
    pub lobe_gap: f32,
    /// Largest extent of the lobes of one nucleus, red-cell diameters.
    pub lobe_span: f32,
    /// Largest extent of a cell that is put together from fragments, red-cell diameters.
    pub largest_cell: f32,
    /// Least diameter of each part when touching nuclei are parted, red-cell diameters.
    pub least_split: f32,
    /// Farthest that a cell's outline may lie from the centre of its nucleus, red-cell diameters.
    pub reach: f32,
}

impl Default for FinderSettings {
    fn default() -> Self {
        Self {
            longest_side: 800,
            coarse_side: 256,
            least_score: 0.5,
            red_cell_diameter: None,
            least_purple: 0.2,
            nuclear_level: 0.45,
            most_nuclei: 400,
            least_nucleus: 0.25,
            largest_lobe: 1.0,
            lobe_gap: 0.45,
            lobe_span: 2.0,
            largest_cell: 3.2,
            least_split: 0.8,
            reach: 1.9,
        }
    }
}

impl FinderSettings {
    /// What is wrong with the numbers, if anything is. The bounds keep time and memory within those of the working
    /// picture.
    pub fn check(&self) -> Result<(), String> {
        for (name, value) in [
            ("longest_side", self.longest_side),
            ("coarse_side", self.coarse_side),
        ] {
            if !(64..=4096).contains(&value) {
                return Err(format!("finder.{name}: give 64 to 4096 pixels"));
            }
        }
        if !(1..=4000).contains(&self.most_nuclei) {
            return Err("finder.most_nuclei: give 1 to 4000".into());
        }
        for (name, value, least, most) in [
            ("least_score", self.least_score, 0.0, 1.0),
            (
                "red_cell_diameter",
                self.red_cell_diameter.unwrap_or(1.0),
                1.0,
                10_000.0,
            ),
            ("least_purple", self.least_purple, 0.0, 3.0),
            ("nuclear_level", self.nuclear_level, 0.0, 1.0),
            ("least_nucleus", self.least_nucleus, 0.05, 2.0),
            ("largest_lobe", self.largest_lobe, 0.0, 5.0),
            ("lobe_gap", self.lobe_gap, 0.0, 5.0),
            ("lobe_span", self.lobe_span, 0.0, 10.0),
            ("largest_cell", self.largest_cell, 0.5, 10.0),
            ("least_split", self.least_split, 0.1, 5.0),
            ("reach", self.reach, 0.5, 5.0),
        ] {
            if !(least..=most).contains(&value) {
                return Err(format!("finder.{name}: give {least} to {most}"));
            }
        }
        Ok(())
    }

    /// The same for a picture of one cell: red cells are too few there for a good ruler, and parts of a cell
    /// are far likelier than two cells.
    pub(super) fn for_one_cell(&self) -> Self {
        Self {
            largest_lobe: 1.4 * self.largest_lobe,
            lobe_gap: 1.5 * self.lobe_gap,
            lobe_span: 1.4 * self.lobe_span,
            largest_cell: 1.4 * self.largest_cell,
            least_split: 1.4 * self.least_split,
            ..self.clone()
        }
    }
}
