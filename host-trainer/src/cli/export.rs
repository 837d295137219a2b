use super::data_options::DataOptions;
use crate::data::{DataSet, Fold};
use crate::durable_file;
use crate::evaluate::{CrossValidation, Protocol, Report, read_calibration, read_predictions};
use crate::export::{
    Exported, GOLDEN_CELLS, Release, SigningKey, default_path, export, golden_cells, looks_of, pack,
    performance, sources,
};
use crate::train::Run;
use anyhow::{Context, ensure};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::metrics::{MeasuredShare, Performance};
use blastscope_shared::preprocess::CellCrop;
use blastscope_shared::random::SplitMix64;
use clap::Args;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tch::Device;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: DataOptions,
    /// Folder of a finished run
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Folder of the cross-validation that figures and calibration come from; needed for a run that was
    /// trained on every subject, by default the run's own fold
    #[arg(long, value_name = "DIR")]
    folds: Option<PathBuf>,
    /// Secret key to sign with; by default release.key in the user's configuration folder
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Package to write, NAME.bsm
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Version of the model
    #[arg(long, default_value = "1.0.0")]
    version: String,
    /// Training cells that the ranges of the int8 network are measured on
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(16..))]
    calibration_cells: u32,
}

/// The name of the model in a package of this path; refuses a path that is no `NAME.bsm`.
pub(super) fn package_name(path: &Path) -> anyhow::Result<String> {
    let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or_default();
    ensure!(
        !name.is_empty() && path.extension().is_some_and(|e| e == "bsm"),
        "{}: a package is called NAME.bsm",
        path.display()
    );
    Ok(name.to_owned())
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        // What can be refused is refused before anything is computed.
        let name = package_name(&self.out)?;
        let key = SigningKey::load(&self.key.clone().map_or_else(default_path, Ok)?)?;
        let run = Run::open(&self.run)?;
        let (calibration, metrics, protocol) = self.figures(&run)?;
        let measured = self.folds.as_deref().unwrap_or(&self.run).join("predictions.csv");
        let predictions = read_predictions(&measured, &run.description().labels)?;
        let performance = performance(&predictions, &calibration, &protocol);
        let data = self.data.load(run.recipe(), &self.run)?;
        run.check_data(&data)?;
        let network = run.best_network(device)?;
        let units = &run.description().subjects.train;
        let cells = spread_over_subjects(&data, units, self.calibration_cells as usize)?;
        let exported = export(network.graph(), &network.weights()?, &cells)?;
        let trained = data.cells_of(units);
        let layout = run.recipe().data.layout;
        let release = Release {
            name,
            version: self.version,
            created: jiff::Timestamp::now().strftime("%F").to_string(),
            labels: run.description().labels.clone(),
            input: run.recipe().input.clone(),
            roles: sources::roles_of(data.collection()),
            calibration,
            performance,
            errors: None,
            unknown: None,
            data: sources::of_cells(data.collection(), layout, &trained),
            stain: looks_of(&cells, &run.recipe().input),
            subjects: subjects_of(&data, &run.description().subjects),
            protocol,
            metrics,
        };
        for source in release.data.iter().filter(|s| sources::is_closed(s)) {
            eprintln!(
                "WARNING: {}: {}: {}",
                self.out.display(),
                source.name,
                source.licence
            );
        }
        let golden = golden_cells(&release.input, GOLDEN_CELLS)?;
        let bytes = pack(release, &exported, &golden, &key)?;
        durable_file::write(&self.out, &bytes)?;
        tell(&exported, &self.out, bytes.len());
        tell_performance(performance);
        Ok(())
    }

    /// Calibration and figures: of all folds, or of the run's own fold.
    fn figures(&self, run: &Run) -> anyhow::Result<(Calibration, Value, Protocol)> {
        let Some(folder) = &self.folds else {
            ensure!(
                run.description().fold.is_some(),
                "{} was trained on every subject: say with --folds which cross-validation its figures come from",
                self.run.display()
            );
            let report = Report::read(&self.run.join("report.json"))
                .context("the fold has no figures yet: run `evaluate` on it first")?;
            let p = report.protocol;
            let mut metrics = json!({
                "protocol": match p.warning() {
                    None => "one fold, subjects apart; figures of its test subjects, 95 % bootstrap intervals over subjects"
                        .to_owned(),
                    Some(warning) => format!(
                        "one fold, {warning}; figures of its test images, 95 % bootstrap intervals over {}",
                        p.resampled()
                    ),
                },
                "network": report.network,
            });
            if let Some(area) = &report.area {
                metrics["cell area alone"] = json!(area);
            }
            return Ok((read_calibration(&self.run.join("calibration.json"))?, metrics, p));
        };
        let folds = CrossValidation::read(folder)?;
        ensure!(
            folds.data == run.description().data,
            "{} is of other data than {}: cross-validate on the same",
            folder.display(),
            self.run.display()
        );
        for fold in &folds.folds {
            let trained = Run::open(&CrossValidation::fold_folder(folder, fold.fold))?;
            let differs = run.recipe().differences(trained.recipe());
            ensure!(
                differs.is_empty(),
                "{} was trained otherwise than {} (different: {}): its figures do not hold for the release; \
                 cross-validate with the recipe of the release",
                trained.folder().display(),
                self.run.display(),
                differs.join(", ")
            );
        }
        let p = folds.pooled.protocol;
        let mut metrics = json!({
            "protocol": format!(
                "{}-fold cross-validation, {}: mean, standard deviation, lowest and highest fold; \
                 pooled: all test cells, 95 % bootstrap intervals over {}",
                folds.folds.len(),
                p.warning().unwrap_or_else(|| "subjects apart".to_owned()),
                p.resampled()
            ),
            "network": folds.network,
            "pooled": folds.pooled.network.values,
            "pooled intervals": folds.pooled.network.intervals,
        });
        if !folds.area.is_empty() {
            metrics["cell area alone"] = json!(folds.area);
        }
        Ok((folds.calibration, metrics, p))
    }
}

