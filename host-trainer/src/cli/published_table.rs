//! `docs/reference/networks.md`: our counts beside the published ones.

use super::network_overview::Overview;
use blastscope_network::zoo::{Beside, CUSTOMARY_LABELS, Figure, NETWORKS, Source};
use blastscope_network::{account, by_name};
use blastscope_shared::DISCLAIMER;
use std::fmt::Write;

const INTRODUCTION: &str = "# Networks

Made by `blastscope-train networks --markdown`; a test holds that this page is what the command prints.

All numbers are for 1000 labels and one picture of the stated size. *Parameters* are what training changes;
running statistics are none. *MACs* are the multiply-accumulates of convolutions and linear maps. *Activations* is
the largest sum of values alive at once, in f32, when nothing is computed in place. *ONNX* is the exact size of the
exported single-precision file: the messages are made with constants of the right sizes that hold no numbers, and
the bytes of the numbers are added; it depends on no weight. Published numbers are given as printed, with the letter
of their source; *=* says that ours, rounded to as many digits, is the same, *≠* that it
is not: the authors of EfficientNet-Lite state 3 to 6 % more MACs than convolutions and linear maps have, in timm's
networks as in ours, and do not say what they count.

";

/// The page.
pub(crate) fn markdown() -> anyhow::Result<String> {
    let mut page = INTRODUCTION.to_owned();
    page.push_str(
        "| network | input | parameters | published | MACs (M) | published | activations (MB) | ONNX f32 (bytes) |\n",
    );
    page.push_str("|---|---|--:|---|--:|---|--:|--:|\n");
    for network in &NETWORKS {
        let (name, size) = (network.name, network.customary_size);
        let graph = by_name(name, size, CUSTOMARY_LABELS, &toml::Table::new())?;
        let account = account::count(&graph);
        let o = Overview::of(name, &graph)?;
        let (parameters, macs) = match network.published {
            None => ("-".into(), "-".into()),
            Some(p) => {
                let more = p.beside.count(&account);
                let why = match p.beside {
                    Beside::Nothing => String::new(),
                    other => format!(" with {more} more: {}", other.words()),
                };
                let counted = (account.parameters + more) as f64;
                (
                    format!("{}{why}", compared(&p.parameters, counted)),
                    compared(&p.macs, account.macs as f64),
                )
            }
        };
        writeln!(
            page,
            "| `{name}` | {} | {} | {parameters} | {:.1} | {macs} | {:.1} | {} |",
            graph.input(),
            o.parameters,
            o.macs as f64 / 1e6,
            o.activation_bytes as f64 / 1e6,
            o.onnx_bytes
        )?;
    }
    page.push_str("\nSources:\n\n");
    for source in Source::ALL {
        writeln!(page, "* ({}) {}", source.mark(), source.place())?;
    }
    page.push_str(
        "\n`dense` is our own network and `lightweight_cnn` that of `alkhouli2024`, whose paper states no numbers.\n",
    );
    writeln!(page, "\n{DISCLAIMER}")?;
    Ok(page)
}

/// A published number with its source, and whether ours is the same.
fn compared(figure: &Figure, ours: f64) -> String {
    let unit = match figure.unit {
        1e6 => " M",
        1e9 => " G",
        _ => "",
    };
    let (sign, digits, mark) = (
        if figure.agrees(ours) { "=" } else { "≠" },
        figure.digits,
        figure.source.mark(),
    );
    format!("{sign} {digits}{unit} ({mark})")
}
