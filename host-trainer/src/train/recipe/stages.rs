use crate::nearest::nearest;
use crate::{Error, ErrorKind};
use blastscope_network::{Graph, HEAD};
use serde::{Deserialize, Serialize};

/// Some epochs in which some blocks train and the others are frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stage {
    /// Epochs at most, at least 1; early stopping ends the stage and begins the next one.
    pub epochs: usize,
    /// Largest learning rate, in place of `optimisation.learning_rate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// What trains.
    pub train: Trained,
}

/// Which blocks of a network train; frozen ones compute as in evaluation and stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub(crate) enum Trained {
    /// Everything.
    All,
    /// The head alone.
    Head,
    /// The head and so many blocks before it.
    TopBlocks(usize),
    /// Blocks by name.
    Blocks(Vec<String>),
}

/// [`Trained`] as TOML.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "train: give \"head\", \"all\", { top_blocks = n } or a list of names of blocks"
)]
enum Written {
    Word(String),
    Top(Top),
    Names(Vec<String>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Top {
    top_blocks: usize,
}

impl TryFrom<Written> for Trained {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Word(word) if word == "all" => Ok(Self::All),
            Written::Word(word) if word == HEAD => Ok(Self::Head),
            Written::Word(word) => Err(format!(
                "train = {word:?}: give \"head\", \"all\", {{ top_blocks = n }} or a list of names of blocks"
            )),
            Written::Top(Top { top_blocks }) => Ok(Self::TopBlocks(top_blocks)),
            Written::Names(names) => Ok(Self::Blocks(names)),
        }
    }
}

impl From<Trained> for Written {
    fn from(trained: Trained) -> Self {
        match trained {
            Trained::All => Self::Word("all".into()),
            Trained::Head => Self::Word(HEAD.into()),
            Trained::TopBlocks(top_blocks) => Self::Top(Top { top_blocks }),
            Trained::Blocks(names) => Self::Names(names),
        }
    }
}

impl Trained {
    /// True for each block of the graph that is frozen; refuses blocks that the graph does not have.
    pub(crate) fn frozen(&self, graph: &Graph) -> Result<Vec<bool>, Error> {
        let blocks = graph.blocks();
        // The first block holds the picture alone.
        let known: Vec<&str> = blocks[1..].iter().map(String::as_str).collect();
        let trains = |names: &[&str]| blocks.iter().map(|b| !names.contains(&b.as_str())).collect();
        match self {
            Self::All => Ok(vec![false; blocks.len()]),
            Self::Head => {
                require(HEAD, &known)?;
                Ok(trains(&[HEAD]))
            }
            Self::TopBlocks(count) => {
                require(HEAD, &known)?;
                let below: Vec<&str> = known.iter().copied().filter(|b| *b != HEAD).collect();
                let Some(first) = below.len().checked_sub(*count) else {
                    return Err(refuse(&format!(
                        "train = {{ top_blocks = {count} }}: the network has {} blocks below its head; give up to \
                         that many, or \"all\"",
                        below.len()
                    )));
                };
                Ok(trains(&[&below[first..], &[HEAD]].concat()))
            }
            Self::Blocks(names) => {
                if names.is_empty() {
                    return Err(refuse("train = []: name at least one block"));
                }
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                for name in &names {
                    require(name, &known)?;
                }
                Ok(trains(&names))
            }
        }
    }
}

fn require(name: &str, known: &[&str]) -> Result<(), Error> {
    if known.contains(&name) {
        return Ok(());
    }
    let close = nearest(name, known.iter().copied());
    let close = close.map_or(String::new(), |n| format!("; the nearest one is {n:?}"));
    Err(refuse(&format!(
        "train: the network has no block {name:?}{close}; it has {}",
        known.join(", ")
    )))
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorKind::Recipe, format!("stages: {why}"))
}
