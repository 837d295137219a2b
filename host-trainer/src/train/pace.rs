use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, Instant};

/// How fast the cells of an epoch went through the network, validation left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Pictures a second: forward, backward and step.
    pub images_per_second: f64,
    /// Share of the time spent waiting for the next batch, 0 to 1.
    pub waiting_share: f64,
    /// Memory of the device in use, bytes, where it can be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_memory: Option<u64>,
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} images/s, {:.1} % waiting for data",
            self.images_per_second,
            100.0 * self.waiting_share
        )?;
        if let Some(bytes) = self.device_memory {
            write!(f, ", {:.2} GiB on the GPU", bytes as f64 / f64::from(1 << 30))?;
        }
        Ok(())
    }
}

/// Takes the time of a pass, over interruptions.
#[derive(Debug)]
pub(super) struct Meter {
    began: Instant,
    /// Of the part before the interruption.
    before: Duration,
    waited: Duration,
}

impl Meter {
    /// Goes on after a part that took so many seconds, so many of them waiting.
    pub fn after(seconds: f64, waited: f64) -> Self {
        let duration = |s| Duration::try_from_secs_f64(s).unwrap_or_default();
        Self {
            began: Instant::now(),
            before: duration(seconds),
            waited: duration(waited),
        }
    }

    /// Counts what `wait` takes as waiting.
    pub fn wait<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let value = wait();
        self.waited += began.elapsed();
        value
    }

    /// Seconds so far.
    pub fn seconds(&self) -> f64 {
        (self.before + self.began.elapsed()).as_secs_f64()
    }

    /// Seconds of them spent waiting.
    pub fn waited(&self) -> f64 {
        self.waited.as_secs_f64()
    }

    /// The pace of so many pictures.
    pub fn pace(&self, pictures: usize) -> Pace {
        let seconds = self.seconds().max(1e-9);
        Pace {
            images_per_second: pictures as f64 / seconds,
            waiting_share: (self.waited() / seconds).min(1.0),
            device_memory: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_before_an_interruption_counts_and_the_line_says_what_was_waited() {
        let mut meter = Meter::after(1000.0, 250.0);
        assert_eq!(meter.wait(|| 7), 7);
        let pace = meter.pace(2000);
        assert!((1.5..=2.0).contains(&pace.images_per_second), "{pace:?}");
        assert!((0.2..0.3).contains(&pace.waiting_share), "{pace:?}");
        let said = Pace {
            images_per_second: 812.4,
            waiting_share: 0.034,
            device_memory: Some(3 << 29),
        };
        assert_eq!(
            said.to_string(),
            "812 images/s, 3.4 % waiting for data, 1.50 GiB on the GPU"
        );
    }
}
