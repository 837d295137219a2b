//! Cells of each label of each source with their size, and what was passed over.

use super::cut_picture::CutCell;
use blastscope_shared::class::LabelSet;
use std::collections::BTreeMap;

/// What came of each source.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tally {
    /// Diameters in micrometres of the cells of a source with these labels.
    diameters: BTreeMap<(String, Vec<usize>), Vec<f64>>,
    /// How many of a source were passed over for a reason.
    passed_over: BTreeMap<(String, String), usize>,
}

impl Tally {
    pub(super) fn add(&mut self, source: &str, cell: &CutCell) {
        let pixels = 2.0 * (cell.area as f64 / std::f64::consts::PI).sqrt();
        let key = (source.to_owned(), cell.labels.clone());
        let micrometres = pixels * f64::from(cell.nanometres) / 1000.0;
        self.diameters.entry(key).or_default().push(micrometres);
    }

    pub(super) fn pass_over(&mut self, source: &str, why: &str, count: usize) {
        if count > 0 {
            let key = (source.to_owned(), why.to_owned());
            *self.passed_over.entry(key).or_insert(0) += count;
        }
    }

    /// A line each: the cells of a label of a source with the median diameter of a disc of their area, then what was
    /// passed over.
    pub(crate) fn lines(&self, labels: &LabelSet) -> Vec<String> {
        let named = |numbers: &[usize]| {
            let names: Vec<&str> = numbers.iter().filter_map(|i| labels.name(*i)).collect();
            match names[..] {
                [first, .., last] if names.len() > 2 => format!("one of {first} … {last}"),
                _ => names.join(" or "),
            }
        };
        let counted = self.diameters.iter().map(|((source, numbers), diameters)| {
            let mut sorted = diameters.clone();
            sorted.sort_by(f64::total_cmp);
            let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
            format!(
                "{source:16} {:40} {:6} cells, diameter {:5.1} µm (a tenth below {:.1}, a tenth above {:.1})",
                named(numbers),
                sorted.len(),
                at(0.5),
                at(0.1),
                at(0.9)
            )
        });
        let passed = self.passed_over.iter();
        let passed = passed.map(|((source, why), count)| format!("{source:16} {why}: {count}"));
        counted.chain(passed).collect()
    }
}
