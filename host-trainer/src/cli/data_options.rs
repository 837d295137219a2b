use anyhow::Context;
use blastscope_train::data::{Collection, DataSet, Unreadable, list};
use blastscope_train::evaluate::check_threshold;
use blastscope_train::train::Recipe;
use clap::Args;
use std::path::{Path, PathBuf};

/// Which cells.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// Folder of the data set, in the layout that the recipe names (data.layout); by default C-NMC: with
    /// index.csv, or with fold_<n>/{all,hem}/UID_….bmp
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
    /// For a command that can do without data, and so has the options itself.
    pub fn of(data: PathBuf, skip_unreadable: bool, limit: Option<usize>, cache: Option<PathBuf>) -> Self {
        Self {
            data,
            skip_unreadable,
            limit,
            cache,
        }
    }

    /// Reads the cells as the recipe wants them; `output` is the folder beside which the cache lies. What
    /// names alone show to be impossible is refused before anything is decoded.
    pub fn load(&self, recipe: &Recipe, output: &Path) -> anyhow::Result<DataSet> {
        let beside = || output.parent().unwrap_or(Path::new(".")).join("cache");
        let cache = self.cache.clone().unwrap_or_else(beside);
        let unreadable = if self.skip_unreadable {
            Unreadable::Skip
        } else {
            Unreadable::Refuse
        };
        let reading = || format!("reading the cells of {}", self.data.display());
        let listing = list(&self.data, &recipe.data).with_context(reading)?;
        listing.check_unit(recipe.split.unit).with_context(reading)?;
        check_threshold(&recipe.calibration, listing.labels.len())?;
        recipe.fitting_graph(&listing.labels)?;
        // Chosen before anything is decoded: a trial on a few cells should not wait for all.
        let (listing, total) = match self.limit {
            Some(count) => {
                let (listing, total) =
                    Collection::limited(&self.data, listing, count).with_context(reading)?;
                (listing, Some(total))
            }
            None => (listing, None),
        };
        let mut data = DataSet::of(&self.data, listing, &recipe.input, Some(&cache), unreadable)
            .with_context(reading)?;
        if let Some(total) = total {
            data.notes
                .push(format!("limited to {} of {total} cells", data.len()));
        }
        for note in &data.notes {
            eprintln!("{note}");
        }
        Ok(data)
    }
}
