//! Codes in words, in one place for the command line.

use crate::domain::{Explanation, Finding, NotValidReason, ReviewState};
use blastscope_vision::quality::QualityReason;

/// What is said of a slide.
pub(crate) fn finding(finding: &Finding) -> String {
    match finding {
        Finding::PoorFields { unusable, of } => {
            format!("poor slide ({unusable} of {of} fields cannot be used)")
        }
        Finding::PoorCells { lost, of } => {
            format!("poor slide ({lost} of {of} cells could not be classified)")
        }
        Finding::NotEnoughCells { identified, needed } => {
            format!("not enough cells ({identified} of {needed})")
        }
        Finding::BlastsLikely { .. } => "review: blasts likely".to_owned(),
        Finding::NoBlastsSeen {
            identified,
            upper_percent,
        } => format!("no blasts seen in {identified} cells, upper bound {upper_percent:.1} %"),
        Finding::WithinError { upper_percent } => format!(
            "review: share of blasts not above the classifier's own error, upper bound {upper_percent:.1} %"
        ),
        Finding::NotValid { reason } => format!("not valid for this slide ({})", not_valid(*reason)),
        Finding::Undecided => "review: undecided".to_owned(),
    }
}

fn not_valid(reason: NotValidReason) -> &'static str {
    match reason {
        NotValidReason::UnlikeTraining => "its cells are unlike those that trained the classifier",
    }
}

/// The word for a label; the label itself where there is none.
pub(crate) fn label(name: &str) -> &str {
    match name {
        "all" => "blast",
        "hem" => "normal",
        "immature_granulocyte" => "immature granulocyte",
        "not_a_cell" => "not a cell",
        _ => name,
    }
}

/// Why that is said.
pub(crate) fn explanation(explanation: &Explanation) -> String {
    match explanation {
        Explanation::TooFewUsableFields { counted_cells } => {
            let why = "too few fields can be used: see the reasons at the fields, or make another smear";
            format!("{why}{}", all_the_same(counted_cells.as_ref()))
        }
        Explanation::TooFewClassifiedCells { counted_cells } => {
            let why = "too few of the cells found could be classified: look at smear, stain and focus, or make \
                       another smear";
            format!("{why}{}", all_the_same(counted_cells.as_ref()))
        }
        Explanation::UnlikeTraining { unlike, far, of } => format!(
            "{unlike} of {of} cells are unlike all that trained the classifier, {far} are so or nearly: look at stain, \
             white balance and scale, or give a package that was trained on slides like this one; a person has to count"
        ),
        Explanation::MoreFieldsNeeded => "more fields are needed".to_owned(),
        Explanation::ErrorUnknown => {
            "how often the classifier errs is unknown (its package does not say): a person has to look at the cells"
                .to_owned()
        }
        Explanation::NotBetterThanChance => {
            "the classifier is not surely better than chance: its counts say nothing of this slide".to_owned()
        }
        Explanation::AboveLimit { limit_percent } => {
            format!("more cells are called blasts than its errors and a share of {limit_percent} % explain")
        }
        Explanation::BelowKnownError { false_alarm_percent } => format!(
            "fewer cells are called blasts than the classifier calls wrongly on other slides \
             ({false_alarm_percent:.0} % of normal cells): its known error does not hold here, look at stain and focus"
        ),
        Explanation::UpperBound => {
            "more blasts than the upper bound are unlikely (2.5 %); fewer cannot be ruled out".to_owned()
        }
        Explanation::ExplainedByError { false_alarm_percent } => format!(
            "the classifier calls {false_alarm_percent:.1} % of normal cells blasts, which explains all that it called \
             here; up to the upper bound it would not notice blasts"
        ),
        Explanation::NotSurelyAboveLimit { limit_percent } => format!(
            "blasts are present if the classifier errs as known, but not surely more than {limit_percent} %"
        ),
    }
}

/// Leukaemia is not to be missed for a poor slide.
fn all_the_same(counted_cells: Option<&Finding>) -> String {
    counted_cells.map_or_else(String::new, |f| {
        format!("; the counted cells alone say \"{}\"", finding(f))
    })
}

/// What is wrong with a field, and what to do about it.
pub(crate) fn reason(reason: QualityReason) -> &'static str {
    match reason {
        QualityReason::NotABloodField => "not a blood field: put a stained smear on the stage",
        QualityReason::TooDark => "too dark: raise the lamp or the exposure",
        QualityReason::TooBright => "too bright: lower the lamp or the exposure",
        QualityReason::Blank => "blank: move to the body of the smear",
        QualityReason::TooCrowded => "too crowded: move to a thinner part",
        QualityReason::StrangeColours => {
            "strange colours: check white balance and the order of the colour channels"
        }
        QualityReason::LowContrast => "low contrast: close the condenser diaphragm a little, or stain longer",
        QualityReason::Moving => "moving: wait until the stage stands still",
        QualityReason::OutOfFocus => "out of focus: turn the fine focus",
    }
}

/// How far a person has gone with a slide.
pub(crate) fn review_state(state: ReviewState) -> &'static str {
    state.code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_is_wrong_and_what_to_do() {
        let said: Vec<String> = QualityReason::ALL
            .into_iter()
            .map(|r| format!("{}: {}", r.code(), reason(r)))
            .collect();
        insta::assert_snapshot!("reasons", said.join("\n"));
        for r in QualityReason::ALL {
            assert!(reason(r).contains(": "), "{}", r.code());
        }
    }

    #[test]
    fn an_explanation_of_a_poor_slide_says_what_the_counted_cells_say() {
        let likely = Finding::BlastsLikely { lower_percent: 50.0 };
        for poor in [
            Explanation::TooFewUsableFields {
                counted_cells: Some(likely),
            },
            Explanation::TooFewClassifiedCells {
                counted_cells: Some(likely),
            },
        ] {
            let said = explanation(&poor);
            assert!(
                said.ends_with("; the counted cells alone say \"review: blasts likely\""),
                "{said}"
            );
        }
        let none = Explanation::TooFewUsableFields { counted_cells: None };
        assert!(!explanation(&none).contains("alone"));
    }
}
