//! Several networks as one: their calibrated probabilities, weighted by what each is worth on validation
//! cells, and the protocol of `wen2025` that compares such ensembles.
//!
//! Members and weights are chosen from validation cells alone: [`choose`] has no way to test cells, and what
//! it chose is written before [`Ensembles::measure`] reads them.
//!
//! An ensemble may teach one student ([`Distillation`]), which is then a run like any other.

mod choose;
mod combine;
mod distillation;
mod fitting;
mod kind;
mod leak;
mod measure;
mod member;
mod mixture;
mod picture;
mod plan;
mod protocol;
mod table;
mod teachers;
mod teaching;
mod weighting;

pub use choose::choose;
pub use combine::combine;
pub use distillation::{Distillation, TeacherChoice};
pub use kind::{Group, Kind, groups};
pub use measure::{Alone, Ensembles};
pub use member::{Member, ValidationWorth, validate_run};
pub use mixture::{log_loss_of_mixture, mixture_weights};
pub use plan::{EnsemblePlan, WeightedMember};
pub use protocol::{Wen2025, rate_name};
pub use table::COLUMNS;
pub use teachers::Teachers;
pub use teaching::Teaching;
pub use weighting::{Weighed, Weighting, normalised, weigh};

#[cfg(test)]
mod tests;
