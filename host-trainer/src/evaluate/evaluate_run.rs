use super::area_baseline::AreaBaseline;
use super::calibrate::fit_calibration;
use super::evaluated::Evaluated;
use super::page::write_page;
use super::picture::draw_report;
use super::prediction::{Prediction, write_predictions};
use super::protocol::Protocol;
use super::report::{Report, write_json};
use crate::data::DataSet;
use crate::network::predict;
use crate::train::Run;
use crate::{Error, ErrorKind, durable_file};

/// Fits calibration on the validation cells of a run, touches its test cells, and writes into the run
/// `validation.csv`, `calibration.json`, `predictions.csv`, `report.svg`, `report.json` and, of these, `report.html`.
pub(crate) fn evaluate_run(run: &Run, data: &DataSet, device: tch::Device) -> Result<Report, Error> {
    run.check_data(data)?;
    let description = run.description();
    let (labels, subjects) = (&description.labels, &description.subjects);
    if subjects.test.is_empty() {
        return Err(Error::new(
            ErrorKind::Run,
            format!(
                "{} was trained on everything and has no test cells: its figures come from `cross-validate`",
                run.folder().display()
            ),
        ));
    }
    let network = run.best_network(device)?;
    let (train, validation, test) = (
        data.cells_of(&subjects.train),
        data.cells_of(&subjects.validation),
        data.cells_of(&subjects.test),
    );
    let known: Vec<usize> = train.iter().chain(&validation).copied().collect();
    let baseline = AreaBaseline::of(data, &known);

    let logits = predict(&network, data, &validation)?;
    let truths: Vec<usize> = validation.iter().map(|i| data.cell(*i).label).collect();
    let calibration = fit_calibration(&logits, &truths, &run.recipe().calibration)?;
    let folder = run.folder();
    let predictions = Prediction::judge(data, &validation, logits, &calibration, baseline.as_ref())?;
    write_predictions(&folder.join("validation.csv"), labels, &predictions)?;
    write_json(&folder.join("calibration.json"), &calibration)?;

    let logits = predict(&network, data, &test)?;
    let predictions = Prediction::judge(data, &test, logits, &calibration, baseline.as_ref())?;
    write_predictions(&folder.join("predictions.csv"), labels, &predictions)?;
    let protocol = Protocol::of(subjects, data.collection());
    let title = match description.fold {
        Some(fold) => protocol.titled(format!("{}, fold {fold}", run.recipe().name)),
        None => protocol.titled(run.recipe().name.clone()),
    };
    let sign = baseline.map(|b| if b.large_is_first { 1.0 } else { -1.0 });
    let report = Report::new(title, labels, &calibration, &predictions, sign, protocol);
    durable_file::write(&folder.join("report.svg"), draw_report(&report).as_bytes())?;
    write_json(&folder.join("report.json"), &report)?;
    write_page(&Evaluated::open(folder)?, Some((data, device)))?;
    Ok(report)
}
