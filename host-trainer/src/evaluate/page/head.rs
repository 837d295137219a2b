use super::super::picture::svg::escape;
use super::html::{folded_table, not_available, percent, table, three, warning};
use super::one_class;
use crate::evaluate::{CrossValidation, Evaluated, Figure, Spread};

/// What was evaluated, on what, when and by what.
pub(super) fn head(evaluated: &Evaluated, today: &str) -> String {
    let report = evaluated.report();
    let mut facts: Vec<(&str, String)> = Vec::new();
    if let Some(part) = evaluated.parts().first() {
        let (recipe, description) = (part.run.recipe(), part.run.description());
        facts.push(("Recipe", format!("{}, seed {}", recipe.name, recipe.seed)));
        let size = recipe.input.size;
        facts.push((
            "Network",
            format!("{}, input 3 x {size} x {size}", recipe.network.name),
        ));
        facts.push(("Data fingerprint", description.data.clone()));
        let sides = |name: &str, of: &dyn Fn(&crate::data::Fold) -> usize| {
            let counts: Vec<String> = evaluated
                .parts()
                .iter()
                .map(|p| of(&p.run.description().subjects).to_string())
                .collect();
            format!("{} {name}", counts.join(", "))
        };
        let unit = if report.protocol.is_by_subject() {
            "subject groups"
        } else {
            "pictures"
        };
        let split = [
            sides("train", &|f| f.train.len()),
            sides("validate", &|f| f.validation.len()),
            sides("test", &|f| f.test.len()),
        ];
        facts.push(("Split", format!("by {unit}: {}", split.join("; "))));
    }
    let epochs: Vec<String> = evaluated
        .parts()
        .iter()
        .filter_map(|p| p.run.best_epoch().ok().flatten())
        .map(|e| e.to_string())
        .collect();
    if !epochs.is_empty() {
        facts.push(("Weights of epoch", epochs.join(", ")));
    }
    facts.push(("Test cells", report.network.cells.to_string()));
    facts.push(("Report made", today.to_owned()));
    facts.push((
        "Program",
        format!("blastscope-train {}", env!("CARGO_PKG_VERSION")),
    ));
    let facts: String = facts
        .iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value)))
        .collect();
    let warning = report
        .protocol
        .warning()
        .map_or_else(String::new, |w| warning(&w));
    format!("{warning}<dl class=\"facts\">\n{facts}</dl>\n")
}

/// All figures with their intervals; of a cross-validation also over folds.
pub(super) fn figures(evaluated: &Evaluated) -> String {
    let report = evaluated.report();
    let over = report.protocol.resampled();
    let mut html = String::new();
    if report.network.values.is_empty() {
        html += &not_available(&one_class(report));
    } else {
        let mut head = vec!["figure", "network (95 % interval)"];
        if report.area.is_some() {
            head.push("cell area alone");
        }
        let row = |figure: &Figure| {
            let mut row = vec![figure.name().to_owned(), report.network.show(*figure)];
            row.extend(report.area.as_ref().map(|a| a.show(*figure)));
            row
        };
        let rows: Vec<_> = Figure::for_labels(report.labels.len()).iter().map(row).collect();
        html += &table(&format!("All test cells, intervals over {over}"), &head, &rows);
    }
    if !report.network.by_label.is_empty() {
        let named = report.labels.names().iter().zip(&report.network.by_label);
        let rows: Vec<_> = named
            .map(|(name, f)| {
                let shares = [f.sensitivity, f.specificity, f.precision, f.f1].map(three);
                [vec![name.clone(), f.cells.to_string()], shares.to_vec()].concat()
            })
            .collect();
        let head = ["label", "cells", "sensitivity", "specificity", "precision", "F1"];
        html += &table("Each label against the rest", &head, &rows);
    }
    if let Some(folds) = evaluated.folds() {
        html += &over_folds(folds);
    }
    let left_out = &report.unidentified;
    let rest = left_out.weighted_f1_of_identified.map_or_else(String::new, |f| {
        format!("; of the others the weighted F1 is {f:.3}")
    });
    html + &super::html::paragraph(&format!(
        "{} of the cells are left unidentified by the abstention band{rest}.",
        percent(left_out.share)
    ))
}

fn over_folds(folds: &CrossValidation) -> String {
    let show = |s: Option<&Spread>| {
        s.map_or_else(
            || "-".into(),
            |s| format!("{:.3} ± {:.3} ({:.3} to {:.3})", s.mean, s.sd, s.low, s.high),
        )
    };
    let figures = Figure::for_labels(folds.pooled.labels.len());
    let mut head = vec!["figure", "network"];
    if !folds.area.is_empty() {
        head.push("cell area alone");
    }
    let row = |f: &Figure| {
        let mut row = vec![f.name().to_owned(), show(folds.network.get(f))];
        if !folds.area.is_empty() {
            row.push(show(folds.area.get(f)));
        }
        row
    };
    let rows: Vec<_> = figures.iter().map(row).collect();
    let count = folds.folds.len();
    let mut html = table(
        &format!("Over {count} folds: mean ± standard deviation (lowest to highest)"),
        &head,
        &rows,
    );
    let mut head = vec!["fold", "cells", "epoch"];
    head.extend(figures.iter().map(|f| f.name()));
    let rows: Vec<_> = folds
        .folds
        .iter()
        .map(|f| {
            let epoch = f.best_epoch.map_or_else(|| "-".into(), |e| e.to_string());
            let value = |figure: &Figure| f.network.get(figure).map_or_else(|| "-".into(), |v| three(*v));
            let mut row = vec![f.fold.to_string(), f.cells.to_string(), epoch];
            row.extend(figures.iter().map(value));
            row
        })
        .collect();
    html += &folded_table("Each fold", &head, &rows);
    html
}
