use super::network_overview::Overview;
use super::published_table;
use blastscope_network::by_name;
use blastscope_network::zoo::{CUSTOMARY_LABELS, NETWORKS};
use blastscope_shared::DISCLAIMER;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Options {
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

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
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
        for network in &NETWORKS {
            let name = network.name;
            let size = self.size.unwrap_or(network.customary_size);
            let built = by_name(name, size, self.labels, &toml::Table::new());
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
