//! Folds over single pictures at random, as many papers make them: optimistic, since the pictures of one
//! subject are alike.

use super::collection::Collection;
use super::fold::Fold;
use super::split::Split;
use super::split_plan::SplitPlan;
use super::split_unit::SplitUnit;
use crate::{Error, ErrorKind};
use blastscope_shared::random::SplitMix64;

/// Stratified folds: the pictures of each label are shuffled and dealt in turn; of those that a fold does
/// not test, the share that validates is drawn anew for each fold. With a hold-out, its share is taken off
/// before, and what a fold is dealt validates it.
pub(super) fn random_folds(plan: &SplitPlan, collection: &Collection) -> Result<Split, Error> {
    let mut folds = vec![
        Fold {
            unit: SplitUnit::Image,
            ..Fold::default()
        };
        plan.folds
    ];
    for label in 0..collection.labels.len() {
        let of_label = collection.cells.iter().filter(|c| c.label == label);
        let mut files: Vec<&String> = of_label.map(|c| &c.file).collect();
        let held = usize::from(plan.holdout > 0.0);
        if files.len() < plan.folds.max(3) + held {
            return Err(Error::new(
                ErrorKind::Split,
                format!(
                    "{} folds are too many for {} pictures of {:?}: each fold needs one to test, one to validate \
                     and one to train; ask for fewer folds or add pictures",
                    plan.folds,
                    files.len(),
                    collection.labels.names()[label]
                ),
            ));
        }
        SplitMix64::keyed(&[plan.seed, label as u64, 3]).shuffle(&mut files);
        for (k, fold) in folds.iter_mut().enumerate() {
            // Dealt from another fold for each label, so that none gets the odd picture of all.
            if plan.holdout > 0.0 {
                let held = (plan.holdout * files.len() as f64).round() as usize;
                let (held, rest) = files.split_at(held.clamp(1, files.len() - plan.folds));
                fold.test.extend(held.iter().map(|f| (*f).clone()));
                for (i, file) in rest.iter().enumerate() {
                    let side = if (i + label) % plan.folds == k {
                        &mut fold.validation
                    } else {
                        &mut fold.train
                    };
                    side.push((*file).clone());
                }
                continue;
            }
            let is_tested = |i: &usize| (i + label) % plan.folds == k;
            let (tested, mut rest): (Vec<usize>, Vec<usize>) = (0..files.len()).partition(is_tested);
            SplitMix64::keyed(&[plan.seed, label as u64, 4, k as u64]).shuffle(&mut rest);
            let share = (plan.validation_share * rest.len() as f64).round() as usize;
            let (validation, train) = rest.split_at(share.clamp(1, rest.len() - 1));
            let names = |of: &[usize]| of.iter().map(|i| files[*i].clone()).collect::<Vec<_>>();
            fold.test.extend(names(&tested));
            fold.validation.extend(names(validation));
            fold.train.extend(names(train));
        }
    }
    for fold in &mut folds {
        fold.test.sort();
        fold.validation.sort();
        fold.train.sort();
    }
    Ok(Split::new(collection, plan, folds))
}
