use super::svg::{Anchor, Stroke, Svg};

/// A square of 0..=1 by 0..=1.
pub(super) struct Axes {
    left: f64,
    top: f64,
    side: f64,
}

impl Axes {
    pub(crate) fn square(left: f64, top: f64, side: f64) -> Self {
        Self { left, top, side }
    }

    /// Where a pair of shares lies on the picture.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.left + x * self.side, self.top + (1.0 - y) * self.side)
    }

    /// Frame, ticks at quarters, names.
    pub(crate) fn draw(&self, svg: &mut Svg, title: &str, x_name: &str, y_name: &str) {
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];
        let frame: Vec<(f64, f64)> = corners.iter().map(|c| self.at(c.0, c.1)).collect();
        svg.line(&frame, Stroke::Frame);
        for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let words = if tick == 0.0 || tick == 1.0 {
                format!("{tick:.0}")
            } else {
                tick.to_string()
            };
            let (x, y) = self.at(tick, 0.0);
            svg.text(x, y + 18.0, 13.0, Anchor::Middle, &words);
            let (x, y) = self.at(0.0, tick);
            svg.text(x - 6.0, y + 4.0, 13.0, Anchor::End, &words);
        }
        let (x, y) = self.at(0.5, 0.0);
        svg.text(x, y + 40.0, 13.0, Anchor::Middle, x_name);
        let (x, y) = self.at(0.0, 0.5);
        svg.upright_text(x - 40.0, y, 13.0, Anchor::Middle, y_name);
        let (x, y) = self.at(0.5, 1.0);
        svg.text(x, y - 10.0, 15.0, Anchor::Middle, title);
    }
}
