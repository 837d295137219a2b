//! A field against the limits, and against the fields of its slide before it.

use super::measures::{Measures, measure};
use super::settings::QualitySettings;
use super::verdict::{FieldQuality, FieldVerdict, QualityReason};
use crate::raster::PreparedField;
use std::collections::VecDeque;

/// Fields that the reference rests on.
const RECENT: usize = 64;
/// Fields before there is one.
const LEAST_FIELDS: usize = 5;
/// Place of the usual edge width among the recent ones: the sharper fields tell what the optics can do.
const SHARPER: f32 = 0.25;
/// Part of a limit at which a remark is made.
const REMARK: f32 = 0.8;
/// Laplacian over Tenengrad of edges that are sharp somewhere: with more, nothing is out of focus.
const SHARP_LAPLACIAN: f32 = 0.45;
/// How much softer edges are along a motion than across it, at least.
const MOTION_RATIO: f32 = 1.35;
/// Share of clipped pixels that is remarked: the background is clipped, the cells are not.
const CLIPPED_REMARK: f32 = 0.25;
/// Times the limit of darkness at which a remark is made.
const DARK_REMARK: f32 = 1.75;
/// Times the least share of cells, or of background, at which a remark is made.
const SCARCE_REMARK: f32 = 2.0;
/// Green density below which the cells of a field that has any are pale.
const PALE: f32 = 0.22;
/// Difference of densities below which a picture is grey.
const GREY: f32 = 0.06;
/// Share of cells above which contrast and colours are spoken of.
const ENOUGH_TISSUE: f32 = 0.05;
/// Share of black above which it is no round field of view either.
const MOSTLY_BLACK: f32 = 0.6;

/// What the fields of a slide are usually like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QualityReference {
    widths: VecDeque<f32>,
}

/// Judges a field by itself, as the first of a slide.
pub fn judge_alone(field: &PreparedField, settings: &QualitySettings) -> FieldQuality {
    QualityReference::default().judge(measure(field), settings)
}

impl QualityReference {
    /// Judges the next field of the slide, and remembers it.
    pub fn judge(&mut self, measures: Measures, settings: &QualitySettings) -> FieldQuality {
        let usual_edge_width = self.usual_edge_width();
        let mut said = Said::default();
        said.light(&measures, settings);
        if said.verdict != FieldVerdict::Unusable {
            said.content(&measures, settings);
        }
        if said.verdict != FieldVerdict::Unusable {
            said.sharpness(&measures, settings, usual_edge_width);
        }
        if let Some(edges) = measures.edges.filter(|_| said.verdict != FieldVerdict::Unusable) {
            if self.widths.len() == RECENT {
                self.widths.pop_front();
            }
            self.widths.push_back(edges.width);
        }
        FieldQuality {
            verdict: said.verdict,
            reasons: said.reasons,
            measures,
            usual_edge_width,
        }
    }

    fn usual_edge_width(&self) -> Option<f32> {
        if self.widths.len() < LEAST_FIELDS {
            return None;
        }
        let mut widths: Vec<f32> = self.widths.iter().copied().collect();
        widths.sort_by(f32::total_cmp);
        widths.get((SHARPER * widths.len() as f32) as usize).copied()
    }
}

/// Reasons as they come together.
struct Said {
    verdict: FieldVerdict,
    reasons: Vec<QualityReason>,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            verdict: FieldVerdict::Good,
            reasons: Vec::new(),
        }
    }
}

impl Said {
    fn say(&mut self, reason: QualityReason, unusable: bool, remark: bool) {
        if unusable || remark {
            let verdict = if unusable {
                FieldVerdict::Unusable
            } else {
                FieldVerdict::Usable
            };
            self.verdict = self.verdict.max(verdict);
            self.reasons.push(reason);
        }
    }

    /// Without light nothing else can be told.
    fn light(&mut self, measures: &Measures, settings: &QualitySettings) {
        let c = &measures.colours;
        let background = c.background[1];
        let dark = background < settings.darkest_background;
        self.say(
            QualityReason::TooDark,
            dark,
            background < DARK_REMARK * settings.darkest_background,
        );
        let clipped = c.clipped_share;
        self.say(
            QualityReason::TooBright,
            clipped > settings.largest_clipped,
            clipped > CLIPPED_REMARK.min(settings.largest_clipped),
        );
    }

    /// Whether it is blood, and how much of it.
    fn content(&mut self, measures: &Measures, settings: &QualitySettings) {
        let c = &measures.colours;
        let foreign = c.foreign_share > settings.largest_foreign || c.black_share > MOSTLY_BLACK;
        self.say(QualityReason::NotABloodField, foreign, false);
        if foreign {
            return;
        }
        let tissue = c.tissue_share;
        let blank = tissue < settings.least_tissue;
        self.say(
            QualityReason::Blank,
            blank,
            tissue < SCARCE_REMARK * settings.least_tissue,
        );
        if blank {
            return;
        }
        let background = c.background_share;
        let scarce = SCARCE_REMARK * settings.least_background;
        self.say(
            QualityReason::TooCrowded,
            background < settings.least_background,
            background < scarce,
        );
        let enough = tissue > ENOUGH_TISSUE;
        let grey = enough && c.chroma < GREY;
        let strange = grey || c.cast > settings.largest_cast || c.tint > settings.largest_tint;
        let remark =
            c.cast > REMARK * settings.largest_cast || c.tint > REMARK * settings.largest_tint.max(0.0);
        self.say(QualityReason::StrangeColours, strange, remark);
        self.say(QualityReason::LowContrast, false, enough && c.contrast < PALE);
    }

    fn sharpness(&mut self, measures: &Measures, settings: &QualitySettings, usual: Option<f32>) {
        let Some(edges) = measures.edges else { return };
        let directed = edges.along > MOTION_RATIO * edges.across;
        let moving = directed && edges.motion > settings.largest_motion;
        let remark = directed && edges.motion > REMARK * settings.largest_motion;
        self.say(QualityReason::Moving, moving, remark);
        let relative = usual.map(|usual| (settings.relative_blur * usual).max(settings.harmless_blur));
        let limit = relative.map_or(settings.largest_blur, |r| r.min(settings.largest_blur));
        let soft = edges.laplacian < SHARP_LAPLACIAN;
        self.say(
            QualityReason::OutOfFocus,
            soft && edges.across > limit,
            soft && edges.across > REMARK * limit,
        );
    }
}
