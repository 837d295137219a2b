//! `learning_rate` as a key of a grid: the largest rate of a recipe, however the recipe states its rates.

use crate::train::{Recipe, Schedule};

/// Makes `rate` the largest one; rates of steps and of stages keep their proportions to it.
pub(super) fn set_largest(recipe: &mut Recipe, rate: f64) {
    let optimisation = &mut recipe.optimisation;
    let stages = recipe.stages.iter_mut().map(|s| &mut s.learning_rate);
    let mut rates: Vec<&mut f64> = match optimisation.schedule {
        Schedule::Steps => optimisation
            .steps
            .iter_mut()
            .map(|s| &mut s.learning_rate)
            .collect(),
        _ => {
            let own: Vec<&mut Option<f64>> = stages.collect();
            let all_have_their_own = !own.is_empty() && own.iter().all(|r| r.is_some());
            let own = own.into_iter().filter_map(Option::as_mut);
            // Where every stage has its own rate, the common one is not used.
            let common = (!all_have_their_own).then_some(&mut optimisation.learning_rate);
            own.chain(common).collect()
        }
    };
    let largest = rates.iter().map(|r| **r).fold(0.0, f64::max);
    for one in &mut rates {
        // The largest itself is set, not computed: 1e-3 should stay 1e-3.
        **one = if **one == largest {
            rate
        } else {
            **one * rate / largest
        };
    }
}

/// Why `optimisation.learning_rate` would change nothing.
pub(super) fn unused_common_rate(recipe: &Recipe) -> Option<&'static str> {
    if recipe.optimisation.schedule == Schedule::Steps {
        return Some("optimisation.steps list the rates");
    }
    let own = !recipe.stages.is_empty() && recipe.stages.iter().all(|s| s.learning_rate.is_some());
    own.then_some("every stage has its own rate")
}
