//! What every model card says (the sections of Mitchell et al. 2019), as paragraphs without markup.

use super::{Figure, Protocol};
use blastscope_shared::class::LabelSet;
use blastscope_shared::preprocess::Framing;

/// What the network is for, and what not.
pub(crate) fn intended_use(labels: &LabelSet, framing: Framing) -> String {
    let labels = labels.names().join(", ");
    let what = match framing {
        Framing::MaskedCell => {
            format!("Sorts pictures of single white cells into {labels}, to screen a slide")
        }
        Framing::WholePicture => format!("Sorts whole pictures, as they are, into {labels}"),
    };
    format!(
        "{what} for a person who looks at every result and signs it. It counts and sorts; it does not diagnose, and \
         it is no medical device. Not for deciding on treatment, not for cells that no person reviews, not for other \
         labels than these."
    )
}

/// What the figures may depend on, and what of it was looked at.
pub(crate) fn factors(protocol: &Protocol, by_area: bool) -> String {
    let mut text = String::from(if protocol.without_subjects {
        "The data name no subjects: nothing is known of how the figures differ between people. "
    } else {
        "Figures are given for each subject: people differ more than the cells of one do. "
    });
    if by_area {
        text += "Cell area alone stands beside the network, since classes may differ in size first of all. ";
    }
    text + "The data carry neither age nor sex nor origin, so nothing was measured by them. Stain, microscope, camera \
            and scale are those of the laboratories that the data come from; others were not measured."
}

/// How the figures are defined.
pub(crate) fn metrics(labels: &LabelSet, protocol: &Protocol) -> String {
    let first = labels.name(0).unwrap_or_default();
    let headline = Figure::WeightedF1.name();
    let positive = match labels.len() {
        2 => format!("{first} is the positive class of sensitivity, precision and AUC"),
        _ => "AUC, precision and F1 are means over the labels, each against the rest".to_owned(),
    };
    let over = protocol.resampled();
    format!(
        "The headline is the {headline} (F1 of each label, weighted by its cells); {positive}. Intervals hold 95 % of \
         1000 resamples of whole {over}. Sensitivity at a given specificity is read off the test cells' own curve: it \
         says what the scores can do, not what a threshold chosen beforehand gets. ECE is over 15 bins of equal width \
         of the confidence in the decision. A subject is decided to be what most of its cells are decided to be."
    )
}

/// What can go wrong for people.
pub(crate) fn ethics() -> String {
    "The pictures are of people's blood; they are used under the licence of their data set and name no person. A \
     blast that is missed can harm a patient, and so can a healthy child taken for ill: no result may reach a patient \
     unseen. A network that was trained on few people of few hospitals can be worse for others, and nobody can tell \
     from these figures for whom."
        .to_owned()
}

/// What the figures do not show, a line each.
pub(crate) fn caveats(protocol: &Protocol) -> Vec<String> {
    let mut lines = Vec::new();
    if !protocol.is_by_subject() {
        lines.push(
            "The figures come from images split at random: optimistic. Images of one subject are alike, and they stood \
             on both sides. A new patient gets less, and nobody has measured how much less."
                .to_owned(),
        );
    }
    lines.extend(GENERAL.map(str::to_owned));
    lines
}

const GENERAL: [&str; 2] = [
    "Cells of other scales, stains or cameras, and cells that are neither of the labels, get an answer too: it means nothing.",
    "Abstention is by probability alone; it does not notice a cell that is unlike all cells of training.",
];
