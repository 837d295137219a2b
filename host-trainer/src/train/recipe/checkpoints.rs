use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// When the state of a run is written, and how much of it is kept. It decides nothing of the numbers: a run
/// may go on with other settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Checkpoints {
    /// Steps of an epoch after which the state is written, as after each epoch; 0: after epochs alone.
    pub every_steps: usize,
    /// States of the last so many whole epochs are kept, 1 to 1000.
    pub keep_last: usize,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self {
            every_steps: 500,
            keep_last: 1,
        }
    }
}

impl Checkpoints {
    /// True for the default, which recipes leave out.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses to keep nothing.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if (1..=1000).contains(&self.keep_last) {
            return Ok(());
        }
        let message = "out of range: checkpoints.keep_last: 1 to 1000";
        Err(Error::new(ErrorKind::Recipe, message))
    }

    /// Whether the state is due after so many steps of an epoch.
    pub(crate) fn is_due(&self, steps: usize) -> bool {
        self.every_steps > 0 && steps.is_multiple_of(self.every_steps)
    }
}
