//! When more cells cannot change what is said of a slide.

use super::ClassifierFacts;
use super::differential::judge;
use super::finding::Judgement;
use super::settings::ScreenSettings;
use crate::domain::Finding;
use blastscope_shared::metrics::{Performance, Z95, differential};

/// Normal quantile of the boundary for stopping early, at all cells wanted: 99 %. Crossing it before the end
/// and not standing above 95 % at the end has a chance of 0.07 % (docs/design/screening.md).
const EARLY: f64 = 2.575_829_303_548_901;

/// Whether the finding for `blasts` among `identified` cells will stay when up to `left` further cells come.
///
/// Two rules, both of the counts alone, so that one may ask after every field:
/// * curtailment: the finding is the same for none of the further cells identified, for all of them identified
///   and none a blast, and for all of them blasts; those between lie between;
/// * blasts are likely even at the boundary of O'Brien and Fleming 1979, the 99 % quantile times the root of
///   all cells over the cells so far. As a repeated interval (Jennison and Turnbull 1989) it may be looked at
///   any number of times.
///
/// A slide that is not yet spoken of is never settled. Fields that turn out unusable may still make it poor.
pub(super) fn is_settled(
    blasts: u64,
    identified: u64,
    left: u64,
    performance: Option<&Performance>,
    settings: &ScreenSettings,
) -> bool {
    let of =
        |blasts, identified, z| Judgement::of_counts(blasts, identified, performance, settings, z).finding;
    let now = of(blasts, identified, Z95);
    if matches!(now, Finding::NotEnoughCells { .. }) {
        return false;
    }
    let all = identified.saturating_add(left);
    if matches!(now, Finding::BlastsLikely { .. }) {
        let boundary = EARLY * (all as f64 / identified.max(1) as f64).sqrt();
        // The lower bound falls with every cell that is none.
        return of(blasts, identified, boundary).is_alike(&now) || of(blasts, all, Z95).is_alike(&now);
    }
    [blasts, blasts.saturating_add(left)]
        .iter()
        .all(|b| of(*b, all, Z95).is_alike(&now))
}

/// The same for a classifier whose errors are known label by label, where `called` holds the cells that were called each
/// label: curtailment alone. Its finding has to stay when all further cells are called one label, whichever that is; what
/// lies between lies between.
pub(super) fn is_settled_by_label(
    called: &[u64],
    left: u64,
    facts: &ClassifierFacts,
    settings: &ScreenSettings,
) -> bool {
    let of = |more: Option<usize>| {
        let mut called = called.to_vec();
        if let Some(cells) = more.and_then(|label| called.get_mut(label)) {
            *cells += left;
        }
        judge(
            &differential(&called, &facts.roles, facts.errors.as_ref()),
            facts,
            settings,
        )
        .finding
    };
    let now = of(None);
    if matches!(now, Finding::NotEnoughCells { .. }) {
        return false;
    }
    let blast = facts.roles.blast();
    // More blasts make them no less likely. Otherwise they are what changes a finding first.
    let likely = matches!(now, Finding::BlastsLikely { .. });
    let first = Some(blast).filter(|_| !likely);
    let others = (0..facts.labels.len()).filter(|label| *label != blast);
    first
        .into_iter()
        .chain(others)
        .all(|label| of(Some(label)).is_alike(&now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use blastscope_shared::random::SplitMix64;

    const MOST: u64 = 500;

    fn settled(blasts: u64, identified: u64) -> bool {
        is_settled(
            blasts,
            identified,
            MOST - identified,
            None,
            &ScreenSettings::default(),
        )
    }

    fn finding(blasts: u64, identified: u64) -> Finding {
        Judgement::of_counts(blasts, identified, None, &ScreenSettings::default(), Z95).finding
    }

    #[test]
    fn a_leukaemic_slide_is_settled_early_and_one_without_blasts_never() {
        assert!(settled(60, 100));
        assert!(!settled(12, 100), "6.9 to 19.8 %: the rest may be none");
        assert!(!settled(99, 99), "not yet spoken of");
        for identified in (100..MOST).step_by(50) {
            assert!(!settled(0, identified), "a blast may come");
        }
    }

    #[test]
    fn no_outcome_of_the_remaining_cells_changes_what_curtailment_settled() {
        // 38 of 500 is above 5 % (Wilson 5.6 %), whatever comes after them.
        for blasts in 38..=100 {
            assert!(settled(blasts, 100));
            for more in 0..=(MOST - 100) {
                assert!(matches!(
                    finding(blasts + more, MOST),
                    Finding::BlastsLikely { .. }
                ));
            }
        }
    }

    /// Slides of a share of blasts: how many are called likely, stopped or not, and cells looked at.
    fn screened(share: f64, slides: u64) -> (f64, f64, f64) {
        let (mut fixed, mut early, mut cells) = (0, 0, 0);
        for slide in 0..slides {
            let mut random = SplitMix64::keyed(&[slide, 7]);
            let (mut blasts, mut stopped) = (0, None);
            for seen in 1..=MOST {
                blasts += u64::from(f64::from(random.unit()) < share);
                // A field has about ten cells.
                if stopped.is_none() && seen % 10 == 0 && settled(blasts, seen) {
                    stopped = Some((seen, finding(blasts, seen)));
                }
            }
            let end = finding(blasts, MOST);
            let (seen, said) = stopped.unwrap_or((MOST, end));
            fixed += u64::from(matches!(end, Finding::BlastsLikely { .. }));
            early += u64::from(matches!(said, Finding::BlastsLikely { .. }));
            cells += seen;
        }
        let per = |n: u64| n as f64 / slides as f64;
        (per(fixed), per(early), per(cells))
    }

    #[test]
    fn stopping_early_saves_cells_and_does_not_call_more_slides_likely() {
        let (fixed, early, _) = screened(0.05, 2000);
        assert!(
            fixed < 0.04 && early - fixed < 0.004,
            "at the limit: {fixed} {early}"
        );
        let (fixed, early, cells) = screened(0.4, 100);
        assert_eq!((fixed, early), (1.0, 1.0));
        assert!(cells < 120.0, "{cells}");
    }
}
