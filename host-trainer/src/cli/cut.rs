use super::pack::CodingName;
use crate::data::{CutRequest, SourceList, Unreadable, cut};
use anyhow::Context;
use blastscope_shared::preprocess::InputSpec;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// TOML file of labels and sources, as recipes/cells/blood.toml
    #[arg(value_name = "SOURCES")]
    sources: PathBuf,
    /// Folder that the folders of the sources lie in; BLASTSCOPE_DATA by default
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Pack to write; `--data FILE` of the other commands takes it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Height and width of a cell in pixels
    #[arg(long, value_name = "PX")]
    size: u32,
    /// Scale of a cell in nanometres a pixel
    #[arg(long, value_name = "NM")]
    nanometres_per_pixel: u32,
    /// How pixels are written: as they are, or as JPEG, which is a tenth as large and not equal to the bit
    #[arg(long, value_enum, default_value = "raw")]
    coding: CodingName,
    /// Quality of the JPEG
    #[arg(long, default_value_t = 95, value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Take at most N pictures of each source: for trials
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Go on without pictures that cannot be read; they are named
    #[arg(long)]
    skip_unreadable: bool,
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let list = SourceList::read(&self.sources)?;
        let root = self
            .data
            .or_else(|| std::env::var_os("BLASTSCOPE_DATA").map(PathBuf::from));
        let root =
            root.context("no data: give --data DIR, or set BLASTSCOPE_DATA to the folder of the sources")?;
        let input = InputSpec::masked_cell(self.size, self.nanometres_per_pixel);
        let request = CutRequest {
            list: &list,
            root: &root,
            input: &input,
            coding: self.coding.with_quality(self.quality),
            unreadable: if self.skip_unreadable {
                Unreadable::Skip
            } else {
                Unreadable::Refuse
            },
            limit: self.limit,
        };
        let reading = || format!("cutting the cells of {}", self.sources.display());
        let done = cut(&self.out, request).with_context(reading)?;
        for note in &done.notes {
            eprintln!("{note}");
        }
        for line in done.tally.lines(&list.labels) {
            println!("{line}");
        }
        println!(
            "{}: {} cells of {} px, {} nm a pixel, {}, {:.1} MB",
            self.out.display(),
            done.cells,
            input.size,
            input.nanometres_per_pixel,
            request.coding.describe(),
            done.bytes as f64 / 1e6
        );
        Ok(())
    }
}
