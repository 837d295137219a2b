use super::fitting::check_members;
use super::plan::VERSION;
use super::{EnsemblePlan, Kind, Member, ValidationWorth, WeightedMember, Weighting, groups, weigh};
use crate::Error;
use blastscope_shared::DISCLAIMER;
use std::path::Path;

/// Chooses and weighs members on their validation cells, for ensembles in folders below `out`.
pub(crate) fn choose(
    members: &[Member],
    kinds: &[Kind],
    weightings: &[Weighting],
    out: &Path,
) -> Result<Vec<EnsemblePlan>, Error> {
    let worth: Vec<ValidationWorth> = members.iter().map(Member::worth).collect::<Result<_, _>>()?;
    let mut plans = Vec::new();
    for &kind in kinds {
        check_members(members, kind)?;
        for group in groups(kind, members, &worth)? {
            let of: Vec<&Member> = group.members.iter().map(|i| &members[*i]).collect();
            let worth: Vec<ValidationWorth> = group.members.iter().map(|i| worth[*i]).collect();
            for &weighting in weightings {
                let weighed = weigh(weighting, &of, &worth)?;
                let name = format!("{}-{}", group.name, weighting.name());
                let beside = out.join(&name);
                let each = of.iter().zip(&worth).zip(&weighed.weights);
                let members = each.map(|((m, v), w)| WeightedMember::of(m, *v, *w, &beside));
                plans.push(EnsemblePlan {
                    disclaimer: DISCLAIMER.into(),
                    version: VERSION,
                    members: members.collect::<Result<_, _>>()?,
                    name,
                    kind,
                    weighting,
                    chosen: group.how.clone(),
                    weighed: weighed.how,
                    combined: "weighted mean of the members' calibrated probabilities; the largest decides"
                        .into(),
                    labels: of[0].description.labels.clone(),
                    test: None,
                });
            }
        }
    }
    Ok(plans)
}
