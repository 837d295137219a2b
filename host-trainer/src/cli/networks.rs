use super::published_table;
use blastscope_shared::DISCLAIMER;
use blastscope_train::export::onnx;
use blastscope_train::network::published::{CUSTOMARY_LABELS, customary_size};
use blastscope_train::network::{Graph, account, registry};
use clap::Args;
use serde::Serialize;

#[derive(Debug, Args)]
pub struct Options {
    /// Height and width of the picture [default: the customary ones of each network]
    #[arg(long, value_name = "PX")]
    size: Option<usize>,
    /// Number of labels
    #[arg(long, value_name = "N", default_value_t = CUSTOMARY_LABELS)]
    labels: usize,
    /// As JSON, a line each
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Beside the published numbers, as docs/reference/networks.md
    #[arg(long, conflicts_with_all = ["size", "labels"])]
    markdown: bool,
}

/// The figures of one network for one picture.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    /// Name in recipes.
    pub name: String,
    /// Channels, height, width of the picture.
    pub input: Vec<usize>,
    /// Number of labels.
    pub labels: usize,
    /// Trained parameters.
    pub parameters: usize,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Most bytes of activations at once.
    pub activation_bytes: usize,
    /// Bytes of the single-precision ONNX file.
    pub onnx_bytes: usize,
}

impl Overview {
    pub fn of(name: &str, graph: &Graph) -> anyhow::Result<Self> {
        let account = account::count(graph);
        Ok(Self {
            name: name.to_owned(),
            input: graph.input().with_batch(1).split_off(1),
            labels: graph.labels(),
            parameters: account.parameters,
            macs: account.macs,
            activation_bytes: account.peak_activation_bytes,
            onnx_bytes: onnx::f32_len(graph)?,
        })
    }
}

impl Options {
    pub fn run(self) -> anyhow::Result<()> {
        if self.markdown {
            print!("{}", published_table::markdown()?);
            return Ok(());
        }
        if !self.json {
            println!(
                "{:18} {:>12} {:>11} {:>10} {:>16} {:>13}",
                "network", "input", "parameters", "M MACs", "activations MB", "ONNX f32 MB"
            );
        }
        for name in registry::NAMES {
            let size = self.size.unwrap_or_else(|| customary_size(name));
            let built = registry::by_name(name, size, self.labels, &toml::Table::new());
            let graph = match built {
                Ok(graph) => graph,
                // One network that cannot take the size leaves the others in the table.
                Err(e) => {
                    eprintln!("{name}: {e}");
                    continue;
                }
            };
            let o = Overview::of(name, &graph)?;
            if self.json {
                println!("{}", serde_json::to_string(&o)?);
                continue;
            }
            println!(
                "{name:18} {:>12} {:>11} {:>10.1} {:>16.1} {:>13.1}",
                graph.input().to_string(),
                o.parameters,
                o.macs as f64 / 1e6,
                o.activation_bytes as f64 / 1e6,
                o.onnx_bytes as f64 / 1e6
            );
        }
        if !self.json {
            println!("for {} labels and one picture; f32", self.labels);
            println!("{DISCLAIMER}");
        }
        Ok(())
    }
}
