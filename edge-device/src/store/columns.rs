//! Domain values as columns of the database.

use crate::domain::FieldVerdict;
use crate::domain::{CellClass, CellId, FieldId, PixelSizeOrigin, ReviewState, SlideId};
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use serde::de::DeserializeOwned;

macro_rules! id_column {
    ($($name:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }
    )*};
}
id_column!(SlideId, FieldId, CellId);

macro_rules! code_column {
    ($($name:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.code()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let code = value.as_str()?;
                let known = Self::ALL.into_iter().find(|v| v.code() == code);
                let unknown = || FromSqlError::Other(format!("no {}: {code:?}", stringify!($name)).into());
                known.ok_or_else(unknown)
            }
        }
    )*};
}
code_column!(PixelSizeOrigin, ReviewState);

impl ToSql for CellClass {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.name()))
    }
}

impl FromSql for CellClass {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        String::column_result(value).map(Self::from)
    }
}

/// The verdict in a column; `None` where no version that looked wrote it.
pub(super) fn verdict(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<FieldVerdict>> {
    let Some(name) = row.get::<_, Option<String>>(column)? else {
        return Ok(None);
    };
    let known = FieldVerdict::ALL.into_iter().find(|v| v.name() == name);
    known
        .map(Some)
        .ok_or_else(|| unreadable(column, format!("no verdict: {name:?}").into()))
}

/// The time in a column.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let text: String = row.get(column)?;
    text.parse()
        .map_err(|e: jiff::Error| unreadable(column, e.into()))
}

/// The time in a column that may be empty.
pub(super) fn time_if_any(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => time(row, column).map(Some),
    }
}

/// What the JSON in a column stands for.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|e| unreadable(column, e.into()))
}

/// What the JSON in a column that may be empty stands for.
pub(super) fn json_if_any<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => json(row, column).map(Some),
    }
}

/// A column that says nothing that this program knows.
pub(super) fn unreadable(column: usize, why: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why)
}
