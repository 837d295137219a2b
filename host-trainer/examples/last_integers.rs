//! Writes the last int8 values that tract gives for the golden cells of a package, for comparison with
//! another runtime (`scripts/compare_onnxruntime.py`): `last_integers PACKAGE.bsm KEY.pub OUT.safetensors`.

use anyhow::{Context, bail};
use blastscope_shared::package::TrustedKey;
use blastscope_train::export::LastIntegers;
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [package, key, out] = &arguments[..] else {
        bail!("usage: last_integers PACKAGE.bsm KEY.pub OUT.safetensors");
    };
    let bytes = std::fs::read(package).with_context(|| package.clone())?;
    let text = std::fs::read_to_string(key).with_context(|| key.clone())?;
    let key = TrustedKey::parse(&text).with_context(|| key.clone())?;
    LastIntegers::write(&bytes, &[key], Path::new(out)).with_context(|| package.clone())
}
