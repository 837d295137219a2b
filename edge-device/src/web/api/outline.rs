//! Outlines as SVG takes them.

use blastscope_vision::raster::Point;
use std::fmt::Write;

/// Points as SVG writes them: `x,y x,y ...`, a tenth of a pixel fine.
pub(super) fn outline_text(points: &[Point]) -> String {
    let mut text = String::new();
    for Point { x, y } in points {
        // Writing to a string cannot fail.
        write!(text, "{x:.1},{y:.1} ").ok();
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_as_svg_takes_them() {
        assert_eq!(
            outline_text(&[Point { x: 0.5, y: 1.0 }, Point { x: 2.25, y: 30.04 }]),
            "0.5,1.0 2.2,30.0"
        );
        assert_eq!(outline_text(&[]), "");
    }
}
