use super::train::RecipeValues;
use crate::data::{Coding, Collection, DataChoice, Layout, PackRequest, Unreadable, list, pack};
use anyhow::Context;
use blastscope_shared::preprocess::{Enhancement, Framing, InputSpec};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of the data set
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// File to write; `--data FILE` of the other commands takes it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    input: InputOptions,
    /// How pixels are written: as they are, or as JPEG, which is a tenth as large and not equal to the bit
    #[arg(long, value_enum, default_value = "raw")]
    coding: CodingName,
    /// Quality of the JPEG
    #[arg(long, default_value_t = 95, value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Go on without pictures that cannot be read; they are named
    #[arg(long)]
    skip_unreadable: bool,
    /// Take about N cells, some of every subject: for trials
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// What each picture becomes: that of a recipe, or as said.
#[derive(Debug, Args)]
struct InputOptions {
    #[command(flatten)]
    recipe: RecipeValues,
    /// Without a recipe: height and width of the input in pixels
    #[arg(
        long,
        value_name = "PX",
        conflicts_with = "recipe",
        required_unless_present = "recipe"
    )]
    size: Option<u32>,
    /// Without a recipe: scale of the input in nanometres a pixel
    #[arg(
        long,
        value_name = "NM",
        conflicts_with = "recipe",
        required_unless_present = "recipe"
    )]
    nanometres_per_pixel: Option<u32>,
    /// Without a recipe: what of a picture the network sees
    #[arg(long, conflicts_with = "recipe", value_parser = ["masked-cell", "whole-picture"])]
    framing: Option<String>,
    /// Without a recipe: what is done to the picture first
    #[arg(long, conflicts_with = "recipe", value_parser = ["none", "alkhouli2024"])]
    enhancement: Option<String>,
    /// Without a recipe: layout of the data
    #[arg(long, conflicts_with = "recipe", value_parser = ["c-nmc", "all-4", "all-idb1", "all-idb2", "folders"])]
    layout: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CodingName {
    Raw,
    Jpeg,
}

impl CodingName {
    /// The coding; `quality` is that of JPEG.
    pub(super) fn with_quality(self, quality: u8) -> Coding {
        match self {
            Self::Raw => Coding::Raw,
            Self::Jpeg => Coding::Jpeg { quality },
        }
    }
}

impl InputOptions {
    fn read(&self) -> anyhow::Result<(DataChoice, InputSpec)> {
        if let Some(recipe) = self.recipe.read_where_given()? {
            return Ok((recipe.data, recipe.input));
        }
        // clap has seen to the words.
        let word = |text: &Option<String>| text.clone().map(toml::Value::String);
        let framing = word(&self.framing).map(toml::Value::try_into::<Framing>);
        let enhancement = word(&self.enhancement).map(toml::Value::try_into::<Enhancement>);
        let layout = word(&self.layout).map(toml::Value::try_into::<Layout>);
        let choice = DataChoice {
            layout: layout.transpose()?.unwrap_or_default(),
            labels: None,
        };
        let spec = InputSpec {
            framing: framing.transpose()?.unwrap_or_default(),
            enhancement: enhancement.transpose()?.unwrap_or_default(),
            ..InputSpec::masked_cell(
                self.size.context("--size is missing")?,
                self.nanometres_per_pixel
                    .context("--nanometres-per-pixel is missing")?,
            )
        };
        spec.check()?;
        Ok((choice, spec))
    }
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (choice, spec) = self.input.read()?;
        let reading = || format!("reading the cells of {}", self.data.display());
        let mut listing = list(&self.data, &choice).with_context(reading)?;
        if let Some(count) = self.limit {
            (listing, _) = Collection::limited(&self.data, listing, count).with_context(reading)?;
        }
        let request = PackRequest {
            root: &self.data,
            layout: choice.layout,
            listing,
            spec: &spec,
            coding: self.coding.with_quality(self.quality),
            unreadable: if self.skip_unreadable {
                Unreadable::Skip
            } else {
                Unreadable::Refuse
            },
        };
        let coding = request.coding;
        let packed = pack(&self.out, request).with_context(reading)?;
        for note in &packed.notes {
            eprintln!("{note}");
        }
        println!(
            "{}: {} cells of {} px, {}, {:.1} MB",
            self.out.display(),
            packed.cells,
            spec.size,
            coding.describe(),
            packed.bytes as f64 / 1e6
        );
        Ok(())
    }
}
