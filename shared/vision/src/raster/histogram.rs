//! Histograms of one quantity over a field, and Otsu's threshold.

/// Equal bins over `low..high`; values outside fall into the first or the last bin.
pub(crate) struct Histogram {
    low: f32,
    step: f32,
    counts: Vec<u32>,
}

impl Histogram {
    /// Counts `values` in `bins` equal bins over `low..high`.
    pub(crate) fn of(values: impl Iterator<Item = f32>, low: f32, high: f32, bins: usize) -> Self {
        let step = (high - low) / bins as f32;
        let mut counts = vec![0u32; bins];
        for value in values {
            let bin = (((value - low) / step).max(0.0) as usize).min(bins - 1);
            counts[bin] += 1;
        }
        Self { low, step, counts }
    }

    /// Number of values counted.
    pub(crate) fn total(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// Value below which `fraction` (0..1) of the counts lie.
    pub(crate) fn quantile(&self, fraction: f32) -> f32 {
        self.quantile_below(f32::MAX, fraction)
    }

    /// Value below which `fraction` (0..1) of those counts lie that are themselves below `limit`.
    pub(crate) fn quantile_below(&self, limit: f32, fraction: f32) -> f32 {
        let bins = (0..self.counts.len()).take_while(|bin| self.centre(*bin) < limit);
        let total: u32 = bins.clone().map(|bin| self.counts[bin]).sum();
        let target = fraction * total as f32;
        let mut seen = 0.0;
        let mut last = self.low;
        for bin in bins {
            seen += self.counts[bin] as f32;
            last = self.centre(bin);
            if seen >= target {
                break;
            }
        }
        last
    }

    /// Mean of the values above `limit`; `limit` itself without any.
    pub(crate) fn mean_above(&self, limit: f32) -> f32 {
        let (mut sum, mut count) = (0.0f32, 0.0f32);
        for (bin, &n) in self
            .counts
            .iter()
            .enumerate()
            .filter(|(bin, _)| self.centre(*bin) > limit)
        {
            sum += n as f32 * self.centre(bin);
            count += n as f32;
        }
        if count > 0.0 { sum / count } else { limit }
    }

    /// Centre of the last peak between two values, after smoothing over five bins, that reaches `share` of the
    /// fullest bin there.
    pub(crate) fn last_mode_between(&self, from: f32, to: f32, share: f32) -> f32 {
        let bins: Vec<usize> = (0..self.counts.len())
            .filter(|b| (from..=to).contains(&self.centre(*b)))
            .collect();
        let around =
            |bin: usize, reach: usize| bin.saturating_sub(reach)..(bin + reach + 1).min(self.counts.len());
        let smooth = |bin: usize| -> u32 { self.counts[around(bin, 2)].iter().sum() };
        let fullest = bins.iter().map(|&b| smooth(b)).max().unwrap_or(0);
        let is_peak = |bin: usize| {
            let here = smooth(bin);
            here > 0 && here as f32 >= share * fullest as f32 && around(bin, 3).all(|b| smooth(b) <= here)
        };
        let last = bins.iter().rev().find(|&&b| is_peak(b));
        last.map_or(from, |&b| self.centre(b))
    }

    /// Threshold that separates two classes best (Otsu 1979).
    /// `None` when all values are in one bin.
    pub(crate) fn otsu(&self) -> Option<f32> {
        let total = self.total() as f32;
        let sum: f32 = self
            .counts
            .iter()
            .enumerate()
            .map(|(b, &c)| c as f32 * self.centre(b))
            .sum();
        let (mut below, mut sum_below) = (0.0f32, 0.0f32);
        let mut best: Option<(f32, f32)> = None;
        for (bin, &count) in self.counts.iter().enumerate() {
            below += count as f32;
            sum_below += count as f32 * self.centre(bin);
            let above = total - below;
            if below <= 0.0 || above <= 0.0 {
                continue;
            }
            let (mean_below, mean_above) = (sum_below / below, (sum - sum_below) / above);
            let between = below * above * (mean_above - mean_below) * (mean_above - mean_below);
            if best.as_ref().is_none_or(|(b, _)| between > *b) {
                let threshold = self.low + (bin as f32 + 1.0) * self.step;
                best = Some((between, threshold));
            }
        }
        best.map(|(_, threshold)| threshold)
    }

    fn centre(&self, bin: usize) -> f32 {
        self.low + (bin as f32 + 0.5) * self.step
    }
}
