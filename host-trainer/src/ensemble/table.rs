use super::Ensembles;
use crate::evaluate::Figure;
use std::fmt::Write;

/// The figures of a table of ensembles of two labels, and of more.
pub(crate) const COLUMNS: [[Figure; 7]; 2] = [
    [
        Figure::WeightedF1,
        Figure::Accuracy,
        Figure::Precision,
        Figure::Sensitivity,
        Figure::F1,
        Figure::Kappa,
        Figure::Auc,
    ],
    [
        Figure::WeightedF1,
        Figure::Accuracy,
        Figure::MacroPrecision,
        Figure::BalancedAccuracy,
        Figure::MacroF1,
        Figure::Kappa,
        Figure::MacroAuc,
    ],
];

impl Ensembles {
    /// The figures that its tables have, in order.
    pub(crate) fn columns(&self) -> &'static [Figure] {
        &COLUMNS[usize::from(self.labels.len() > 2)]
    }

    /// A row an ensemble, a row for the members of each learning rate; the first of each row is its name.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let columns = self.columns();
        let ensembles = self.ensembles.iter().map(|e| {
            let show = |f: &Figure| e.test.as_ref().map_or_else(|| "-".into(), |t| t.show(*f));
            std::iter::once(e.name.clone())
                .chain(columns.iter().map(show))
                .collect()
        });
        let alone = self.alone.iter().map(|a| {
            let show = |f: &Figure| {
                a.figures.get(f).map_or_else(
                    || "-".into(),
                    |s| format!("{:.3} ({:.3} to {:.3})", s.mean, s.low, s.high),
                )
            };
            let name = std::iter::once(format!("{}, each alone", a.name));
            name.chain(columns.iter().map(show)).collect()
        });
        ensembles.chain(alone).collect()
    }

    /// What the brackets of [`Ensembles::rows`] mean and how all was chosen.
    pub(crate) fn note(&self) -> String {
        let mut note = format!(
            "{} test cells{}, touched after members and weights were chosen on validation cells; in brackets 95 % \
             intervals over {}, for members alone the mean (worst to best)",
            self.cells,
            match self.subjects {
                0 => String::new(),
                n => format!(" of {n} subject groups"),
            },
            self.protocol.resampled()
        );
        if let Some(warning) = self.protocol.warning() {
            let _ = write!(note, ". WARNING: {warning}");
        }
        note
    }

    /// The table as Markdown, with what stands behind it.
    pub(crate) fn to_markdown(&self) -> String {
        let mut text = format!("## {}\n\n{}.\n{}\n\n", self.title, self.note(), self.disclaimer);
        let mut line = |cells: &[String]| {
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        };
        let head: Vec<String> = std::iter::once("ensemble".to_owned())
            .chain(self.columns().iter().map(|f| f.name().to_owned()))
            .collect();
        line(&head);
        line(&vec!["---".to_owned(); head.len()]);
        self.rows().iter().for_each(|row| line(row));
        let _ = writeln!(
            text,
            "\n| ensemble | members: fold, learning rate, weight | weighed by |\n|---|---|---|"
        );
        for e in &self.ensembles {
            let members = e.members.iter().map(|m| {
                let fold = m.fold.map_or_else(|| "-".into(), |f| f.to_string());
                format!("{fold}, {}, {:.3}", super::rate_name(m.learning_rate), m.weight)
            });
            let members: Vec<String> = members.collect();
            let _ = writeln!(text, "| {} | {} | {} |", e.name, members.join("; "), e.weighed);
        }
        text
    }
}
