//! Several networks as one: their calibrated probabilities, weighted by what each is worth on validation
//! cells, and the protocol of `wen2025` that compares such ensembles.
//!
//! Members and weights are chosen from validation cells alone: [`choose`] has no way to test cells, and what
//! it chose is written before [`Ensembles::measure`] reads them.
//!
//! An ensemble may teach one student ([`Teachers`]), which is then a run like any other.

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
mod weighting;
mod write;

pub(crate) use choose::choose;
pub(crate) use distillation::{distil_from_ensemble, distil_from_runs};
pub(crate) use kind::{Kind, groups};
pub(crate) use measure::Ensembles;
pub(crate) use member::{Member, ValidationWorth, validate_run};
pub(crate) use mixture::{log_loss_of_mixture, mixture_weights};
pub(crate) use plan::{EnsemblePlan, WeightedMember};
pub(crate) use protocol::{Wen2025, rate_name};
pub(crate) use teachers::Teachers;
pub(crate) use weighting::{Weighting, weigh};

#[cfg(test)]
mod tests;
