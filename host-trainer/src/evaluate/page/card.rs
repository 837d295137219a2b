use super::super::card_text;
use super::super::picture::svg::escape;
use super::html::{not_available, paragraph};
use crate::evaluate::{Evaluated, Figure};
use blastscope_network::account;

/// The model card (Mitchell et al. 2019) of what was evaluated.
pub(super) fn section(evaluated: &Evaluated) -> String {
    let report = evaluated.report();
    let Some(part) = evaluated.parts().first() else {
        return not_available("there is no run");
    };
    let (recipe, description) = (part.run.recipe(), part.run.description());
    let protocol = &report.protocol;
    let mut details = format!(
        "{} of the recipe {}, trained from seed {}",
        recipe.network.name, recipe.name, recipe.seed
    );
    if let Ok(graph) = recipe.graph(&description.labels) {
        let count = account::count(&graph);
        details += &format!(
            "; {} parameters, {:.1} million multiply-accumulates a cell",
            count.parameters,
            count.macs as f64 / 1e6
        );
    }
    details += ". The recipe, resolved, lies in the run as recipe.toml.";
    if evaluated.parts().len() > 1 {
        details += &format!(
            " {} networks, one a fold; a network that is released afterwards is trained on all subjects and is none \
             of them.",
            evaluated.parts().len()
        );
    }
    let sides = &description.subjects;
    let unit = if protocol.is_by_subject() {
        "subject groups"
    } else {
        "pictures"
    };
    let of_first = if evaluated.parts().len() > 1 {
        " of the first fold"
    } else {
        ""
    };
    let figure = |f: Figure| format!("{} {}", f.name(), report.network.show(f));
    let figures: Vec<String> = match report.network.values.is_empty() {
        true => vec!["not available: the test cells are of one class, or there are none".into()],
        false => Figure::for_labels(report.labels.len())
            .iter()
            .take(3)
            .map(|f| figure(*f))
            .collect(),
    };
    let sections = [
        ("Model details", vec![details]),
        (
            "Intended use",
            vec![card_text::intended_use(&report.labels, recipe.input.framing)],
        ),
        (
            "Factors",
            vec![card_text::factors(protocol, report.area.is_some())],
        ),
        ("Metrics", vec![card_text::metrics(&report.labels, protocol)]),
        (
            "Evaluation data",
            vec![format!(
                "{} test cells of the data with the fingerprint {}, {}.",
                report.network.cells,
                description.data,
                match protocol.warning() {
                    Some(warning) => warning,
                    None => "of subjects that the network that judged them had not seen".into(),
                }
            )],
        ),
        (
            "Training data",
            vec![format!(
                "Other {unit} of the same data: {} to train on and {} to choose the epoch and to calibrate{of_first}.",
                sides.train.len(),
                sides.validation.len()
            )],
        ),
        (
            "Quantitative analyses",
            vec![format!("{}. All others stand above.", figures.join("; "))],
        ),
        ("Ethical considerations", vec![card_text::ethics()]),
        ("Caveats and recommendations", card_text::caveats(protocol)),
    ];
    sections
        .iter()
        .map(|(title, texts)| {
            let texts: String = texts.iter().map(|t| paragraph(t)).collect();
            format!("<h3>{}</h3>\n{texts}", escape(title))
        })
        .collect()
}
