use std::fmt::Write;

/// What [`Fill::Hatched`] refers to.
pub(in crate::evaluate) const HATCH: &str = r##"<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><line x1="0" y1="0" x2="0" y2="6" stroke="#1f4e8c" stroke-width="2"/></pattern></defs>"##;

/// A picture under construction. Coordinates are pixels, y downwards.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// How a line is drawn; never told apart by colour alone.
#[derive(Clone, Copy)]
pub(crate) enum Stroke {
    Network,
    Area,
    /// One of several labels.
    Label(usize),
    /// Of a band.
    Edge,
    Frame,
    Grid,
}

/// Where a text stands about its point.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a box is filled.
#[derive(Clone, Copy)]
pub(crate) enum Fill {
    /// The positive class.
    Solid,
    /// The other class. In a page, the page defines the hatching once.
    Hatched,
    /// A share in 0..=1, white to blue.
    Shade(f64),
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            body: String::new(),
        }
    }

    pub(crate) fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        let dashes = ["", "7 3", "2 3", "10 3 2 3"];
        let label = |i: usize| {
            let (dash, width) = (dashes[i % dashes.len()], 1.4 + 0.8 * (i / dashes.len()) as f64);
            format!(r##"stroke="#1f4e8c" stroke-width="{width:.1}" stroke-dasharray="{dash}""##)
        };
        let own;
        let style = match stroke {
            Stroke::Label(i) => {
                own = label(i);
                own.as_str()
            }
            Stroke::Network => r##"stroke="#1f4e8c" stroke-width="2.2""##,
            Stroke::Area => r##"stroke="#b25d00" stroke-width="1.8" stroke-dasharray="6 4""##,
            Stroke::Edge => r##"stroke="#1f4e8c" stroke-width="0.8" stroke-dasharray="1 2""##,
            Stroke::Frame => r##"stroke="#222" stroke-width="1""##,
            Stroke::Grid => r##"stroke="#bbb" stroke-width="0.8" stroke-dasharray="2 3""##,
        };
        let points: Vec<String> = points.iter().map(|p| format!("{:.1},{:.1}", p.0, p.1)).collect();
        self.push(format_args!(
            r#"<polyline fill="none" {style} points="{}"/>"#,
            points.join(" ")
        ));
    }

    /// A light area between two rows of points that go the same way, with dotted edges.
    pub(crate) fn band(&mut self, low: &[(f64, f64)], high: &[(f64, f64)]) {
        let around: Vec<String> = low
            .iter()
            .chain(high.iter().rev())
            .map(|p| format!("{:.1},{:.1}", p.0, p.1))
            .collect();
        self.push(format_args!(
            r##"<polygon fill="#1f4e8c" fill-opacity="0.16" stroke="none" points="{}"/>"##,
            around.join(" ")
        ));
        self.line(low, Stroke::Edge);
        self.line(high, Stroke::Edge);
    }

    pub(crate) fn rect(&mut self, x: f64, y: f64, w: f64, h: f64, fill: Fill) {
        let colour = match fill {
            Fill::Solid => "#1f4e8c".to_owned(),
            Fill::Hatched => "url(#hatch)".to_owned(),
            Fill::Shade(s) => {
                let mix = |full: f64| (255.0 - s.clamp(0.0, 1.0) * (255.0 - full)) as u8;
                format!("rgb({},{},{})", mix(120.0), mix(165.0), mix(216.0))
            }
        };
        self.push(format_args!(
            r##"<rect x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{h:.1}" fill="{colour}" stroke="#222" stroke-width="0.8"/>"##
        ));
    }

    pub(crate) fn dot(&mut self, x: f64, y: f64, radius: f64) {
        self.push(format_args!(
            r##"<circle cx="{x:.1}" cy="{y:.1}" r="{radius:.1}" fill="#1f4e8c"/>"##
        ));
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, size: f64, anchor: Anchor, words: &str) {
        self.place_text(&format!(r#"x="{x:.1}" y="{y:.1}""#), size, anchor, words);
    }

    /// Reads upwards.
    pub(crate) fn upright_text(&mut self, x: f64, y: f64, size: f64, anchor: Anchor, words: &str) {
        let place = format!(r#"transform="translate({x:.1} {y:.1}) rotate(-90)""#);
        self.place_text(&place, size, anchor, words);
    }

    fn place_text(&mut self, place: &str, size: f64, anchor: Anchor, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let words = escape(words);
        self.push(format_args!(
            r##"<text {place} font-size="{size}" text-anchor="{anchor}" fill="#111">{words}</text>"##
        ));
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.body, "{element}");
    }

    /// As part of a page: as wide as there is room, named for those who do not see it. The hatching is that
    /// of the page.
    pub(crate) fn finish_inline(self, id: &str, title: &str, description: &str) -> String {
        let Self { width, height, body } = self;
        let (title, description) = (escape(title), escape(description));
        format!(
            r#"<svg viewBox="0 0 {width:.0} {height:.0}" style="width:{width:.0}px" font-family="sans-serif" role="img" aria-labelledby="{id}-title {id}-text">
<title id="{id}-title">{title}</title>
<desc id="{id}-text">{description}</desc>
{body}</svg>
"#
        )
    }

    pub(crate) fn finish(self, title: &str) -> String {
        let Self { width, height, body } = self;
        let title = escape(title);
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="sans-serif" role="img">
<title>{title}</title>
{HATCH}
<rect width="100%" height="100%" fill="#fff"/>
{body}</svg>
"##
        )
    }
}

/// Text as content or as the value of an attribute.
pub(in crate::evaluate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
