use super::measure::Ensembles;
use super::picture::draw;
use crate::evaluate::write_json;
use crate::{Error, durable_file};
use std::path::Path;

impl Ensembles {
    /// Writes `ensembles.md`, `ensembles.svg` and, last, `ensembles.json` into `out`.
    pub(crate) fn write(&self, out: &Path) -> Result<(), Error> {
        durable_file::write(&out.join("ensembles.md"), self.to_markdown().as_bytes())?;
        durable_file::write(&out.join("ensembles.svg"), draw(self).as_bytes())?;
        write_json(&out.join("ensembles.json"), self)
    }
}
