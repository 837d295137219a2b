use std::fmt;
use std::str::FromStr;

/// Where jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Launcher {
    /// On this machine; so many at a time, by default one a GPU, or one where there is none.
    Local(Option<usize>),
    /// As an array of a Slurm cluster.
    Slurm,
}

impl FromStr for Launcher {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("{text:?}: give local, local:N (N jobs at a time, from 1 on) or slurm");
        match text.split_once(':') {
            None if text == "local" => Ok(Self::Local(None)),
            None if text == "slurm" => Ok(Self::Slurm),
            Some(("local", number)) => match number.parse() {
                Ok(n) if n >= 1 => Ok(Self::Local(Some(n))),
                _ => Err(refuse()),
            },
            _ => Err(refuse()),
        }
    }
}

impl fmt::Display for Launcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(None) => write!(f, "local"),
            Self::Local(Some(n)) => write!(f, "local:{n}"),
            Self::Slurm => write!(f, "slurm"),
        }
    }
}
