//! Runs of set pixels, and which of them hang together: connected components in one pass over the rows
//! (Rosenfeld and Pfaltz 1966, with runs in place of pixels).

use crate::raster::Plane;

/// Set pixels side by side in one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) row: usize,
    /// First column.
    pub(super) from: usize,
    /// One past the last column.
    pub(super) to: usize,
}

/// All runs of a plane in reading order.
pub(super) struct Runs {
    pub(super) runs: Vec<Run>,
    parent: Vec<u32>,
}

impl Runs {
    /// Finds the runs of pixels equal to `value`, connected over corners too if `over_corners`.
    pub(super) fn of(mask: &Plane<u8>, value: u8, over_corners: bool) -> Self {
        let mut all = Self {
            runs: Vec::new(),
            parent: Vec::new(),
        };
        let mut above = 0..0;
        for (row, line) in mask.data.chunks_exact(mask.width.max(1)).enumerate() {
            let first = all.runs.len();
            let mut at = 0;
            while let Some(from) = line[at..].iter().position(|v| *v == value).map(|i| at + i) {
                let length = line[from..].iter().position(|v| *v != value);
                let to = length.map_or(line.len(), |l| from + l);
                all.parent.push(all.runs.len() as u32);
                all.runs.push(Run { row, from, to });
                at = to;
            }
            all.connect(above, first, usize::from(over_corners));
            above = first..all.runs.len();
        }
        all
    }

    /// Joins the runs of a row, which begin at `first`, with those `above` that lie beside them.
    fn connect(&mut self, above: std::ops::Range<usize>, first: usize, corner: usize) {
        let mut upper = above.start;
        for here in first..self.runs.len() {
            let run = self.runs[here];
            while upper < above.end && self.runs[upper].to + corner <= run.from {
                upper += 1;
            }
            let mut other = upper;
            while other < above.end && self.runs[other].from < run.to + corner {
                let (a, b) = (self.root(here), self.root(other));
                // The smaller root stays: it holds the first pixel in reading order.
                self.parent[a.max(b)] = a.min(b) as u32;
                other += 1;
            }
        }
    }

    /// The first run of the component that a run belongs to.
    pub(super) fn root(&mut self, run: usize) -> usize {
        let mut at = run;
        while self.parent[at] as usize != at {
            self.parent[at] = self.parent[self.parent[at] as usize];
            at = self.parent[at] as usize;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(rows: &[&str], value: u8, over_corners: bool) -> usize {
        let data = rows.iter().flat_map(|r| r.bytes().map(|b| b - b'0')).collect();
        let plane = Plane {
            width: rows[0].len(),
            height: rows.len(),
            data,
        };
        let mut runs = Runs::of(&plane, value, over_corners);
        (0..runs.runs.len()).filter(|&i| runs.root(i) == i).count()
    }

    #[test]
    fn corners_connect_only_where_they_are_to() {
        let rows = ["1010", "0101", "1111"];
        assert_eq!(parts(&rows, 1, true), 1);
        assert_eq!(parts(&rows, 1, false), 3);
        assert_eq!(parts(&["101", "101", "111"], 1, false), 1);
        assert_eq!(parts(&["111", "101", "111"], 0, false), 1);
    }
}
