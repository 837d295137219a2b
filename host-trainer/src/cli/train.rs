use super::data_options::DataOptions;
use super::dry_run::{PlannedRun, Sides, say};
use super::interruption::{Interrupted, listen};
use super::output::{Lines, Recording, StoreOption, warn_of};
use crate::data::{Collection, DataSet, Fold, Split};
use crate::ensemble::Teachers;
use crate::runs::RunOrigin;
use crate::tensorboard::TensorBoard;
use crate::train::{
    Interrupt, Learner, Override, RECIPES, Recipe, Run, RunDescription, Stopped, Teacher, find_recipe,
};
use anyhow::Context;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use tch::Device;

#[derive(Debug, Args)]
pub(crate) struct Options {
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
    store: StoreOption,
    /// Say what would be done, with memory and time estimated, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    lines: Lines,
}

/// How to train.
#[derive(Debug, Args)]
pub(crate) struct RecipeOptions {
    /// Recipe: a TOML file, or the name of one in ./recipes
    #[arg(long, value_name = "RECIPE")]
    recipe: PathBuf,
    #[command(flatten)]
    changes: RecipeChanges,
}

/// What is changed of a recipe.
#[derive(Debug, Args)]
pub(crate) struct RecipeChanges {
    /// Value of the recipe to replace, such as optimisation.batch=16; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Epochs in all, in place of the recipe's; stages are cut from the end
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Seed, in place of the recipe's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Numbers that the network computes in, in place of the recipe's: by default f32 on the CPU, bf16 on CUDA
    #[arg(long, value_parser = ["auto", "f32", "tf32", "bf16"])]
    precision: Option<String>,
    /// Weights to begin with, in place of the recipe's: a state dictionary of torchvision or timm
    #[arg(long, value_name = "FILE")]
    pretrained: Option<PathBuf>,
    /// Begin with weights that are not all there; what is left out is said
    #[arg(long)]
    allow_partial: bool,
}

/// A recipe where one is given, with single values of it.
#[derive(Debug, Args)]
pub(crate) struct RecipeValues {
    /// Recipe: a TOML file, or the name of one in ./recipes
    #[arg(long, value_name = "RECIPE")]
    recipe: Option<PathBuf>,
    /// Value of the recipe to replace, such as input.size=128; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "recipe")]
    overrides: Vec<String>,
}

impl RecipeValues {
    /// The recipe, if one was given.
    pub(crate) fn read_where_given(&self) -> anyhow::Result<Option<Recipe>> {
        self.recipe
            .as_deref()
            .map(|file| read_recipe(file, &self.overrides))
            .transpose()
    }
}

fn read_recipe(file: &Path, overrides: &[String]) -> anyhow::Result<Recipe> {
    let path = find_recipe(file, Path::new(RECIPES))?;
    let overrides = overrides.iter().map(|given| Override::parse(given));
    Ok(Recipe::read_with(
        &path,
        &overrides.collect::<Result<Vec<_>, _>>()?,
    )?)
}

impl RecipeOptions {
    /// [`RecipeChanges::read_for`] the recipe of this path or name.
    pub(crate) fn read_for(&self, runs: &[PathBuf]) -> anyhow::Result<Recipe> {
        self.changes.read_for(&self.recipe, runs)
    }
}

impl RecipeChanges {
    /// Whether a seed was given.
    pub(crate) fn names_seed(&self) -> bool {
        self.seed.is_some()
    }

