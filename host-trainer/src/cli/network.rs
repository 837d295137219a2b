use super::network_overview::Overview;
use crate::durable_file;
use crate::train::Recipe;
use anyhow::{Context, bail};
use blastscope_network::zoo::{CUSTOMARY_LABELS, customary_size};
use blastscope_network::{Graph, account, by_name, draw};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::class::LabelSet;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Name of the network, of `blastscope-train networks`
    #[arg(required_unless_present = "recipe")]
    name: Option<String>,
    /// The network of this recipe, with its options, input and labels
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "size", "labels"])]
    recipe: Option<PathBuf>,
    /// Height and width of the picture [default: the customary ones of the network]
    #[arg(long, value_name = "PX")]
    size: Option<usize>,
    /// Number of labels [default: 1000]
    #[arg(long, value_name = "N")]
    labels: Option<usize>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Draw the network as a picture into this file (.svg)
    #[arg(long, value_name = "FILE")]
    draw: Option<PathBuf>,
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (name, graph) = self.graph()?;
        if let Some(path) = &self.draw {
            if path.extension().is_none_or(|e| !e.eq_ignore_ascii_case("svg")) {
                bail!(
                    "--draw {}: the picture is SVG; give a name that ends in .svg",
                    path.display()
                );
            }
            durable_file::write(path, draw(&name, &graph).as_bytes())?;
            eprintln!("{name} is drawn in {}", path.display());
            return Ok(());
        }
        let count = account::count(&graph);
        let overview = Overview::of(&name, &graph)?;
        if self.json {
            let mut all = serde_json::to_value(&overview)?;
            all["nodes"] = serde_json::to_value(&count.nodes)?;
            println!("{}", serde_json::to_string_pretty(&all)?);
        } else {
            println!("{count}");
            println!(
                "ONNX f32: {} bytes, {} labels\n{DISCLAIMER}",
                overview.onnx_bytes, overview.labels
            );
        }
        Ok(())
    }

    fn graph(&self) -> anyhow::Result<(String, Graph)> {
        if let Some(path) = &self.recipe {
            let recipe = Recipe::read(path)?;
            let graph = recipe.graph(&LabelSet::lymphoblast())?;
            return Ok((recipe.network.name, graph));
        }
        let name = self.name.clone().context("give the name of a network")?;
        let size = self.size.unwrap_or_else(|| customary_size(&name));
        let labels = self.labels.unwrap_or(CUSTOMARY_LABELS);
        let graph = by_name(&name, size, labels, &toml::Table::new())?;
        Ok((name, graph))
    }
}
