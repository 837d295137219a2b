//! Counts and keeps fields, and tells what is seen. The only one that writes to the store.

use super::count::SlideCounter;
use super::encoded_field::EncodedField;
use super::live::{LiveCell, LiveField, LiveSlide, LiveView, Snapshot};
use crate::Result;
use crate::domain::{CellId, FieldId, SlideId};
use crate::observe::Clock;
use crate::screen::{ClassifierFacts, CountingSettings};
use crate::session::{InBand, SlideChange, SlideProgress};
use crate::store::{NewSlide, Store};
use blastscope_inference::{Classifier, ModelName};
use blastscope_vision::raster::{Mask, Point, Rect, contour};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;

#[derive(Debug)]
pub(super) struct StoreStage {
    store: Store,
    model: ModelName,
    facts: ClassifierFacts,
    camera: String,
    settings: CountingSettings,
    clock: Arc<dyn Clock>,
    slide: LiveSlide,
    counter: SlideCounter,
    /// Counted cells of the slide in their order.
    counted: Vec<CellId>,
    shown: u64,
    live: watch::Sender<Arc<LiveView>>,
}

impl StoreStage {
    /// Begins the first slide.
    pub(super) fn begin(
        mut store: Store,
        classifier: &Classifier,
        camera: &str,
        settings: CountingSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let facts = ClassifierFacts::of(classifier, "a pipeline")?;
        let model = classifier.model();
        let slide = begin_slide(&mut store, model, &facts, camera, &settings, None, clock.now())?;
        let counter = SlideCounter::new(&facts, &settings.screen);
        let snapshot = Snapshot {
            slide: slide.clone(),
            summary: counter.tally().summary(),
            field: None,
        };
        let (live, _) = watch::channel(Arc::new(LiveView {
            snapshot,
            picture: Vec::new(),
        }));
        Ok(Self {
            store,
            model: model.clone(),
            facts,
            camera: camera.to_owned(),
            settings,
            clock,
            slide,
            counter,
            counted: Vec::new(),
            shown: 0,
            live,
        })
    }

    pub(super) fn live(&self) -> watch::Receiver<Arc<LiveView>> {
        self.live.subscribe()
    }

    /// Works until no more fields can come, ends the slide and hands back the store.
    pub(super) fn run(mut self, fields: impl IntoIterator<Item = InBand<EncodedField>>) -> Result<Store> {
        for passing in fields {
            match passing {
                InBand::Slide(change) => self.change_slide(change)?,
                InBand::Field(field) => self.keep(field)?,
            }
        }
        self.end_slide()?;
        Ok(self.store)
    }

    fn end_slide(&mut self) -> Result<()> {
        let summary = self.counter.tally().summary();
        self.store.end_slide(self.slide.id, self.clock.now(), &summary)
    }

    fn change_slide(&mut self, change: SlideChange) -> Result<()> {
        self.end_slide()?;
        self.slide = begin_slide(
            &mut self.store,
            &self.model,
            &self.facts,
            &self.camera,
            &self.settings,
            change.name,
            change.started,
        )?;
        self.counter = SlideCounter::new(&self.facts, &self.settings.screen);
        self.counted.clear();
        self.show(None, Vec::new());
        // Whoever asked may be gone; the slide is begun all the same.
        change.reply.send(self.slide.id).ok();
        Ok(())
    }

    fn keep(&mut self, mut field: EncodedField) -> Result<()> {
        let kept = if self.slide.progress.full {
            None
        } else {
            Some(self.count_and_store(&mut field)?)
        };
        self.shown += 1;
        let (id, cell_ids) = kept.map_or((None, Vec::new()), |(id, cells)| (Some(id), cells));
        let EncodedField {
            screened,
            row,
            cells: rows,
        } = field;
        let cells = screened.cells.iter().zip(rows).enumerate();
        let live = LiveField {
            id,
            shown: self.shown,
            name: row.name,
            taken: row.taken,
            width: row.width,
            height: row.height,
            pixel_size: row.pixel_size.map(|s| s.size),
            quality: row.quality,
            stain: row.stain,
            rejected: screened
                .rejected
                .iter()
                .map(|r| outline(&r.mask, r.bounds))
                .collect(),
            cells: cells
                .map(|(i, (cell, row))| LiveCell {
                    id: cell_ids.get(i).copied(),
                    outline: outline(&cell.mask, cell.cell.bounds),
                    cell: row.cell,
                    duplicate_of: row.duplicate_of,
                })
                .collect(),
        };
        self.show(Some(live), row.picture);
        Ok(())
    }

    fn count_and_store(&mut self, field: &mut EncodedField) -> Result<(FieldId, Vec<CellId>)> {
        self.counter.count(&mut field.screened);
        field.row.resolved = field.screened.resolved;
        for (cell, row) in field.screened.cells.iter().zip(&mut field.cells) {
            row.duplicate_of = cell.again.and_then(|number| self.counted.get(number)).copied();
        }
        let kept = field.keep(&mut self.store, self.slide.id)?;
        for (cell, id) in field.screened.cells.iter().zip(&kept.1) {
            if cell.again.is_none() {
                self.counted.push(*id);
            }
        }
        self.slide.progress = SlideProgress::of(self.counter.tally(), &self.settings);
        Ok(kept)
    }

    fn show(&self, field: Option<LiveField>, picture: Vec<u8>) {
        let snapshot = Snapshot {
            slide: self.slide.clone(),
            summary: self.counter.tally().summary(),
            field,
        };
        self.live.send_replace(Arc::new(LiveView { snapshot, picture }));
    }
}

fn begin_slide(
    store: &mut Store,
    model: &ModelName,
    facts: &ClassifierFacts,
    camera: &str,
    settings: &CountingSettings,
    name: Option<String>,
    started: Timestamp,
) -> Result<LiveSlide> {
    let name = name.unwrap_or_else(|| format!("Slide of {}", started.strftime("%Y-%m-%d %H:%M:%S UTC")));
    let id: SlideId = store.begin_slide(&NewSlide {
        name: name.clone(),
        started,
        source: camera.to_owned(),
        model: model.clone(),
        classifier: facts.clone(),
        settings: settings.clone(),
    })?;
    Ok(LiveSlide {
        id,
        name,
        started,
        cells_wanted: settings.cells_per_slide,
        progress: SlideProgress::default(),
    })
}

/// The outline of a cell on its field, pixels.
pub(crate) fn outline(mask: &Mask, bounds: Rect) -> Vec<Point> {
    let origin = bounds.origin();
    contour(mask).into_iter().map(|p| p + origin).collect()
}
