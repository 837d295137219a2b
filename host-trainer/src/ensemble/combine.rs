use crate::evaluate::Prediction;
use crate::{Error, ErrorKind};
use blastscope_shared::calibration::Calibration;

/// The calibration of an ensemble: its logits are the logarithms of its probabilities, the largest decides
/// and no cell is left unidentified, since there are no cells that could fit a band for all members.
pub(super) fn calibration(labels: usize) -> Calibration {
    let guess = 1.0 / labels.max(2) as f32;
    Calibration {
        temperature: 1.0,
        threshold: guess,
        abstain: [guess; 2],
    }
}

/// The weighted mean of calibrated probabilities, cell by cell: of each member its predictions and its
/// calibration. Weights sum to 1. Refuses members that judged other cells.
pub(crate) fn combine(
    members: &[(Vec<Prediction>, Calibration)],
    weights: &[f64],
) -> Result<Vec<Prediction>, Error> {
    let refuse = |why: String| Error::new(ErrorKind::Run, why);
    let Some(((first, _), others)) = members.split_first() else {
        return Err(refuse("no members to combine".into()));
    };
    let key = |p: &Prediction| (p.file.clone(), p.group.clone(), p.label);
    for (other, _) in others {
        let differs = first.iter().zip(other).find(|(a, b)| key(a) != key(b));
        if let Some((a, b)) = differs {
            return Err(refuse(format!(
                "members judged other cells ({} beside {}): evaluate them on the same data",
                a.file, b.file
            )));
        }
        if first.len() != other.len() {
            return Err(refuse(format!(
                "members judged {} and {} cells: evaluate them on the same data",
                first.len(),
                other.len()
            )));
        }
    }
    let together = |i: usize, cell: &Prediction| -> Option<Prediction> {
        let mut mean = vec![0.0f64; cell.logits.len()];
        for ((predictions, calibration), weight) in members.iter().zip(weights) {
            let p = calibration.probabilities(&predictions[i].logits)?;
            mean.iter_mut()
                .zip(p)
                .for_each(|(m, p)| *m += weight * f64::from(p));
        }
        // Their softmax is the mean again, zeros but for what a float cannot tell from zero.
        let logits: Vec<f32> = mean.iter().map(|p| p.max(1e-30).ln() as f32).collect();
        let verdict = calibration(mean.len()).judge(&logits)?;
        Some(Prediction {
            file: cell.file.clone(),
            group: cell.group.clone(),
            label: cell.label,
            area: None,
            logits,
            probability: verdict.probabilities[0],
            confidence: verdict.probabilities[verdict.decision],
            decision: verdict.decision,
            class: verdict.class,
            by_area: None,
            probabilities: match verdict.probabilities.len() {
                2 => Vec::new(),
                _ => verdict.probabilities,
            },
        })
    };
    let cells = first.iter().enumerate();
    cells
        .map(|(i, cell)| {
            let bad = || {
                refuse(format!(
                    "{}: a member's logits are not finite; train it again",
                    cell.file
                ))
            };
            together(i, cell).ok_or_else(bad)
        })
        .collect()
}
