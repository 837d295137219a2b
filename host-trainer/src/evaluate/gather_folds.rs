use super::calibrate::fit_calibration;
use super::cross_validation::{CrossValidation, FoldFigures, Spread, area_sign};
use super::evaluated::Evaluated;
use super::figures::Figure;
use super::page::write_page;
use super::picture::draw_report;
use super::prediction::{Prediction, read_predictions, write_predictions};
use super::protocol::Protocol;
use super::report::{Report, write_json};
use crate::train::Run;
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::DISCLAIMER;
use std::collections::BTreeMap;
use std::path::Path;

impl CrossValidation {
    /// Gathers `count` evaluated folds and writes `predictions.csv`, `calibration.json`,
    /// `cross_validation.svg`, `cross_validation.json` and, of these and without pictures of cells,
    /// `report.html` into `folder`.
    pub(crate) fn gather(folder: &Path, count: usize) -> Result<Self, Error> {
        let runs = (0..count)
            .map(|k| Run::open(&Self::fold_folder(folder, k)))
            .collect::<Result<Vec<_>, _>>()?;
        let Some(first) = runs.first() else {
            return Err(Error::new(ErrorKind::Run, "no folds to gather"));
        };
        let labels = &first.description().labels;
        let mut protocols = Vec::new();
        let (mut folds, mut tested, mut validated): (Vec<_>, Vec<Prediction>, Vec<Prediction>) =
            Default::default();
        for (fold, run) in runs.iter().enumerate() {
            let report = Report::read(&run.folder().join("report.json"))?;
            tested.extend(read_predictions(&run.folder().join("predictions.csv"), labels)?);
            validated.extend(read_predictions(&run.folder().join("validation.csv"), labels)?);
            protocols.push(report.protocol);
            folds.push(FoldFigures {
                fold,
                best_epoch: run.best_epoch()?,
                cells: report.network.cells,
                network: report.network.values,
                area: report.area.map_or_else(BTreeMap::new, |a| a.values),
            });
        }
        let truths: Vec<usize> = validated.iter().map(|p| p.label).collect();
        let logits: Vec<Vec<f32>> = validated.into_iter().map(|p| p.logits).collect();
        let calibration = fit_calibration(&logits, &truths, &first.recipe().calibration)?;

        let protocol = Protocol::together(&protocols);
        let title = protocol.titled(format!("{}, {count} folds pooled", first.recipe().name));
        let gathered = Self {
            disclaimer: DISCLAIMER.into(),
            recipe: first.recipe().name.clone(),
            data: first.description().data.clone(),
            network: spreads(folds.iter().map(|f| &f.network)),
            area: spreads(folds.iter().map(|f| &f.area)),
            folds,
            pooled: Report::new(title, labels, &calibration, &tested, area_sign(&tested), protocol),
            calibration,
        };
        write_predictions(&folder.join("predictions.csv"), labels, &tested)?;
        write_json(&folder.join("calibration.json"), &gathered.calibration)?;
        let picture = draw_report(&gathered.pooled);
        durable_file::write(&folder.join("cross_validation.svg"), picture.as_bytes())?;
        write_json(&folder.join("cross_validation.json"), &gathered)?;
        write_page(&Evaluated::open(folder)?, None)?;
        Ok(gathered)
    }
}

fn spreads<'a>(folds: impl Iterator<Item = &'a BTreeMap<Figure, f64>>) -> BTreeMap<Figure, Spread> {
    let mut values: BTreeMap<Figure, Vec<f64>> = BTreeMap::new();
    for (figure, value) in folds.flatten() {
        values.entry(*figure).or_default().push(*value);
    }
    values
        .into_iter()
        .filter_map(|(figure, v)| Some((figure, Spread::of(&v)?)))
        .collect()
}
