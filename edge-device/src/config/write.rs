//! A measured scale into the configuration file.

use super::Config;
use crate::durable_file::write_durably;
use crate::{Error, ErrorKind};
use std::fs;
use std::path::Path;
use toml_edit::{DocumentMut, Item, TomlError, Value};

const KEY: &str = "scale_nm";

/// Sets `scale_nm` in a configuration file and leaves all else as it is, comments too; makes the file where there
/// is none. Written beside it, synced and renamed: after a power cut the old file or the new one is there. Refuses
/// a file that is no configuration.
pub fn write_scale(path: &Path, nanometres_per_pixel: u32) -> crate::Result<()> {
    let failed = |e: std::io::Error| {
        let message = "cannot be written: give --write a file in a folder that this user may write";
        Error::at(ErrorKind::Configuration, path, message).with_source(e)
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => {
            Config::parse(&text, path)?;
            text
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(failed(e)),
    };
    let text = with_scale(&text, nanometres_per_pixel).map_err(|e| {
        let message = "cannot be edited: set scale_nm by hand";
        Error::at(ErrorKind::Configuration, path, message).with_source(e)
    })?;
    // What would not be read back never takes the place of what was.
    Config::parse(&text, path)?;
    write_durably(path, text.as_bytes()).map_err(failed)
}

/// The text with its `scale_nm` replaced, or set before the first table; all other text stays, comments too.
fn with_scale(text: &str, nanometres_per_pixel: u32) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let scale = Value::from(i64::from(nanometres_per_pixel));
    match document.get_mut(KEY).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = scale;
            *old.decor_mut() = decor;
        }
        // At the top, where it is seen; `insert` would put it behind the last key.
        None => return Ok(format!("{KEY} = {nanometres_per_pixel}\n{text}")),
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_set_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blastscope.toml");
        write_scale(&path, 110).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "scale_nm = 110\n");
        let before = "# ours\nworkers = 2\n  scale_nm= 99 # old\n[screen]\nminimum_cells = 200\n";
        fs::write(&path, before).unwrap();
        write_scale(&path, 105).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(after, before.replace("scale_nm= 99 # old", "scale_nm= 105 # old"));
        fs::write(&path, "[screen]\nminimum_cells = 200\n").unwrap();
        write_scale(&path, 105).unwrap();
        let config = Config::read(&path).unwrap();
        assert_eq!((config.scale_nm, config.screen.minimum_cells), (Some(105), 200));
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn what_is_no_configuration_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blastscope.toml");
        fs::write(&path, "modle = 'x'").unwrap();
        assert!(write_scale(&path, 110).unwrap_err().to_string().contains("modle"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "modle = 'x'");
        let absent = folder.path().join("absent/blastscope.toml");
        assert!(
            write_scale(&absent, 110)
                .unwrap_err()
                .to_string()
                .contains("--write")
        );
    }
}