    /// The recipe of that path or name with the changes, with all that can be refused refused. The weights that it
    /// begins with are not asked for where all these runs have a state to go on from.
    pub(crate) fn read_for(&self, given: &Path, runs: &[PathBuf]) -> anyhow::Result<Recipe> {
        let mut recipe = read_recipe(given, &self.overrides)?;
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
        if let Some(precision) = &self.precision {
            recipe.optimisation.precision = toml::Value::String(precision.clone()).try_into()?;
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
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        let recipe = self.recipe.read_for(std::slice::from_ref(&self.out))?;
        if self.dry_run {
            return self.say(&recipe, device);
        }
        let data = self.data.load(&recipe, &self.out)?;
        let (fold, subjects) = if self.all {
            (None, Fold::everything(data.collection()))
        } else {
            let split = split_of(self.split.as_deref(), &recipe, data.collection())?;
            let fold = split.fold(self.fold)?;
            warn_of(&format!("fold {}", self.fold), fold, data.collection());
            (Some(self.fold), fold.clone())
        };
        let description = RunDescription::new(&data, fold, subjects);
        let mut recording = Recording {
            recorder: self.store.recorder(&self.out, device),
            origin: RunOrigin::alone(),
            lines: self.lines,
        };
        let (out, pause) = (&self.out, self.pause_after);
        train(out, &recipe, &description, &data, device, pause, &mut recording)?;
        Ok(())
    }

    fn say(&self, recipe: &Recipe, device: Device) -> anyhow::Result<()> {
        let collection = self.data.listed(recipe)?;
        let subjects = if self.all {
            Fold::everything(&collection)
        } else {
            let split = split_of(self.split.as_deref(), recipe, &collection)?;
            split.fold(self.fold)?.clone()
        };
        let job = PlannedRun {
            folder: self.out.clone(),
            recipe: recipe.clone(),
            values: Vec::new(),
            sides: Sides::of(&subjects, &collection),
            done: self.out.join("report.json").exists(),
        };
        say(&[job], &collection, 1, device, &self.store.path(&self.out))
    }
}

/// The split of a file, or the one that the recipe describes.
pub(crate) fn split_of(
    file: Option<&Path>,
    recipe: &Recipe,
    collection: &Collection,
) -> anyhow::Result<Split> {
    Ok(match file {
        Some(path) => Split::read(path, collection)?,
        None => recipe.split.split(collection)?,
    })
}

/// Trains until the end, or until the pause asked for, and records it. Interrupted, it ends with an error that says
/// how to go on, which ends whatever called it too.
pub(crate) fn train(
    out: &Path,
    recipe: &Recipe,
    description: &RunDescription,
    data: &DataSet,
    device: Device,
    pause_after: Option<usize>,
    recording: &mut Recording,
) -> anyhow::Result<Stopped> {
    let interrupt = listen()?;
    // The record of a run that another process trains stays: it is refused first.
    let run = Run::begin(out, recipe, description)?;
    recording.begin(out);
    let stopped = go_on(run, data, device, pause_after, interrupt, recording.lines);
    recording.end(out, &stopped);
    stopped
}

fn go_on(
    run: Run,
    data: &DataSet,
    device: Device,
    pause_after: Option<usize>,
    interrupt: Interrupt,
    lines: Lines,
) -> anyhow::Result<Stopped> {
    let out = &run.folder().to_owned();
    let recipe = run.recipe();
    let mut begun = json!({
        "event": "begun", "recipe": recipe.name, "fold": run.description().fold, "epochs": recipe.epochs(),
    });
    let teachers = Teachers::of(&run, data, device).context("preparing to train")?;
    let teacher = teachers.map(|t| Box::new(t) as Box<dyn Teacher>);
    let mut learner = Learner::start(run, data, device, teacher).context("preparing to train")?;
    learner.set_interrupt(interrupt);
    learner.set_listener(lines.listener(out));
    learner.set_event_log(TensorBoard::new(out));
    eprintln!("{}", learner.describe());
    begun["standing"] = json!(learner.standing());
    lines.say_of(out, &begun);
    let stopped = learner.train(pause_after)?;
    let best = learner.run().best_epoch()?;
    let ended =
        json!({ "event": "ended", "why": stopped, "standing": learner.standing(), "best_epoch": best });
    lines.say_of(out, &ended);
    let words = match stopped {
        Stopped::Finished => "all epochs are done",
        Stopped::Early => "validation did not get better any more",
        Stopped::Paused => "paused; the same command without --pause-after goes on",
        Stopped::Interrupted => return Err(Interrupted::new(out, learner.standing()).into()),
    };
    let best = best.map_or(String::new(), |b| format!("; weights of epoch {b} are kept"));
    eprintln!("{}: {words}{best}", out.display());
    Ok(stopped)
}
