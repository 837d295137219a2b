//! Counts and keeps fields, and tells what is seen. The only one that writes to the store.

use super::contour::as_text;
use super::count::SlideCounter;
use super::field::{ScreenedCell, ScreenedField};
use super::live::{LiveCell, LiveField, LiveSlide, LiveView, Snapshot};
use crate::Result;
use crate::config::Config;
use crate::screen::ScreenSettings;
use crate::store::{CellId, FieldId, NewCell, NewSlide, SlideId, Store};
use blastscope_inference::Classifier;
use crossbeam_channel::{Receiver, Sender, select};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

/// An order to the pipeline.
#[derive(Debug)]
pub enum Command {
    /// A new slide lies on the stage.
    NewSlide {
        /// Its name; `None`: its time.
        name: Option<String>,
        /// Where its number is sent.
        reply: oneshot::Sender<SlideId>,
    },
}

#[derive(Debug)]
pub(super) struct KeepStage {
    store: Store,
    classifier: Arc<Classifier>,
    camera: String,
    settings: ScreenSettings,
    cells_wanted: u64,
    fields_wanted: u64,
    slide_changes: Sender<u64>,
    slide: LiveSlide,
    /// Slides before this one, since the start.
    count: u64,
    counter: SlideCounter,
    /// Counted cells of the slide in their order.
    counted: Vec<CellId>,
    shown: u64,
    live: watch::Sender<Arc<LiveView>>,
}

impl KeepStage {
    /// Begins the first slide.
    pub(super) fn begin(
        mut store: Store,
        classifier: &Arc<Classifier>,
        camera: &str,
        config: &Config,
        slide_changes: Sender<u64>,
    ) -> Result<Self> {
        let slide = begin_slide(&mut store, classifier, camera, config.cells_per_slide, None)?;
        let counter = SlideCounter::new(classifier, &config.screen);
        let snapshot = Snapshot {
            slide: slide.clone(),
            summary: counter.tally().summary(),
            field: None,
        };
        let (live, _) = watch::channel(Arc::new(LiveView::new(snapshot, Vec::new())?));
        Ok(Self {
            store,
            classifier: Arc::clone(classifier),
            camera: camera.to_owned(),
            settings: config.screen.clone(),
            cells_wanted: config.cells_per_slide,
            fields_wanted: config.fields_per_slide,
            slide_changes,
            slide,
            count: 0,
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
    pub(super) fn run(
        mut self,
        commands: &Receiver<Command>,
        fields: &Receiver<ScreenedField>,
    ) -> Result<Store> {
        let mut commands = commands.clone();
        loop {
            select! {
                recv(fields) -> field => match field {
                    Ok(field) => self.keep(field)?,
                    Err(_) => break,
                },
                recv(commands) -> command => match command {
                    Ok(Command::NewSlide { name, reply }) => {
                        let id = self.change_slide(name)?;
                        // Whoever asked may be gone; the slide is begun all the same.
                        reply.send(id).ok();
                    }
                    Err(_) => commands = crossbeam_channel::never(),
                },
            }
        }
        self.store.end_slide(self.slide.id, Timestamp::now())?;
        Ok(self.store)
    }

    fn change_slide(&mut self, name: Option<String>) -> Result<SlideId> {
        self.store.end_slide(self.slide.id, Timestamp::now())?;
        self.slide = begin_slide(
            &mut self.store,
            &self.classifier,
            &self.camera,
            self.cells_wanted,
            name,
        )?;
        self.counter = SlideCounter::new(&self.classifier, &self.settings);
        self.counted.clear();
        self.count += 1;
        self.slide_changes.send(self.count).ok();
        self.show(None, Vec::new())?;
        Ok(self.slide.id)
    }

    fn keep(&mut self, mut field: ScreenedField) -> Result<()> {
        if field.slide != self.count {
            // Taken before the slide was changed.
            return Ok(());
        }
        let kept = match self.slide.full {
            true => None,
            false => Some(self.count_and_store(&mut field)?),
        };
        self.shown += 1;
        let (id, cell_ids) = kept.map_or((None, Vec::new()), |(id, cells)| (Some(id), cells));
        let cells = field.cells.iter().enumerate();
        let live = LiveField {
            id,
            shown: self.shown,
            name: field.row.name,
            taken: field.row.taken.to_string(),
            width: field.row.width,
            height: field.row.height,
            scale_nm: field.row.scale.map(|s| s.nanometres_per_pixel),
            quality: field.row.quality,
            stain: field.row.stain,
            rejected: field.row.rejected,
            rejected_outlines: field.rejected.iter().map(|c| as_text(&c.outline)).collect(),
            cells: cells
                .map(|(i, cell)| live_cell(cell, cell_ids.get(i).copied()))
                .collect(),
        };
        self.show(Some(live), field.row.picture)
    }

    fn count_and_store(&mut self, field: &mut ScreenedField) -> Result<(FieldId, Vec<CellId>)> {
        self.counter.count(field);
        for cell in &mut field.cells {
            cell.row.duplicate_of = cell.again.and_then(|number| self.counted.get(number)).copied();
        }
        let rows: Vec<NewCell> = field.cells.iter().map(|c| c.row.clone()).collect();
        let kept = self.store.add_field(self.slide.id, &field.row, &rows)?;
        for (cell, id) in field.cells.iter().zip(&kept.1) {
            if cell.again.is_none() {
                self.counted.push(*id);
            }
        }
        let tally = self.counter.tally();
        self.slide.settled = tally.is_settled(self.cells_wanted);
        self.slide.full = tally.cells() >= self.cells_wanted
            || tally.fields() >= self.fields_wanted
            || (self.slide.settled && self.settings.stop_early);
        Ok(kept)
    }

    fn show(&self, field: Option<LiveField>, picture: Vec<u8>) -> Result<()> {
        let snapshot = Snapshot {
            slide: self.slide.clone(),
            summary: self.counter.tally().summary(),
            field,
        };
        self.live
            .send_replace(Arc::new(LiveView::new(snapshot, picture)?));
        Ok(())
    }
}

fn begin_slide(
    store: &mut Store,
    classifier: &Classifier,
    camera: &str,
    cells_wanted: u64,
    name: Option<String>,
) -> Result<LiveSlide> {
    let started = Timestamp::now();
    let name = name.unwrap_or_else(|| format!("Slide of {}", started.strftime("%Y-%m-%d %H:%M:%S UTC")));
    let id = store.begin_slide(&NewSlide {
        name: name.clone(),
        started,
        source: camera.to_owned(),
        model: classifier.model().clone(),
        labels: classifier.labels().clone(),
        performance: classifier.performance(),
    })?;
    Ok(LiveSlide {
        id,
        name,
        started: started.to_string(),
        cells_wanted,
        settled: false,
        full: false,
    })
}

fn live_cell(cell: &ScreenedCell, id: Option<CellId>) -> LiveCell {
    let row = &cell.row.cell;
    LiveCell {
        id,
        class: row.class.clone(),
        probability: row.probability,
        bounds: [row.x, row.y, row.width, row.height],
        outline: as_text(&cell.outline),
        duplicate_of: cell.row.duplicate_of,
    }
}
