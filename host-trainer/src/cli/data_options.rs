use anyhow::Context;
use blastscope_shared::class::LabelSet;
use blastscope_shared::preprocess::InputSpec;
use blastscope_train::data::{DataSet, Unreadable};
use clap::Args;
use std::path::{Path, PathBuf};

/// Which cells.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// Folder of the data set: with index.csv, or with fold_<n>/{all,hem}/UID_….bmp
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Go on without pictures that cannot be read; they are named
    #[arg(long)]
    skip_unreadable: bool,
    /// Take about N cells, some of every subject: for trials
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Folder for decoded cells; by default `cache` beside the output
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl DataOptions {
    /// Reads the cells; `output` is the folder beside which the cache lies.
    pub fn load(&self, spec: &InputSpec, output: &Path) -> anyhow::Result<DataSet> {
        let beside = || output.parent().unwrap_or(Path::new(".")).join("cache");
        let cache = self.cache.clone().unwrap_or_else(beside);
        let unreadable = if self.skip_unreadable {
            Unreadable::Skip
        } else {
            Unreadable::Refuse
        };
        let labels = LabelSet::lymphoblast();
        let mut data = DataSet::load(&self.data, &labels, spec, Some(&cache), unreadable)
            .with_context(|| format!("reading the cells of {}", self.data.display()))?;
        if let Some(count) = self.limit {
            data.limit(count);
        }
        for note in &data.notes {
            eprintln!("{note}");
        }
        Ok(data)
    }
}
