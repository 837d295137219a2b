//! `blastscope model`: what a package is, and whether it can be trusted here.

use super::output;
use crate::{Error, ErrorKind};
use anyhow::Context;
use blastscope_inference::{Classifier, ModelSource, Network};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::package::Package;
use blastscope_shared::preprocess::Framing;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print what a package says of itself
    Show(Arguments),
    /// Check signature, parts, input and golden outputs of every network in a package
    Verify(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Model package
    #[arg(value_name = "PKG")]
    package: PathBuf,
    /// Public key of a package maker whom you trust; may be given again [default: models/release.pub, models/release-2.pub]
    #[arg(long, value_name = "FILE")]
    trusted_key: Vec<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let (Command::Show(arguments) | Command::Verify(arguments)) = &command;
    let source = ModelSource::resolve(Some(&arguments.package), &arguments.trusted_key)?;
    let package = source.open()?;
    match command {
        Command::Show(arguments) => show(&package, arguments.json),
        Command::Verify(arguments) => verify(&arguments, &package),
    }
}

fn show(package: &Package, json: bool) -> anyhow::Result<ExitCode> {
    let m = package.manifest();
    if json {
        output::json_line(&json!({ "notice": DISCLAIMER, "manifest": m, "card": package.card() }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<&str> = m.precisions.iter().map(|p| p.name()).collect();
    let [low, high] = m.calibration.abstain;
    let mut lines = vec![
        format!("{} {}, exported {}", m.name, m.version, m.created),
        format!("labels       {}", m.labels.names().join(", ")),
        match m.input.framing {
            Framing::MaskedCell => format!(
                "input        {0} x {0} px at {1} nm a pixel, {2}",
                m.input.size, m.input.nanometres_per_pixel, m.preprocessing
            ),
            Framing::WholePicture => format!(
                "input        whole pictures at {0} x {0} px, {1}",
                m.input.size, m.preprocessing
            ),
        },
        format!("networks     {}", names.join(", ")),
        format!(
            "calibration  temperature {}, threshold {}, unidentified {low} to {high}",
            m.calibration.temperature, m.calibration.threshold
        ),
        format!("subjects     {}", m.subjects.len()),
    ];
    for d in &m.data {
        lines.push(format!(
            "data         {}, {} cells, {}; {}",
            d.name, d.cells, d.licence, d.citation
        ));
    }
    lines.push(String::new());
    lines.push(package.card().trim_end().to_owned());
    lines.push(String::new());
    lines.push(DISCLAIMER.to_owned());
    output::line(&lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn verify(arguments: &Arguments, package: &Package) -> anyhow::Result<ExitCode> {
    let at = |e: String| Error::at(ErrorKind::Package, &arguments.package, e);
    let golden = package.golden().map_err(|e| at(e.to_string()))?;
    let manifest = package.manifest();
    let mut networks = Vec::new();
    for &precision in &manifest.precisions {
        let measured = Classifier::check_network(package, precision)
            .map(|(_, time): (Network, _)| time)
            .with_context(|| arguments.package.display().to_string())?;
        networks.push((precision.name(), measured.as_secs_f64() * 1e3));
    }
    if arguments.json {
        let networks: Vec<_> = networks
            .iter()
            .map(|(name, ms)| json!({ "precision": name, "golden": golden.inputs.len(), "milliseconds": ms }))
            .collect();
        output::json_line(&json!({
            "package": arguments.package.to_string_lossy(),
            "name": manifest.name,
            "version": manifest.version,
            "verified": true,
            "networks": networks,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(&format!(
        "{}: {} {}: signature and {} parts hold",
        arguments.package.display(),
        manifest.name,
        manifest.version,
        manifest.parts.len()
    ))?;
    for (name, ms) in networks {
        let cells = golden.inputs.len();
        output::line(&format!(
            "{name}: all {cells} golden outputs hold, {ms:.2} ms a cell on one core"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
