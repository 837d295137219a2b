//! Memory of this process while frames go through.

/// Resident memory at one frame after the other, bytes.
#[derive(Debug, Default)]
pub struct Memory {
    samples: Vec<(u64, u64)>,
}

impl Memory {
    /// Notes what is resident after `frame` frames.
    pub fn note(&mut self, frame: u64) {
        if let Some(bytes) = status("VmRSS:") {
            self.samples.push((frame, bytes));
        }
    }

    /// Start (once a tenth of the frames has gone through: queues and caches are full then), middle and end, growth
    /// and peak.
    pub fn told(&self) -> Option<(String, serde_json::Value)> {
        let steady = self.samples.get(self.samples.len() / 10..)?;
        let (first, middle, last) = (steady.first()?, steady.get(steady.len() / 2)?, steady.last()?);
        let slope = slope(steady);
        let (mib, peak) = (
            |bytes: u64| bytes as f64 / f64::from(1 << 20),
            status("VmHWM:").unwrap_or(0),
        );
        let text = format!(
            "resident memory {:.0} MiB at frame {}, {:.0} MiB at frame {}, {:.0} MiB at frame {}; {slope:+.0} bytes a \
             frame by least squares; peak {:.0} MiB",
            mib(first.1),
            first.0,
            mib(middle.1),
            middle.0,
            mib(last.1),
            last.0,
            mib(peak)
        );
        let json = serde_json::json!({
            "start_mib": mib(first.1), "middle_mib": mib(middle.1), "end_mib": mib(last.1),
            "bytes_per_frame": slope, "peak_mib": mib(peak),
        });
        Some((text, json))
    }
}

/// Growth in bytes a frame, by least squares; 0 of a single sample.
fn slope(samples: &[(u64, u64)]) -> f64 {
    let n = samples.len().max(1) as f64;
    let mean_x = samples.iter().map(|s| s.0 as f64).sum::<f64>() / n;
    let mean_y = samples.iter().map(|s| s.1 as f64).sum::<f64>() / n;
    let products = samples
        .iter()
        .map(|s| (s.0 as f64 - mean_x) * (s.1 as f64 - mean_y));
    let squares = samples.iter().map(|s| (s.0 as f64 - mean_x).powi(2)).sum::<f64>();
    products.sum::<f64>() / squares.max(1.0)
}

/// A line of `/proc/self/status` in bytes; `None` where there is none.
pub fn status(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(name))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
