//! A nucleus with the outline that was fitted around it.

use super::components::Component;
use super::outline::Outline;
use super::polygon::Filled;

/// A cell in working pixels.
pub(super) struct FittedCell {
    pub(super) nucleus: Component,
    /// Labels of its nuclei.
    pub(super) own: Vec<u16>,
    pub(super) outline: Outline,
    pub(super) filled: Filled,
    /// Mean log odds of being white cell inside the outline.
    pub(super) odds: f32,
}
