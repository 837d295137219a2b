use crate::screen::{CountingSettings, Tally};

/// How far the slide on the stage is. Once full, it stays so: no more cells are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SlideProgress {
    /// More cells will not change its finding.
    pub settled: bool,
    /// It has its cells, or enough of them, or as many fields as a slide may have.
    pub full: bool,
}

impl SlideProgress {
    /// After these counts.
    pub(crate) fn of(tally: &Tally, settings: &CountingSettings) -> Self {
        let settled = tally.is_settled(settings.cells_per_slide);
        Self {
            settled,
            full: tally.cells() >= settings.cells_per_slide
                || tally.fields() >= settings.fields_per_slide
                || (settled && settings.screen.stop_early),
        }
    }
}
