//! `blastscope serve`: the device.

use super::options::{ModelOptions, WorkOptions, checked};
use super::output;
use crate::appliance::Appliance;
use crate::config::{CameraConfig, Config};
use anyhow::Context;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    work: WorkOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// replay:FOLDER, or synthetic[:seed=N,blur=PIXELS,cells=N,fps=N]
    #[arg(long, value_name = "SPEC")]
    camera: Option<String>,
    /// Where slides and cells are kept [default: blastscope-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Address of the page [default: 127.0.0.1:8642]
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// Scale of the fields in nanometres a pixel [default: of the camera, or from red cells of 7.5 µm]
    #[arg(long, value_name = "N")]
    scale_nm: Option<u32>,
    /// Fields a second [default: 1]
    #[arg(long, value_name = "N")]
    fps: Option<f64>,
}

impl Arguments {
    fn config(self) -> crate::Result<Config> {
        let mut config = self.work.config()?;
        self.model.over(&mut config);
        config.camera = self.camera.map(CameraConfig::Line).or(config.camera);
        config.data_dir = self.data_dir.unwrap_or(config.data_dir);
        config.listen = self.listen.unwrap_or(config.listen);
        config.scale_nm = self.scale_nm.or(config.scale_nm);
        config.frames_per_second = self.fps.unwrap_or(config.frames_per_second);
        checked(config)
    }
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.config()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no threads for the page: free some memory")?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be received")?;
        let mut terminate = signal(SignalKind::terminate()).context("signals cannot be received")?;
        let stop = async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        let appliance = Appliance::start(&config).await?;
        let address = appliance.address();
        if !address.ip().is_loopback() {
            warn_open(address);
        }
        output::line(&format!("listening on http://{address}/"))?;
        appliance.run(stop).await?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}

/// Red, and in words for those who see no colour.
fn warn_open(address: SocketAddr) {
    eprintln!(
        "\x1b[1;31mWARNING: {address} can be reached from the network, and there are no accounts yet: \
         everybody there sees all slides and can begin new ones.\x1b[0m"
    );
}
