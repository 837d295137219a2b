//! Several networks as one: their calibrated probabilities, weighted by what each is worth on validation
//! cells, and the protocol of `wen2025` that compares such ensembles.
//!
//! Members and weights are chosen from validation cells alone: [`choose`] has no way to test cells, and what
//! it chose is written before [`Ensembles::measure`] reads them.

mod choose;
mod combine;
mod fitting;
mod kind;
mod measure;
mod member;
mod mixture;
mod picture;
mod plan;
mod protocol;
mod table;
mod weighting;

pub use choose::choose;
pub use combine::combine;
pub use kind::{Group, Kind, groups};
pub use measure::{Alone, Ensembles};
pub use member::{Member, ValidationWorth, validate_run};
pub use mixture::{log_loss_of_mixture, mixture_weights};
pub use plan::{EnsemblePlan, WeightedMember};
pub use protocol::{Protocol, rate_name};
pub use table::COLUMNS;
pub use weighting::{Weighed, Weighting, normalised, weigh};

#[cfg(test)]
mod tests;
