//! Options that several commands share.

use crate::config::Config;
use crate::{Error, ErrorKind, Result};
use blastscope_inference::{Classifier, ModelSource, NumberFormatChoice};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct ModelOptions {
    /// Model package [default: models/blood.bsm]
    #[arg(long, value_name = "PKG")]
    pub(super) model: Option<PathBuf>,
    /// Public key of a package maker whom you trust; may be given again [default: models/release.pub, models/release-2.pub]
    #[arg(long, value_name = "FILE")]
    pub(super) trusted_key: Vec<PathBuf>,
    /// Network of the package to use [default: auto, the faster one]
    #[arg(long, value_enum)]
    precision: Option<NumberFormatOption>,
}

/// [`NumberFormatChoice`] as the command line lists it.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum NumberFormatOption {
    /// The faster one on this device. int8 unless f32 takes less than three quarters of its time, so
    /// that chance does not choose between two that are alike.
    Auto,
    /// 8-bit integers.
    Int8,
    /// Single precision.
    F32,
}

impl From<NumberFormatOption> for NumberFormatChoice {
    fn from(option: NumberFormatOption) -> Self {
        match option {
            NumberFormatOption::Auto => Self::Auto,
            NumberFormatOption::Int8 => Self::Int8,
            NumberFormatOption::F32 => Self::F32,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct WorkOptions {
    /// Configuration file, TOML
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Threads [default: the cores of this machine]
    #[arg(long, value_name = "N")]
    pub(super) workers: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub(super) struct PictureOptions {
    /// Pictures, or folders with pictures at any depth
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// One JSON object a line, as also whenever the output is no terminal
    #[arg(long)]
    json: bool,
    /// Sentences, also when the output is no terminal
    #[arg(long, conflicts_with = "json")]
    text: bool,
    /// Stop at the first picture that cannot be used
    #[arg(long)]
    pub(super) strict: bool,
}

impl PictureOptions {
    /// Programs read JSON lines, people at a terminal read sentences.
    pub(super) fn wants_json(&self) -> bool {
        self.json || !(self.text || std::io::stdout().is_terminal())
    }
}

impl WorkOptions {
    /// The configuration file, or the defaults, with these flags over it.
    pub(super) fn config(&self) -> Result<Config> {
        let mut config = self
            .config
            .as_deref()
            .map_or_else(|| Ok(Config::default()), Config::read)?;
        config.workers = self.workers.or(config.workers);
        Ok(config)
    }
}

impl ModelOptions {
    /// Puts these flags over a configuration.
    pub(super) fn over(&self, config: &mut Config) {
        config.model = self.model.clone().or(config.model.take());
        if !self.trusted_key.is_empty() {
            config.trusted_keys.clone_from(&self.trusted_key);
        }
        config.precision = self.precision.map_or(config.precision, NumberFormatChoice::from);
    }
}

/// Refuses impossible numbers, as flags or in a file.
pub(super) fn checked(config: Config) -> Result<Config> {
    config
        .check()
        .map_err(|e| Error::new(ErrorKind::Configuration, e))?;
    Ok(config)
}

/// The classifier of a configuration.
pub(super) fn classifier(config: &Config) -> Result<Arc<Classifier>> {
    let source = ModelSource::resolve(config.model.as_deref(), &config.trusted_keys)?;
    let classifier = Classifier::load(&source, config.precision)?;
    let model = classifier.model();
    tracing::info!("model {} {} in {}", model.name, model.version, model.precision);
    Ok(Arc::new(classifier))
}
