use crate::export::SigningKey;
use crate::export::signing_key::{default_path, public_path};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key pair: a secret key, readable by its owner alone, and the public key beside it
    New {
        /// File of the secret key; by default release.key in the user's configuration folder
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Action::New { out } = self.action;
        let path = out.map_or_else(default_path, Ok)?;
        SigningKey::create(&path).context("making a key pair")?;
        println!(
            "secret key: {} (keep it, and keep it out of repositories)",
            path.display()
        );
        println!(
            "public key: {} (devices trust packages signed with its secret half)",
            public_path(&path).display()
        );
        Ok(())
    }
}
