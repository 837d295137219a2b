use serde::{Deserialize, Serialize};
use std::fs;
use tch::Device;

/// Where a run was computed. What cannot be known is left empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Environment {
    /// Name of the machine.
    pub host: String,
    /// Operating system and kernel.
    pub os: String,
    /// Model of the processor.
    pub cpu: String,
    /// Threads computed on.
    pub threads: usize,
    /// `cpu`, or `cuda:0` with the model of the GPU.
    pub device: String,
    /// Version of libtorch that the program was built with.
    pub libtorch: String,
    /// Version of the program.
    pub program: String,
}

impl Environment {
    /// Of this process.
    pub(crate) fn here(device: Device) -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let name = release.lines().find_map(|l| l.strip_prefix("PRETTY_NAME="));
        let kernel = read_line("/proc/sys/kernel/osrelease");
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            host: host(),
            os: format!("{}, Linux {kernel}", name.unwrap_or("Linux").trim_matches('"')),
            cpu: field(&info, "model name")
                .or_else(|| field(&info, "Model"))
                .unwrap_or_default(),
            threads: usize::try_from(tch::get_num_threads()).unwrap_or(1),
            device: describe(device),
            libtorch: env!("BLASTSCOPE_LIBTORCH").into(),
            program: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// Name of this machine; empty where it cannot be read.
pub(super) fn host() -> String {
    read_line("/proc/sys/kernel/hostname")
}

fn read_line(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn describe(device: Device) -> String {
    match device {
        Device::Cpu => "cpu".into(),
        Device::Cuda(number) => {
            let folders = fs::read_dir("/proc/driver/nvidia/gpus")
                .into_iter()
                .flatten()
                .flatten();
            let model = |folder: fs::DirEntry| {
                let text = fs::read_to_string(folder.path().join("information")).ok()?;
                field(&text, "Model")
            };
            // Which of several is seen under which number depends on CUDA_VISIBLE_DEVICES: machines have alike ones.
            let model = folders.filter_map(model).next();
            model.map_or_else(|| format!("cuda:{number}"), |m| format!("cuda:{number} {m}"))
        }
        other => format!("{other:?}").to_lowercase(),
    }
}
