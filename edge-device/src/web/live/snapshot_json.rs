//! The JSON of a snapshot: made once, however many browsers follow.

use crate::pipeline::LiveView;
use crate::web::api::Snapshot;
use crate::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, PoisonError};

/// The JSON of the view that was asked for last.
#[derive(Debug, Default)]
pub(in crate::web) struct SnapshotJson {
    // The view is held, so that its address is that of no other one.
    last: Mutex<Option<(Arc<LiveView>, Arc<str>)>>,
}

impl SnapshotJson {
    /// The JSON of a view; who asks for one that is being made waits for it.
    pub(in crate::web) fn of(&self, view: &Arc<LiveView>) -> Result<Arc<str>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, json)) = &*last
            && Arc::ptr_eq(of, view)
        {
            return Ok(Arc::clone(json));
        }
        let json = serde_json::to_string(&Snapshot::from(&view.snapshot)).map_err(|e| {
            Error::new(ErrorKind::Internal, "the state cannot be written as JSON").with_source(e)
        })?;
        let json = Arc::<str>::from(json);
        *last = Some((Arc::clone(view), Arc::clone(&json)));
        Ok(json)
    }
}
