//! Folds over subject groups: what a network meets in a test comes from people it never saw.

use super::collection::Collection;
use super::fold::Fold;
use super::random_folds::random_folds;
use super::split::Split;
use super::split_plan::SplitPlan;
use super::split_unit::SplitUnit;
use super::subject_groups::natural_key;
use crate::{Error, ErrorKind};
use blastscope_shared::random::SplitMix64;

/// One subject group of the label that is planned.
struct Group {
    name: String,
    cells: usize,
}

impl SplitPlan {
    /// Subject-disjoint folds, balanced by label and by cells: for each label, the largest group first,
    /// each into the fold with the fewest cells of that label. A group counts to the label that most of
    /// its cells have. Of the groups that a fold does not test, those drawn for validation come nearest
    /// to the share, of two groups at least where three or more are left.
    /// With [`SplitUnit::Image`], stratified random folds over pictures.
    ///
    /// With a hold-out, the groups of it are drawn first, in the same way as those of validation; the rest is
    /// dealt, and each fold is validated on what it was dealt.
    pub(crate) fn split(&self, collection: &Collection) -> Result<Split, Error> {
        self.check()?;
        if self.unit == SplitUnit::Image {
            return random_folds(self, collection);
        }
        if !collection.has_subjects {
            return Err(Error::new(
                ErrorKind::Split,
                "the data name no subjects, so a split by subject is not possible: split by image (split.unit = \
                 \"image\" in the recipe, `split --unit image`)",
            ));
        }
        let mut folds = vec![Fold::default(); self.folds];
        for label in 0..collection.labels.len() {
            let name = &collection.labels.names()[label];
            let groups = groups_of(collection, label);
            if groups.len() < self.folds {
                return Err(self.too_few(name, groups.len()));
            }
            if self.holdout > 0.0 {
                self.hold_out(groups, label, &mut folds, name)?;
                continue;
            }
            let dealt = self.deal(groups, label);
            for (k, fold) in folds.iter_mut().enumerate() {
                fold.test.extend(dealt[k].iter().map(|g| g.name.clone()));
                let rest: Vec<&Group> = (0..self.folds)
                    .filter(|i| *i != k)
                    .flat_map(|i| &dealt[i])
                    .collect();
                if rest.len() < 2 {
                    return Err(self.too_few(name, rest.len() + dealt[k].len()));
                }
                let key = [self.seed, label as u64, 2, k as u64];
                let chosen = draw_share(&rest, self.validation_share, rest.len() - 1, &key);
                for (group, chosen) in rest.iter().zip(chosen) {
                    let side = if chosen {
                        &mut fold.validation
                    } else {
                        &mut fold.train
                    };
                    side.push(group.name.clone());
                }
            }
        }
        for fold in &mut folds {
            for side in [&mut fold.test, &mut fold.validation, &mut fold.train] {
                side.sort_by_key(|g| natural_key(g));
            }
        }
        Ok(Split::new(collection, self, folds))
    }

    /// One label of folds that all test the same groups; of the others, each is validated in one fold.
    fn hold_out(
        &self,
        groups: Vec<Group>,
        label: usize,
        folds: &mut [Fold],
        name: &str,
    ) -> Result<(), Error> {
        let count = groups.len();
        let most = count - self.folds;
        if most == 0 {
            return Err(Error::new(
                ErrorKind::Split,
                format!(
                    "{} folds and a hold-out are too many for {count} subject groups of {name:?}: each fold needs one \
                     to validate, and one is held out; ask for fewer folds or add subjects",
                    self.folds
                ),
            ));
        }
        let chosen = draw_share(
            &groups.iter().collect::<Vec<_>>(),
            self.holdout,
            most,
            &[self.seed, label as u64, 5],
        );
        let (mut held, mut rest) = (Vec::new(), Vec::new());
        for (group, held_out) in groups.into_iter().zip(chosen) {
            if held_out {
                held.push(group);
            } else {
                rest.push(group);
            }
        }
        let dealt = self.deal(rest, label);
        let names = |groups: &[Group]| groups.iter().map(|g| g.name.clone()).collect::<Vec<_>>();
        for (k, fold) in folds.iter_mut().enumerate() {
            fold.test.extend(names(&held));
            fold.validation.extend(names(&dealt[k]));
            let others = dealt.iter().enumerate().filter(|d| d.0 != k);
            fold.train.extend(others.flat_map(|d| names(d.1)));
        }
        Ok(())
    }

    fn too_few(&self, label: &str, groups: usize) -> Error {
        Error::new(
            ErrorKind::Split,
            format!(
                "{} folds are too many for {groups} subject groups of {label:?}: each fold needs one to test, \
                 one to validate and one to train; ask for fewer folds or add subjects",
                self.folds
            ),
        )
    }

    /// Largest first into the emptiest fold; ties by the fewest groups of this label, then by the seed.
    fn deal(&self, mut groups: Vec<Group>, label: usize) -> Vec<Vec<Group>> {
        let mut random = SplitMix64::keyed(&[self.seed, label as u64, 1]);
        random.shuffle(&mut groups);
        groups.sort_by_key(|g| std::cmp::Reverse(g.cells));
        let mut order: Vec<usize> = (0..self.folds).collect();
        random.shuffle(&mut order);
        let mut dealt: Vec<Vec<Group>> = (0..self.folds).map(|_| Vec::new()).collect();
        for group in groups {
            let load = |k: usize| dealt[k].iter().map(|g| g.cells).sum::<usize>();
            let emptiest = order.iter().copied().min_by_key(|k| (load(*k), dealt[*k].len()));
            dealt[emptiest.unwrap_or(0)].push(group);
        }
        dealt
    }
}

/// True for the groups that make up a share of the cells, `most` of them at most: of 300 draws, the one
/// nearest to the share.
fn draw_share(groups: &[&Group], share: f64, most: usize, key: &[u64]) -> Vec<bool> {
    let mut random = SplitMix64::keyed(key);
    let total: usize = groups.iter().map(|g| g.cells).sum();
    let target = share * total as f64;
    let expected = (groups.len() as f64 * share).round() as usize;
    let least = if groups.len() >= 3 { 2 } else { 1 };
    let mut best = (f64::INFINITY, vec![false; groups.len()]);
    for _ in 0..300 {
        let count = (expected.max(least) + random.below(3)).min(most);
        let mut order: Vec<usize> = (0..groups.len()).collect();
        random.shuffle(&mut order);
        let mut chosen = vec![false; groups.len()];
        order[..count].iter().for_each(|i| chosen[*i] = true);
        let cells: usize = groups
            .iter()
            .zip(&chosen)
            .filter(|c| *c.1)
            .map(|c| c.0.cells)
            .sum();
        let distance = (cells as f64 - target).abs();
        if distance < best.0 {
            best = (distance, chosen);
        }
    }
    best.1
}

/// Groups most of whose cells have this label (the first of equals), by name.
fn groups_of(collection: &Collection, label: usize) -> Vec<Group> {
    let own = |counts: &[usize]| {
        let most = counts.iter().copied().max().unwrap_or(0);
        counts.iter().position(|c| *c == most) == Some(label)
    };
    collection
        .groups()
        .into_iter()
        .filter(|(_, counts)| own(counts))
        .map(|(name, counts)| Group {
            name,
            cells: counts.iter().sum(),
        })
        .collect()
}
