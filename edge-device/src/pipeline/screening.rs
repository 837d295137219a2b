//! The one wiring of find -> classify -> screen, of the device on its stage and of a folder on the command line.

use super::classify_stage::screen_field;
use super::field::{FoundFrame, ScreenedField};
use super::find_stage::find_in_order;
use crate::capture::Frame;
use crate::in_order::in_order;
use crate::screen::CountingSettings;
use crate::session::InBand;
use crate::{Error, ErrorKind, Result};
use blastscope_inference::Classifier;
use blastscope_vision::stain::StainNormaliser;
use crossbeam_channel::{Sender, bounded};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::Builder;

/// Fields that wait between two stages. A field of 12 megapixels is 36 MB.
pub(super) const QUEUE: usize = 2;

/// Finds and classifies the cells of frames.
#[derive(Debug, Clone)]
pub struct Screening {
    classifier: Arc<Classifier>,
    settings: CountingSettings,
    workers: usize,
}

impl Screening {
    /// With so many threads for finding and classifying together.
    pub fn new(classifier: &Arc<Classifier>, settings: CountingSettings, workers: usize) -> Self {
        Self {
            classifier: Arc::clone(classifier),
            settings,
            workers,
        }
    }

    /// Screens frames and hands the fields to `sink` on this thread, in the order of the frames; `finish` is done to each
    /// on a thread of its own. Blocks until the frames end, or `sink` breaks or fails.
    pub fn run<T: Send>(
        &self,
        frames: impl Iterator<Item = InBand<Frame>> + Send,
        finish: impl Fn(ScreenedField) -> Result<T> + Sync,
        mut sink: impl FnMut(InBand<T>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (found, found_in) = bounded::<InBand<FoundFrame>>(QUEUE);
        let compared = self.settings.screen.fields_compared > 0;
        std::thread::scope(|scope| {
            let finding = Builder::new()
                .name("find".into())
                .spawn_scoped(scope, move || self.find(frames, &found))
                .map_err(|e| {
                    Error::new(ErrorKind::Internal, "no thread to find cells: free some memory")
                        .with_source(e)
                })?;
            let classified = in_order(
                (self.workers / 2).max(1),
                found_in.into_iter(),
                || Ok(self.classifier.worker()?),
                |worker, passing| -> Result<InBand<T>> {
                    Ok(match passing {
                        InBand::Slide(change) => InBand::Slide(change),
                        InBand::Field(found) => {
                            InBand::Field(finish(screen_field(worker, found, compared)?)?)
                        }
                    })
                },
                |screened| sink(screened?),
            );
            let found = finding
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            classified.and(found)
        })
    }

    fn find(
        &self,
        frames: impl Iterator<Item = InBand<Frame>> + Send,
        found: &Sender<InBand<FoundFrame>>,
    ) -> Result<()> {
        let stain = StainNormaliser::new(&self.settings.stain, self.classifier.stain());
        find_in_order(frames, self.workers.div_ceil(2), &self.settings, stain, |frame| {
            Ok(match found.send(frame) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        })
    }
}
