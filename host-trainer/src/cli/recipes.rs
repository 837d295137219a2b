use crate::train::{RECIPES, Recipe, find_recipe, recipes_below};
use blastscope_network::account;
use blastscope_shared::DISCLAIMER;
use blastscope_shared::class::LabelSet;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Recipes, by file, by name, or folders of them; by default all in ./recipes
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// As JSON lines
    #[arg(long)]
    json: bool,
}

/// What the list says of one recipe.
struct Row {
    file: PathBuf,
    recipe: Recipe,
    parameters: usize,
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let given = if self.paths.is_empty() {
            vec![PathBuf::from(RECIPES)]
        } else {
            self.paths
        };
        let mut files = Vec::new();
        for path in &given {
            if path.is_dir() {
                files.extend(recipes_below(path)?);
            } else {
                files.push(find_recipe(path, Path::new(RECIPES))?);
            }
        }
        anyhow::ensure!(
            !files.is_empty(),
            "no recipes there: give a folder with .toml files"
        );
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for file in files {
            match Row::read(file) {
                Ok(row) => rows.push(row),
                Err(fault) => faults.push(fault.to_string()),
            }
        }
        if self.json {
            rows.iter().for_each(|row| println!("{}", row.json()));
        } else {
            print_table(&rows);
        }
        for fault in &faults {
            eprintln!("{fault}");
        }
        anyhow::ensure!(
            faults.is_empty(),
            "{} recipes cannot be run: see above",
            faults.len()
        );
        Ok(())
    }
}

impl Row {
    /// Reads and builds; the weights may be absent.
    fn read(file: PathBuf) -> anyhow::Result<Self> {
        let recipe = Recipe::read(&file)?;
        // The labels of plain folders are known with the data alone.
        let labels = recipe.data.known_labels().unwrap_or_else(LabelSet::lymphoblast);
        let graph = recipe
            .fitting_graph(&labels)
            .map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?;
        let parameters = account::count(&graph).parameters;
        Ok(Self {
            file,
            recipe,
            parameters,
        })
    }

    fn json(&self) -> serde_json::Value {
        let Self {
            file,
            recipe,
            parameters,
        } = self;
        json!({
            "name": recipe.name,
            "file": file,
            "paper": recipe.paper.reference,
            "claims": recipe.paper.claims,
            "silent": recipe.paper.silent,
            "network": recipe.network.name,
            "parameters": parameters,
            "input": recipe.input,
            "data": recipe.data.layout.name(),
            "split": recipe.split,
            "epochs": recipe.epochs(),
            "pretrained": recipe.pretrained.weights,
            "disclaimer": DISCLAIMER,
        })
    }

    fn cells(&self) -> [String; 7] {
        let recipe = &self.recipe;
        let unit = if recipe.split.unit.is_subject() {
            "subject"
        } else {
            "image"
        };
        let short = |text: &str, most: usize| match text.char_indices().nth(most) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        };
        [
            recipe.name.clone(),
            short(&recipe.paper.reference, 30),
            recipe.network.name.clone(),
            format!("{} px", recipe.input.size),
            recipe.data.layout.name().to_owned(),
            format!("{} folds by {unit}", recipe.split.folds),
            short(&recipe.paper.claims, 60),
        ]
    }
}

fn print_table(rows: &[Row]) {
    let head = ["recipe", "paper", "network", "input", "data", "split", "claim"].map(str::to_owned);
    let lines: Vec<[String; 7]> = [head].into_iter().chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|l| l[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, w)| format!("{cell:w$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    println!("Claims are the papers' own, most of them over images split at random. {DISCLAIMER}");
}
