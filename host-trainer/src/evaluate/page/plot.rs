use super::super::picture::svg::{Anchor, Stroke, Svg};

/// Letters: at two thirds of the size, in a window of 400 px, they can still be read.
pub(super) const LETTERS: f64 = 15.0;
/// Width of all figures of a page.
pub(super) const WIDTH: f64 = 480.0;
const LEFT: f64 = 66.0;
const TOP: f64 = 14.0;
const PLOT: (f64, f64) = (396.0, 300.0);
const KEY_ROW: f64 = 22.0;

/// Lines over a frame with ticks, and below it a key.
pub(super) struct Plot {
    svg: Svg,
    x: (f64, f64),
    y: (f64, f64),
    keys: usize,
}

impl Plot {
    /// Something by epoch; `epochs` and `y` are ranges that are not empty, and there will be `keys` lines of key.
    pub(crate) fn by_epoch(epochs: (f64, f64), y: (f64, f64), name: &str, keys: usize) -> Self {
        Self::new((epochs, 1.0), y, ("epoch", name), keys)
    }

    /// Ticks of x are `finest` apart at least.
    fn new((x, finest): ((f64, f64), f64), y: (f64, f64), names: (&str, &str), keys: usize) -> Self {
        let height = TOP + PLOT.1 + 58.0 + KEY_ROW * keys as f64;
        let mut plot = Self {
            svg: Svg::new(WIDTH, height),
            x,
            y,
            keys: 0,
        };
        for tick in ticks(x, finest) {
            let (at, base) = plot.at(tick, y.0);
            plot.svg.line(&[(at, base), (at, TOP)], Stroke::Grid);
            plot.svg
                .text(at, base + 19.0, LETTERS, Anchor::Middle, &label(tick));
        }
        for tick in ticks(y, 0.0) {
            let (left, at) = plot.at(x.0, tick);
            plot.svg.line(&[(left, at), (left + PLOT.0, at)], Stroke::Grid);
            plot.svg
                .text(left - 6.0, at + 5.0, LETTERS, Anchor::End, &label(tick));
        }
        let corners = [(x.0, y.0), (x.1, y.0), (x.1, y.1), (x.0, y.1), (x.0, y.0)];
        let frame = corners.map(|c| plot.at(c.0, c.1));
        plot.svg.line(&frame, Stroke::Frame);
        let (middle, base) = (LEFT + PLOT.0 / 2.0, TOP + PLOT.1);
        plot.svg
            .text(middle, base + 42.0, LETTERS, Anchor::Middle, names.0);
        plot.svg
            .upright_text(18.0, TOP + PLOT.1 / 2.0, LETTERS, Anchor::Middle, names.1);
        plot
    }

    /// A square of shares.
    pub(crate) fn shares(names: (&str, &str), keys: usize) -> Self {
        Self::new(((0.0, 1.0), 0.0), (0.0, 1.0), names, keys)
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let share = |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)).clamp(0.0, 1.0);
        (
            LEFT + share(x, self.x) * PLOT.0,
            TOP + (1.0 - share(y, self.y)) * PLOT.1,
        )
    }

    /// A line; points that would lie on the one before are left out.
    pub(crate) fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        let last = points.len().saturating_sub(1);
        for (i, point) in points.iter().enumerate() {
            let at = self.at(point.0, point.1);
            let near = kept.last().is_some_and(|k| (k.0 - at.0).hypot(k.1 - at.1) < 0.6);
            if !near || i == last {
                kept.push(at);
            }
        }
        self.svg.line(&kept, stroke);
    }

    /// A light area between two lines.
    pub(crate) fn band(&mut self, low: &[(f64, f64)], high: &[(f64, f64)]) {
        let place = |points: &[(f64, f64)]| points.iter().map(|p| self.at(p.0, p.1)).collect::<Vec<_>>();
        let (low, high) = (place(low), place(high));
        self.svg.band(&low, &high);
    }

    /// A dot of this radius in pixels.
    pub(crate) fn dot(&mut self, x: f64, y: f64, radius: f64) {
        let (x, y) = self.at(x, y);
        self.svg.dot(x, y, radius);
    }

    /// A word right of a point.
    pub(crate) fn mark(&mut self, x: f64, y: f64, words: &str) {
        let (x, y) = self.at(x, y);
        self.svg.text(x - 4.0, y - 4.0, 13.0, Anchor::End, words);
    }

    /// The next line of the key.
    pub(crate) fn key(&mut self, stroke: Stroke, words: &str) {
        let y = self.key_line();
        self.svg.line(&[(LEFT, y - 5.0), (LEFT + 40.0, y - 5.0)], stroke);
        self.svg.text(LEFT + 48.0, y, LETTERS, Anchor::Start, words);
    }

    /// The same of a band.
    pub(crate) fn key_of_band(&mut self, words: &str) {
        let y = self.key_line();
        let row = |y: f64| [(LEFT, y), (LEFT + 40.0, y)];
        self.svg.band(&row(y), &row(y - 11.0));
        self.svg.text(LEFT + 48.0, y, LETTERS, Anchor::Start, words);
    }

    fn key_line(&mut self) -> f64 {
        self.keys += 1;
        TOP + PLOT.1 + 50.0 + KEY_ROW * self.keys as f64
    }

    /// As part of a page.
    pub(crate) fn finish(self, id: &str, title: &str, description: &str) -> String {
        self.svg.finish_inline(id, title, description)
    }
}

/// Round numbers inside a range, seven at most, and `finest` apart at least.
fn ticks((low, high): (f64, f64), finest: f64) -> Vec<f64> {
    let raw = (high - low) / 6.0;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|s| s * power)
        .into_iter()
        .find(|s| *s >= raw - 1e-12)
        .unwrap_or(raw)
        .max(finest);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

fn label(tick: f64) -> String {
    let rounded = (tick * 1e6).round() / 1e6;
    // No "-0".
    (rounded + 0.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let words = |range, finest| ticks(range, finest).into_iter().map(label).collect::<Vec<_>>();
        assert_eq!(words((0.0, 1.0), 0.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(words((1.0, 16.0), 1.0), ["5", "10", "15"]);
        assert_eq!(words((1.0, 3.0), 1.0), ["1", "2", "3"]);
        assert_eq!(
            words((0.41, 0.52), 0.0),
            ["0.42", "0.44", "0.46", "0.48", "0.5", "0.52"]
        );
    }
}
