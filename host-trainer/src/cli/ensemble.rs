use crate::ensemble::{Ensembles, Kind, Member, Weighting, Wen2025, choose};
use anyhow::{Context, ensure};
use blastscope_shared::DISCLAIMER;
use clap::{Args, builder::PossibleValuesParser};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folders of evaluated runs that test the same cells
    #[arg(long, value_name = "RUN", num_args = 1.., required_unless_present = "protocol")]
    members: Vec<PathBuf>,
    /// The runs below the --out of a `protocol wen2025`
    #[arg(long, value_name = "DIR", conflicts_with = "members")]
    protocol: Option<PathBuf>,
    /// Which of them belong together: all, the fold models of one learning rate, or the best of each rate; may be
    /// given again [default: members, or with --protocol inter-lr and intra-lr]
    #[arg(long = "kind", value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::name)))]
    kinds: Vec<String>,
    /// Folder to write into [default: with --protocol, `ensembles` in it]
    #[arg(long, value_name = "DIR", required_unless_present = "protocol")]
    out: Option<PathBuf>,
    #[command(flatten)]
    weights: WeightOptions,
}

/// How to weigh, and how to say it.
#[derive(Debug, Args)]
pub(crate) struct WeightOptions {
    /// What members are weighted by, on their validation cells
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "accuracy,f1,kappa,equal,optimised",
        value_parser = PossibleValuesParser::new(Weighting::ALL.map(Weighting::name))
    )]
    weights: Vec<String>,
    /// Print ensembles.json in place of the table
    #[arg(long)]
    json: bool,
}

impl WeightOptions {
    pub(crate) fn weightings(&self) -> Vec<Weighting> {
        self.weights.iter().filter_map(|n| Weighting::named(n)).collect()
    }

    /// All ensembles on stdout.
    pub(crate) fn print(&self, all: &Ensembles, out: &Path) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(all)?);
            return Ok(());
        }
        let head = std::iter::once("ensemble").chain(all.columns().iter().map(|f| f.name()));
        let mut rows: Vec<Vec<String>> = vec![head.map(str::to_owned).collect()];
        rows.extend(all.rows());
        let width = |column: usize| {
            rows.iter()
                .filter_map(|r| r.get(column))
                .map(|c| c.chars().count())
                .max()
        };
        println!("{}", all.title);
        for row in &rows {
            let cells = row.iter().enumerate();
            let cells: Vec<String> = cells
                .map(|(i, c)| format!("{c:w$}", w = width(i).unwrap_or(0)))
                .collect();
            println!("{}", cells.join("  ").trim_end());
        }
        println!("{}", all.note());
        for plan in &all.ensembles {
            let weights: Vec<String> = plan.members.iter().map(|m| format!("{:.3}", m.weight)).collect();
            println!("{}: weights {}; {}", plan.name, weights.join(" "), plan.weighed);
        }
        println!("{DISCLAIMER}");
        println!("written to {}", out.join("ensembles.json").display());
        println!("picture: {}", out.join("ensembles.svg").display());
        Ok(())
    }
}

/// Opens the runs of members.
pub(crate) fn open(folders: &[PathBuf]) -> anyhow::Result<Vec<Member>> {
    let open = |f: &PathBuf| Member::open(f).map_err(anyhow::Error::from);
    folders.iter().map(open).collect()
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let folders = match &self.protocol {
            Some(folder) => Wen2025::found(folder)?,
            None => self.members.clone(),
        };
        let inside = || self.protocol.as_ref().map(|p| p.join("ensembles"));
        let out = self.out.clone().or_else(inside).context("--out: give a folder")?;
        let kinds: Vec<Kind> = match (self.kinds.is_empty(), &self.protocol) {
            (true, Some(_)) => vec![Kind::InterLr, Kind::IntraLr],
            (true, None) => vec![Kind::Members],
            _ => self.kinds.iter().filter_map(|n| Kind::named(n)).collect(),
        };
        ensure!(
            folders.iter().all(|f| *f != out),
            "--out: {} is a member's own folder; give another one",
            out.display()
        );
        let members = open(&folders)?;
        let plans = choose(&members, &kinds, &self.weights.weightings(), &out)?;
        plans.iter().try_for_each(|p| p.write(&out))?;
        let all = Ensembles::measure(plans, &members, &out)?;
        all.write(&out)?;
        self.weights.print(&all, &out)
    }
}
