use crate::data::crop_blasts;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder ALL_IDB1, with img and xyc
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder for the cells; they come to lie in its folder `blast`
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Side of a window in pixels; 257 is that of ALL-IDB2
    #[arg(long, default_value_t = 257)]
    side: u32,
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let count = crop_blasts(&self.data, &self.out, self.side)?;
        println!("{count} blasts written to {}", self.out.join("blast").display());
        Ok(())
    }
}