/// What was written, on stdout.
fn tell(exported: &Exported, out: &Path, bytes: usize) {
    let kib = |bytes: usize| bytes as f64 / 1024.0;
    match &exported.integers {
        Ok(integers) => {
            let agreement = &integers.agreement;
            println!(
                "int8 against f32 on {} training cells: {} decisions differ ({:.2} %), logits by {:.4} in the mean",
                agreement.cells,
                agreement.decisions_that_differ,
                100.0 * agreement.share_that_differs,
                agreement.mean_difference
            );
            print!("int8 {:.0} KiB, ", kib(integers.onnx.len()));
        }
        Err(why) => println!(
            "f32 only: only chains of dense convolutions run faster in integers, and this network is none ({why})"
        ),
    }
    println!(
        "f32 {:.0} KiB; {} written, {:.0} KiB",
        kib(exported.f32.len()),
        out.display(),
        kib(bytes)
    );
}

/// What the device will know of the errors of the classifier.
fn tell_performance(performance: Option<Performance>) {
    let Some(Performance {
        sensitivity,
        specificity,
    }) = performance
    else {
        println!("its error is not known (subjects were not kept apart, or too few): devices say so");
        return;
    };
    let told = |m: MeasuredShare| {
        let (share, error) = (100.0 * m.share, 100.0 * m.standard_error);
        format!(
            "{share:.1} % (standard error {error:.1}, {} subjects)",
            m.subjects
        )
    };
    println!(
        "sensitivity {}, specificity {}",
        told(sensitivity),
        told(specificity)
    );
}

/// The subject groups that were trained on; none where the data name none.
fn subjects_of(data: &DataSet, fold: &Fold) -> Vec<String> {
    if fold.unit.is_subject() {
        return fold.train.clone();
    }
    let trained = data.cells_of(&fold.train).into_iter();
    let groups: BTreeSet<&str> = trained
        .filter(|_| data.collection().has_subjects)
        .map(|i| data.cell(i).group.as_str())
        .collect();
    groups.into_iter().map(str::to_owned).collect()
}

/// `count` cells in turn from every subject group, or from every label where the data name no subjects,
/// seeded.
fn spread_over_subjects(data: &DataSet, units: &[String], count: usize) -> anyhow::Result<Vec<CellCrop>> {
    let mut random = SplitMix64::new(8);
    let mut by_subject: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for cell in data.cells_of(units) {
        let of = data.cell(cell);
        let key = if data.collection().has_subjects {
            of.group.as_str()
        } else {
            data.collection().labels.name(of.label).unwrap_or_default()
        };
        by_subject.entry(key).or_default().push(cell);
    }
    by_subject.values_mut().for_each(|cells| random.shuffle(cells));
    let most = by_subject.values().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..most).flat_map(|i| by_subject.values().filter_map(move |cells| cells.get(i).copied()));
    Ok(in_turn
        .take(count)
        .map(|cell| data.crop(cell))
        .collect::<Result<_, _>>()?)
}
