//! The one place where camera, classifier, store, pipeline and page are wired.

use crate::config::Config;
use crate::observe::{Clock, SystemClock};
use crate::pipeline::Pipeline;
use crate::store::Store;
use crate::web::{AppState, app, listen, serve};
use crate::{Error, ErrorKind, Result};
use blastscope_inference::{Classifier, ModelSource};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The running device.
#[derive(Debug)]
pub struct Appliance {
    pipeline: Pipeline,
    address: SocketAddr,
    stop_page: oneshot::Sender<()>,
    page: JoinHandle<()>,
}

impl Appliance {
    /// Starts everything. What cannot be had is refused before anything is written.
    pub async fn start(config: &Config) -> Result<Self> {
        config
            .check()
            .map_err(|e| Error::new(ErrorKind::Configuration, e))?;
        let source = config.open_camera()?;
        let package = ModelSource::resolve(config.model.as_deref(), &config.trusted_keys)?;
        let choice = config.precision;
        // Measuring the networks takes a while.
        let classifier = tokio::task::spawn_blocking(move || Classifier::load(&package, choice)).await;
        let classifier = Arc::new(classifier.map_err(|e| {
            Error::new(ErrorKind::Internal, "loading the model was cut off").with_source(e)
        })??);
        classifier.must_judge_cells("serve")?;
        tell_model(&classifier);
        let listener = listen(config.listen).await?;
        let address = listener.local_addr().map_err(|e| {
            Error::new(
                ErrorKind::Web,
                format!("{} has no address: give another --listen", config.listen),
            )
            .with_source(e)
        })?;
        let settings = config.counting(classifier.calibration());
        let store = Store::open(&config.data_dir, &settings)?;
        let reader = store.reader()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let workers = config.worker_count();
        let pipeline = Pipeline::start(source, &classifier, store, &settings, workers, clock)?;
        let state = AppState::new(&pipeline, reader, &classifier, config, address)?;
        let (stop_page, stopped) = oneshot::channel();
        let page = tokio::spawn(serve(listener, app(state), async move {
            // An end of the sender is an end too.
            stopped.await.ok();
        }));
        Ok(Self {
            pipeline,
            address,
            stop_page,
            page,
        })
    }

    /// Where the page is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until `stop` is ready, or until a stage ends, which is an error. Then ends in the order of
    /// the data: camera, stages, browsers, database.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<()> {
        let failure = tokio::select! {
            () = stop => None,
            end = self.pipeline.stage_ended() => Some(end.into_error()),
            _ = &mut self.page => Some(Error::new(ErrorKind::Web, "the page ended by itself: see the log")),
        };
        if failure.is_none() {
            tracing::info!("stopping: fields under way are finished");
        }
        let pipeline = self.pipeline;
        let store = tokio::task::spawn_blocking(move || pipeline.stop()).await;
        // The state of the page holds the reader, which must be gone when the store is closed.
        self.stop_page.send(()).ok();
        if !self.page.is_finished() {
            self.page.await.ok();
        }
        let cut_off = |e| Error::new(ErrorKind::Internal, "stopping was cut off").with_source(e);
        let closed = store.map_err(cut_off).and_then(|s| s).and_then(Store::close);
        match failure {
            Some(failure) => Err(failure),
            None => closed,
        }
    }
}

fn tell_model(classifier: &Classifier) {
    for measured in classifier.measured() {
        let milliseconds = measured.cell_time.as_secs_f64() * 1e3;
        tracing::info!(
            "{}: {milliseconds:.2} ms a cell on one core",
            measured.precision.name()
        );
    }
    let model = classifier.model();
    tracing::info!("model {} {} in {}", model.name, model.version, model.precision);
}
