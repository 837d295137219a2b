use super::data_options::DataOptions;
use super::export::package_name;
use super::train::RecipeValues;
use crate::data::DataSet;
use crate::durable_file;
use crate::evaluate::Protocol;
use crate::export::{GOLDEN_CELLS, Release, SigningKey, default_path, export, golden_cells, pack, sources};
use crate::network::Network;
use crate::probe::{
    Called, Calls, FeatureRequest, Features, Head, PairFigures, PerceptronSettings, SoftmaxSettings, Spread,
    Study, StudyRequest, calls, errors, lines, of_spoilt, pairs,
};
use crate::train::Recipe;
use anyhow::{Context, ensure};
use blastscope_network::{Array, Graph, Weights, by_name, features_graph};
use blastscope_shared::class::{Role, Roles};
use blastscope_shared::metrics::MeasuredErrors;
use blastscope_shared::package::sha256_hex;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tch::Device;

/// Cells that the ranges of a quantised network are measured on.
const CALIBRATION_CELLS: usize = 2048;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    recipe: RecipeValues,
    #[command(flatten)]
    data: DataOptions,
    /// Pack of cells that have no part in the fit, with the same labels; measured at the end
    #[arg(long, value_name = "PACK")]
    held_back: Option<PathBuf>,
    /// Folder for features and figures
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Uses of each cell: once as it is, the others changed as the recipe's augmentation says
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    copies: u32,
    /// Times half the squares of the weights, added to the mean loss
    #[arg(long, default_value_t = 1e-3)]
    ridge: f64,
    /// Steps of the optimiser
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: u32,
    /// Hidden numbers of a member; 0: the logits are one linear map of the features
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=1024))]
    hidden: u32,
    /// Hidden layers that are fitted and averaged
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=32))]
    members: u32,
    /// Part of the features and of the hidden numbers that a use of a cell does without
    #[arg(long, default_value_t = 0.3)]
    dropout: f64,
    /// Decay of the weights of hidden layers
    #[arg(long, default_value_t = 0.1)]
    decay: f64,
    /// Uses of cells drawn for a member
    #[arg(long, default_value_t = 600_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    draws: u32,
    /// Numbers of a point in the space of distances
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=512))]
    dimensions: u32,
    /// Share of validation cells that may stay unidentified for their distance
    #[arg(long, default_value_t = 0.02)]
    unknown_share: f64,
    /// Package to write, NAME.bsm; without one only figures are
    #[arg(long, value_name = "FILE")]
    release: Option<PathBuf>,
    /// Version of the model
    #[arg(long, default_value = "1.0.0")]
    version: String,
    /// Signing key; by default release.key in the user's configuration folder
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// What `probe.json` holds.
#[derive(Serialize)]
struct Figures {
    recipe: String,
    cells: usize,
    uses_of_a_cell: usize,
    features: usize,
    ridge: f64,
    hidden: u32,
    members: u32,
    temperature: f32,
    blasts_against_others: Vec<PairFigures>,
    /// By folds that keep subjects whole.
    folds: Calls,
    /// What spoilt cells are called, by kind, by folds.
    spoilt: Calls,
    /// Of each source, by the probe of all others.
    left_out: Calls,
    /// Of the held-back cells, by the probe of all cells.
    held_back: Calls,
    /// The same of each source, by the probe without it.
    held_back_and_left_out: Calls,
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        let recipe = self.recipe.read_where_given()?.context("--recipe is missing")?;
        for (name, share) in [
            ("--dropout", self.dropout),
            ("--unknown-share", self.unknown_share),
            ("calibration.abstain_share", recipe.calibration.abstain_share),
        ] {
            ensure!((0.0..1.0).contains(&share), "{name}: from 0, below 1");
        }
        for (name, value) in [("--ridge", self.ridge), ("--decay", self.decay)] {
            ensure!(value.is_finite() && value >= 0.0, "{name}: 0 or above");
        }
        let release = match &self.release {
            Some(out) => Some((
                out,
                package_name(out)?,
                SigningKey::load(&self.key.clone().map_or_else(default_path, Ok)?)?,
            )),
            None => None,
        };
        let data = self.data.load(&recipe, &self.out)?;
        let collection = data.collection();
        let roles = match (&collection.roles, collection.labels.len()) {
            (Some(roles), _) => roles.clone(),
            (None, 2) => Roles::of_pair(),
            (None, _) => anyhow::bail!(
                "the data do not state the role of each label: cut the cells with `blastscope-train cut`, whose file of \
                 sources states them"
            ),
        };
        let held_back = self
            .held_back
            .as_deref()
            .map(|path| DataSet::of_pack(path, &recipe.data, &recipe.input))
            .transpose()?;
        if let Some(held_back) = &held_back {
            let known: BTreeSet<&str> = collection.cells.iter().map(|c| c.digest.as_str()).collect();
            let both = held_back
                .collection()
                .cells
                .iter()
                .find(|c| known.contains(c.digest.as_str()));
            if let Some(both) = both {
                anyhow::bail!(
                    "{} is held back and trained on: remove it from one pack",
                    both.file
                );
            }
        }
        std::fs::create_dir_all(&self.out).with_context(|| self.out.display().to_string())?;
        let network = Backbone::new(&recipe, &data, device)?;
        let features = network.features(
            &recipe,
            &data,
            self.copies as usize,
            true,
            &self.out.join("features"),
        )?;
        let request = StudyRequest {
            softmax: SoftmaxSettings {
                ridge: self.ridge,
                steps: self.steps as usize,
                ..SoftmaxSettings::default()
            },
            hidden: (self.hidden > 0).then_some(PerceptronSettings {
                hidden: self.hidden as usize,
                members: self.members as usize,
                dropout: self.dropout,
                decay: self.decay,
                draws: self.draws as usize,
                rate: 3e-3,
                seed: recipe.seed,
            }),
            dimensions: (self.dimensions as usize).min(features.width()),
            abstain_share: recipe.calibration.abstain_share,
            unknown_share: self.unknown_share,
            nothing: (0..collection.labels.len()).find(|l| roles.role(*l) == Some(Role::NoCell)),
        };
        let study = Study::run(collection, &features, request, |what| eprintln!("{what}"))?;
        let mut figures = Figures {
            recipe: recipe.name.clone(),
            cells: data.len(),
            uses_of_a_cell: features.copies(),
            features: features.width(),
            ridge: self.ridge,
            hidden: self.hidden,
            members: self.members,
            temperature: study.probe.calibration.temperature,
            blasts_against_others: pairs(collection, &roles, &study),
            folds: calls(collection, &study.tested),
            spoilt: (study.spoilt.iter())
                .map(|(kind, called)| ((*kind).to_owned(), of_spoilt(collection, called)))
                .collect(),
            left_out: study
                .left_out
                .values()
                .flat_map(|(_, called)| calls(collection, called))
                .collect(),
            held_back: Calls::new(),
            held_back_and_left_out: Calls::new(),
        };
        if let Some(other) = &held_back {
            let path = self.out.join("held-back");
            let features = network.features(&recipe, other, 1, false, &path)?;
            let all: Vec<usize> = (0..other.len()).collect();
            figures.held_back = calls(other.collection(), &study.probe.call(&features, &all)?);
            let mut without: Vec<Called> = Vec::new();
            for (source, (probe, _)) in &study.left_out {
                let own = |c: &usize| other.cell(*c).source.as_deref() == Some(source);
                let cells: Vec<usize> = all.iter().copied().filter(own).collect();
                without.extend(probe.call(&features, &cells)?);
            }
            figures.held_back_and_left_out = calls(other.collection(), &without);
        }
        figures.tell();
        let path = self.out.join("probe.json");
        durable_file::write(&path, &serde_json::to_vec_pretty(&figures)?)?;
        println!("written to {}", path.display());
        if let Some((out, name, key)) = release {
            let bytes = self.packed(name, &recipe, &data, &network, &study, &figures, &key)?;
            durable_file::write(out, &bytes)?;
            println!("{}: {:.0} KiB", out.display(), bytes.len() as f64 / 1024.0);
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn packed(
        &self,
        name: String,
        recipe: &Recipe,
        data: &DataSet,
        network: &Backbone,
        study: &Study,
        figures: &Figures,
        key: &SigningKey,
    ) -> anyhow::Result<Vec<u8>> {
        let collection = data.collection();
        let (graph, weights) = network.with_probe(recipe, study)?;
        let every = data.len().div_ceil(CALIBRATION_CELLS).max(1);
        let cells = (0..data.len()).step_by(every).map(|c| data.crop(c));
        let cells = cells.collect::<Result<Vec<_>, _>>()?;
        let exported = export(&graph, &weights, &cells)?;
        // A source that names no subjects gives each cell one of its own.
        let mut cells_of: BTreeMap<&str, usize> = BTreeMap::new();
        let named = collection.cells.iter().map(|c| c.subject.as_str());
        named.for_each(|subject| *cells_of.entry(subject).or_default() += 1);
        let subjects = cells_of.iter().filter(|(_, cells)| **cells > 1);
        let all: Vec<usize> = (0..data.len()).collect();
        let release = Release {
            name,
            version: self.version.clone(),
            created: jiff::Timestamp::now().strftime("%F").to_string(),
            labels: collection.labels.clone(),
            roles: sources::roles_of(collection),
            input: recipe.input.clone(),
            calibration: study.probe.calibration.clone(),
            // Cells of several stains were fitted as they are: none is brought to another.
            stain: None,
            performance: None,
            errors: Some(MeasuredErrors::new(
                errors(collection, &study.tested),
                collection.labels.len(),
            )?),
            unknown: Some(study.probe.unknown.clone()),
            subjects: subjects.map(|(subject, _)| (*subject).to_owned()).collect(),
            protocol: Protocol::default(),
            metrics: serde_json::to_value(figures)?,
            data: sources::of_cells(collection, recipe.data.layout, &all),
        };
        let golden = golden_cells(&release.input, GOLDEN_CELLS)?;
        Ok(pack(release, &exported, &golden, key)?)
    }
}

impl Figures {
    fn tell(&self) {
        for pair in &self.blasts_against_others {
            let told = |s: Spread| format!("{:.3} ± {:.3}", s.mean, s.deviation);
            println!(
                "{}: weighted F1 {} (others wrong {}), balanced accuracy {}, AUC {}, ECE {}, AUC of {} subjects {}",
                pair.source,
                told(pair.weighted_f1),
                told(pair.weighted_f1_others_wrong),
                told(pair.balanced_accuracy),
                told(pair.auc),
                told(pair.ece),
                pair.subjects,
                pair.auc_of_subjects
                    .map_or("not known".into(), |v| format!("{v:.3}"))
            );
        }
        for (title, calls) in [
            ("folds, subjects apart", &self.folds),
            ("spoilt cells, subjects apart", &self.spoilt),
            ("each source by a probe of all others", &self.left_out),
            ("held back", &self.held_back),
            (
                "held back, each source by a probe of all others",
                &self.held_back_and_left_out,
            ),
        ] {
            if !calls.is_empty() {
                println!("{title}:");
                lines(calls).iter().for_each(|line| println!("{line}"));
            }
        }
    }
}

/// The network of a recipe up to its last layer.
struct Backbone {
    weights: Weights,
    network: Network,
}

impl Backbone {
    fn new(recipe: &Recipe, data: &DataSet, device: Device) -> anyhow::Result<Self> {
        let graph = recipe.graph(&data.collection().labels)?;
        let mut whole = Network::new(&graph, device, recipe.seed)?;
        recipe.pretrained.begin(&mut whole)?;
        let weights = whole.weights()?;
        let features = features_graph(&graph)?;
        let mut network = Network::new(&features, device, recipe.seed)?;
        network.load(&weights.of_graph(&features))?;
        Ok(Self { weights, network })
    }

