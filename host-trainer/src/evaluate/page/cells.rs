use super::super::picture::svg::escape;
use super::super::saliency::Method;
use super::super::worst::{CellPicture, Worst, WorstCell};
use super::html::{not_available, paragraph, percent, table};
use crate::evaluate::Report;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Shares of the map's largest value at which a line is drawn.
const LEVELS: [f32; 2] = [0.4, 0.75];

/// The cells that are decided wrong with the most confidence, each with a map of where the network looks.
pub(super) fn section(report: &Report, worst: &Worst) -> String {
    if worst.cells.is_empty() {
        return paragraph("No test cell is decided wrong.");
    }
    let shown = worst.cells.len();
    let words = format!(
        "{} test cells are decided wrong; these are the {shown} of them that the network is most sure of.",
        worst.wrong
    );
    let name = |l: usize| report.labels.name(l).unwrap_or_default();
    if worst.cells.iter().all(|c| c.picture.is_none()) {
        let rows: Vec<Vec<String>> = worst
            .cells
            .iter()
            .map(|c| {
                let p = &c.prediction;
                let confidence = percent(f64::from(p.confidence));
                let [truth, decision] = [p.label, p.decision].map(|l| name(l).to_owned());
                vec![p.file.clone(), p.group.clone(), truth, decision, confidence]
            })
            .collect();
        let head = ["file", "subject group", "truth", "decision", "probability"];
        let again = "pictures of cells, since this report was made without the data; `blastscope-train report --data \
                     DIR` makes it again with them";
        return paragraph(&words) + &not_available(again) + &table("Wrong cells", &head, &rows);
    }
    let how = "Left the cell as the network sees it; right the same in grey, bright where the picture speaks for the \
               decision, within lines at 40 % (thin) and 75 % (thick) of the largest value. The maps are Grad-CAM \
               (Selvaraju et al. 2017) at the last convolutional feature map, or, where there is no map of at least 3 x 3 \
               that speaks for the decision, what the decision loses where a grey square covers the cell. A map \
               shows where a network looks, not that it is right to look there.";
    let items: String = worst
        .cells
        .iter()
        .enumerate()
        .map(|(i, c)| item(i, c, &name))
        .collect();
    format!(
        "{}{}<ol class=\"cells\">\n{items}</ol>\n",
        paragraph(&words),
        paragraph(how)
    )
}

fn item<'a>(number: usize, cell: &WorstCell, name: &impl Fn(usize) -> &'a str) -> String {
    let p = &cell.prediction;
    let picture = cell.picture.as_ref().map_or_else(String::new, |picture| {
        let title = format!("{}, decided {}, is {}", p.file, name(p.decision), name(p.label));
        draw(number, picture, &title)
    });
    let method = cell.picture.as_ref().map_or("", |c| match c.method {
        Method::GradCam => "; Grad-CAM",
        Method::Occlusion => "; occlusion map",
    });
    format!(
        "<li>{picture}<p><strong>{}</strong> decided with {}, is <strong>{}</strong></p>\n<p>{}; subject {}{method}</p></li>\n",
        escape(name(p.decision)),
        percent(f64::from(p.confidence)),
        escape(name(p.label)),
        escape(&p.file),
        escape(&p.group),
    )
}

fn draw(number: usize, picture: &CellPicture, title: &str) -> String {
    let side = picture.side;
    let gap = side / 16;
    let x = side + gap;
    let title = escape(title);
    let image = |bytes: &[u8], x: u32| {
        let data = STANDARD.encode(bytes);
        format!(
            "<image x=\"{x}\" width=\"{side}\" height=\"{side}\" href=\"data:image/png;base64,{data}\"/>\n"
        )
    };
    let mut lines = String::new();
    for (level, width) in LEVELS.iter().zip([1.0, 2.0]) {
        let path = outline(&picture.map, side as usize, *level);
        // White on black: seen on every grey.
        for (colour, width) in [("#000", width + 1.5), ("#fff", width)] {
            // Writing to a string cannot fail.
            let _ = writeln!(
                lines,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{:.2}\"/>",
                width * f64::from(side) / 128.0
            );
        }
    }
    format!(
        "<svg viewBox=\"0 0 {} {side}\" role=\"img\" aria-labelledby=\"cell-{number}\"><title id=\"cell-{number}\">{title}: \
         the cell, and where the network looks</title>\n{}{}<g transform=\"translate({x} 0)\">{lines}</g></svg>\n",
        2 * side + gap,
        image(&picture.cell, 0),
        image(&picture.shaded, x),
    )
}

/// The border of where a square map is at least `level`, along the edges of its pixels; edges in a row are
/// one line.
fn outline(map: &[f32], side: usize, level: f32) -> String {
    let inside = |x: i64, y: i64| {
        let within = |v: i64| (0..side as i64).contains(&v);
        within(x) && within(y) && map[y as usize * side + x as usize] >= level
    };
    let mut path = String::new();
    for across in 0..=side as i64 {
        for (upright, edge) in [
            (
                false,
                &(|along| inside(along, across - 1) != inside(along, across)) as &dyn Fn(i64) -> bool,
            ),
            (true, &|along| inside(across - 1, along) != inside(across, along)),
        ] {
            let mut along = 0;
            while along < side as i64 {
                let from = along;
                while along < side as i64 && edge(along) {
                    along += 1;
                }
                if along > from {
                    // Writing to a string cannot fail.
                    let _ = match upright {
                        true => write!(path, "M{across} {from}V{along}"),
                        false => write!(path, "M{from} {across}H{along}"),
                    };
                }
                along += 1;
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_goes_around_what_lies_above_its_level() {
        let mut map = vec![0.0; 16];
        for at in [5, 6, 9, 10] {
            map[at] = 0.8;
        }
        map[15] = 0.5;
        assert_eq!(outline(&map, 4, 0.75), "M1 1H3M1 1V3M1 3H3M3 1V3");
        assert!(outline(&map, 4, 0.4).contains("M4 3V4"));
        assert_eq!(outline(&map, 4, 0.9), "");
    }
}
