use crate::data::{Collection, DataSet, Listing, Unreadable, list};
use crate::evaluate::check_threshold;
use crate::train::Recipe;
use anyhow::Context;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Which cells.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct DataOptions {
    /// Folder of the data set, in the layout that the recipe names (data.layout); by default C-NMC: with
    /// index.csv, or with fold_<n>/{all,hem}/UID_….bmp. Or a file that `pack` wrote
    #[arg(long, value_name = "DIR|PACK")]
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
    pub(crate) fn of(
        data: PathBuf,
        skip_unreadable: bool,
        limit: Option<usize>,
        cache: Option<PathBuf>,
    ) -> Self {
        Self {
            data,
            skip_unreadable,
            limit,
            cache,
        }
    }

    /// Reads the cells as the recipe wants them; `output` is the folder beside which the cache lies. What
    /// names alone show to be impossible is refused before anything is decoded.
    pub(crate) fn load(&self, recipe: &Recipe, output: &Path) -> anyhow::Result<DataSet> {
        if self.data.is_file() {
            return self.load_pack(recipe);
        }
        let cache = self.cache_for(output);
        let unreadable = if self.skip_unreadable {
            Unreadable::Skip
        } else {
            Unreadable::Refuse
        };
        let reading = || format!("reading the cells of {}", self.data.display());
        let listing = self.list(recipe)?;
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
        tell(&data);
        Ok(data)
    }

    fn load_pack(&self, recipe: &Recipe) -> anyhow::Result<DataSet> {
        let data = self.packed(recipe)?;
        tell(&data);
        Ok(data)
    }

    fn packed(&self, recipe: &Recipe) -> anyhow::Result<DataSet> {
        let mut data = DataSet::of_pack(&self.data, &recipe.data, &recipe.input)?;
        let reading = || format!("reading the cells of {}", self.data.display());
        data.collection()
            .check_unit(recipe.split.unit)
            .with_context(reading)?;
        let labels = data.collection().labels.clone();
        check_threshold(&recipe.calibration, labels.len())?;
        recipe.fitting_graph(&labels)?;
        if let Some(count) = self.limit {
            data.limit(count);
        }
        Ok(data)
    }

    /// What the names say, with all that they show to be impossible refused.
    fn list(&self, recipe: &Recipe) -> anyhow::Result<Listing> {
        let reading = || format!("reading the cells of {}", self.data.display());
        let listing = list(&self.data, &recipe.data).with_context(reading)?;
        listing.check_unit(recipe.split.unit).with_context(reading)?;
        check_threshold(&recipe.calibration, listing.labels.len())?;
        recipe.fitting_graph(&listing.labels)?;
        Ok(listing)
    }

    /// The cells that [`DataOptions::load`] would read, by name: nothing is decoded or written.
    pub(crate) fn listed(&self, recipe: &Recipe) -> anyhow::Result<Collection> {
        if self.data.is_file() {
            return Ok(self.packed(recipe)?.collection().clone());
        }
        let mut listing = self.list(recipe)?;
        if let Some(count) = self.limit {
            listing = Collection::limited(&self.data, listing, count)?.0;
        }
        Ok(Collection::of(&self.data, listing)?)
    }

    fn cache_for(&self, output: &Path) -> PathBuf {
        let beside = || output.parent().unwrap_or(Path::new(".")).join("cache");
        self.cache.clone().unwrap_or_else(beside)
    }

    /// The same for jobs of a command with this output, wherever they run: whole paths, one cache for all.
    pub(crate) fn for_jobs(&self, output: &Path) -> anyhow::Result<Self> {
        let whole = |path: &Path| std::path::absolute(path).with_context(|| path.display().to_string());
        Ok(Self {
            data: whole(&self.data)?,
            cache: Some(whole(&self.cache_for(output))?),
            ..self.clone()
        })
    }
}

fn tell(data: &DataSet) {
    for note in &data.notes {
        eprintln!("{note}");
    }
}
