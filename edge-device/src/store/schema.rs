//! The version of the database and the way to it, one file a version.

use super::failed;
use crate::{Error, ErrorKind, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// `PRAGMA application_id` of a Blastscope database: "BSCP".
const APPLICATION: i32 = 0x4253_4350;

/// From version n to n + 1.
const MIGRATIONS: [&str; 5] = [
    include_str!("migrations/0001_slides_fields_cells.sql"),
    include_str!("migrations/0002_quality_and_stain.sql"),
    include_str!("migrations/0003_duplicates_performance.sql"),
    include_str!("migrations/0004_review_settings_codes.sql"),
    include_str!("migrations/0005_roles_errors_distances.sql"),
];

/// Brings a database to the newest version. Refuses one of a newer program, or of another program.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let read = |pragma: &str| {
        connection
            .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i32>(0))
            .map_err(|e| {
                let message = "not a Blastscope database, or corrupt: move it away and start again";
                Error::at(ErrorKind::Store, path, message).with_source(e)
            })
    };
    let (version, application) = (read("user_version")?, read("application_id")?);
    let tables = read("schema_version")?;
    if tables != 0 && application != APPLICATION {
        let message = "is the database of another program: give another --data-dir";
        return Err(Error::at(ErrorKind::Store, path, message));
    }
    let Some(pending) = usize::try_from(version).ok().and_then(|v| MIGRATIONS.get(v..)) else {
        let message = format!(
            "was written by a newer version of blastscope (database version {version}, this program knows {}): \
             update this program, or give another --data-dir",
            MIGRATIONS.len()
        );
        return Err(Error::at(ErrorKind::Store, path, message));
    };
    for (step, migration) in (version..).zip(pending) {
        let mut upgrade = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", step + 1)?;
            transaction.commit()
        };
        upgrade().map_err(failed("it was brought to this version"))?;
    }
    Ok(())
}
