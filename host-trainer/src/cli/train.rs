use super::data_options::DataOptions;
use super::interruption::{Interrupted, listen};
use super::lines::Lines;
use super::optimism::warn_of;
use anyhow::Context;
use blastscope_train::data::{DataSet, Fold, Split};
use blastscope_train::train::{
    Override, RECIPES, Recipe, Run, RunDescription, Session, Stopped, find_recipe,
};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use tch::Device;

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// Folder of the run
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Fold whose subjects are kept from training
    #[arg(long, default_value_t = 0)]
    fold: usize,
    /// Train on every subject, for a release; ends after the recipe's epochs
    #[arg(long, conflicts_with_all = ["fold", "split"])]
    all: bool,
    /// Split file; by default the recipe says how to split
    #[arg(long, value_name = "FILE")]
    split: Option<PathBuf>,
    /// Stop after N epochs in all; given again without it, goes on
    #[arg(long, value_name = "N")]
    pause_after: Option<usize>,
    #[command(flatten)]
    lines: Lines,
}

/// How to train.
#[derive(Debug, Args)]
pub struct RecipeOptions {
    /// Recipe: a TOML file, or the name of one in ./recipes
    #[arg(long, value_name = "RECIPE")]
    recipe: PathBuf,
    /// Value of the recipe to replace, such as optimisation.batch=16; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Epochs in all, in place of the recipe's; stages are cut from the end
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Seed, in place of the recipe's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Weights to begin with, in place of the recipe's: a state dictionary of torchvision or timm
    #[arg(long, value_name = "FILE")]
    pretrained: Option<PathBuf>,
    /// Begin with weights that are not all there; what is left out is said
    #[arg(long)]
    allow_partial: bool,
}

impl RecipeOptions {
    /// The recipe as it is to be run, with all that can be refused refused. The weights that it begins with
    /// are not asked for where all these runs have a state to go on from.
    pub fn read_for(&self, runs: &[PathBuf]) -> anyhow::Result<Recipe> {
        let path = find_recipe(&self.recipe, Path::new(RECIPES))?;
        let overrides = self.overrides.iter().map(|given| Override::parse(given));
        let mut recipe = Recipe::read_with(&path, &overrides.collect::<Result<Vec<_>, _>>()?)?;
        if let Some(epochs) = self.epochs.filter(|n| *n != recipe.epochs()) {
            eprintln!("{}", recipe.set_epochs(epochs)?);
        }
        recipe.seed = self.seed.unwrap_or(recipe.seed);
        if let Some(file) = &self.pretrained {
            let whole =
                std::path::absolute(file).with_context(|| format!("--pretrained {}", file.display()))?;
            let text = whole
                .to_str()
                .context("--pretrained: the path is not UTF-8; rename it")?;
            recipe.pretrained.weights = text.to_owned();
        }
        recipe.pretrained.allow_partial |= self.allow_partial;
        recipe.check()?;
        if let Some(labels) = recipe.data.known_labels() {
            if runs.is_empty() || !runs.iter().all(|r| Run::has_state(r)) {
                recipe.preflight(&labels)?;
            } else {
                recipe.fitting_graph(&labels)?;
            }
        }
        Ok(recipe)
    }
}

impl Options {
    pub fn run(self, device: Device) -> anyhow::Result<()> {
        let recipe = self.recipe.read_for(std::slice::from_ref(&self.out))?;
        let data = self.data.load(&recipe, &self.out)?;
        let (fold, subjects) = if self.all {
            (None, Fold::everything(data.collection()))
        } else {
            let split = split_of(self.split.as_deref(), &recipe, &data)?;
            let fold = split.fold(self.fold)?;
            warn_of(&format!("fold {}", self.fold), fold, data.collection());
            (Some(self.fold), fold.clone())
        };
        let description = RunDescription::new(&data, fold, subjects);
        let (out, pause) = (&self.out, self.pause_after);
        train(out, &recipe, &description, &data, device, pause, self.lines)?;
        Ok(())
    }
}

/// The split of a file, or the one that the recipe describes.
pub fn split_of(file: Option<&Path>, recipe: &Recipe, data: &DataSet) -> anyhow::Result<Split> {
    let collection = data.collection();
    Ok(match file {
        Some(path) => Split::read(path, collection)?,
        None => recipe.split.split(collection)?,
    })
}

/// Trains until the end, or until the pause asked for. Interrupted, it ends with an error that says how to
/// go on, which ends whatever called it too.
pub fn train(
    out: &Path,
    recipe: &Recipe,
    description: &RunDescription,
    data: &DataSet,
    device: Device,
    pause_after: Option<usize>,
    lines: Lines,
) -> anyhow::Result<Stopped> {
    let interrupt = listen()?;
    let run = Run::begin(out, recipe, description)?;
    let mut session = Session::start(run, data, device).context("preparing to train")?;
    session.obey(interrupt);
    session.tell(lines.listener(out));
    eprintln!("{}", session.describe());
    let begun = json!({
        "event": "begun", "recipe": recipe.name, "fold": description.fold, "epochs": recipe.epochs(),
        "standing": session.standing(),
    });
    lines.say_of(out, &begun);
    let stopped = session.train(pause_after)?;
    let best = session.run().best_epoch()?;
    let ended =
        json!({ "event": "ended", "why": stopped, "standing": session.standing(), "best_epoch": best });
    lines.say_of(out, &ended);
    let words = match stopped {
        Stopped::Finished => "all epochs are done",
        Stopped::Early => "validation did not get better any more",
        Stopped::Paused => "paused; the same command without --pause-after goes on",
        Stopped::Interrupted => return Err(Interrupted::new(out, session.standing()).into()),
    };
    let best = best.map_or(String::new(), |b| format!("; weights of epoch {b} are kept"));
    eprintln!("{}: {words}{best}", out.display());
    Ok(stopped)
}