    fn features(
        &self,
        recipe: &Recipe,
        data: &DataSet,
        copies: usize,
        spoilt: bool,
        cache: &Path,
    ) -> anyhow::Result<Features> {
        let request = FeatureRequest {
            network: &self.network,
            data,
            augmentation: &recipe.augmentation,
            copies,
            spoilt,
            seed: recipe.seed,
        };
        let key = serde_json::json!({
            "data": data.fingerprint(),
            "weights": sha256_hex(&self.weights.to_bytes()?),
            "augmentation": toml::to_string(&recipe.augmentation)?,
            "seed": recipe.seed,
        });
        Ok(Features::of(&request, cache, &key.to_string())?)
    }

    /// The whole network, whose outputs are the logits of the probe and the point of a cell.
    fn with_probe(&self, recipe: &Recipe, study: &Study) -> anyhow::Result<(Graph, Weights)> {
        let probe = &study.probe;
        let mut options = recipe.network.options.clone();
        let head = options
            .get_mut("head")
            .and_then(toml::Value::as_table_mut)
            .context(
                "the recipe names no head: a probe needs network.head with kind = \"masked-statistics\"",
            )?;
        let dimensions = probe.unknown.dimensions();
        head.insert(
            "embedding".into(),
            toml::Value::Integer(i64::try_from(dimensions)?),
        );
        let mut linears = vec![("head.embedding", &probe.points)];
        let logits = match &probe.logits {
            Head::Linear(linear) => linear,
            Head::Perceptron(perceptron) => {
                let hidden = perceptron.hidden.bias.size1()?;
                head.insert("hidden".into(), toml::Value::Integer(hidden));
                linears.push(("head.hidden", &perceptron.hidden));
                &perceptron.logits
            }
        };
        linears.push(("head.linear", logits));
        let labels = logits.bias.size1()?;
        let size = recipe.input.size as usize;
        let graph = by_name(&recipe.network.name, size, labels as usize, &options)?;
        let mut weights = self.weights.clone();
        for (name, linear) in linears {
            for (part, tensor) in [("weight", &linear.weight), ("bias", &linear.bias)] {
                let array = Array {
                    shape: tensor.size().iter().map(|s| *s as usize).collect(),
                    values: Vec::<f32>::try_from(&tensor.f_flatten(0, -1)?)?,
                };
                weights.0.insert(format!("{name}.{part}"), array);
            }
        }
        weights.check(&graph)?;
        Ok((graph, weights))
    }
}
