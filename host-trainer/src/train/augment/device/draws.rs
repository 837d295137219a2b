use crate::Error;
use crate::libtorch_ffi::send;
use crate::train::augment::drawn::{Drawn, Motion, Square};
use crate::train::augment::placement::Placement;
use crate::train::augment::settings::Augmentation;
use blastscope_shared::random::SplitMix64;
use tch::{Device, Tensor};

/// What the cells of one batch are changed by, on the device.
#[derive(Debug)]
pub(crate) struct Draws {
    /// Maps for `affine_grid_generator`, `[n, 2, 3]`; none where nothing moves.
    pub(crate) maps: Option<Tensor>,
    /// Gain and power of each channel, `[2, n, 3, 1, 1]`.
    pub(crate) tints: Option<Tensor>,
    /// Levels to add, `[n, 1, 1, 1]`.
    pub(crate) levels: Option<Tensor>,
    /// Place in the batch and standard deviation of the blur of the cells that are blurred.
    pub(crate) blurred: Vec<(i64, f32)>,
    /// Two numbers below 2^32 a cell, `[2, n, 1, 1, 1]`.
    pub(crate) noise: Option<Tensor>,
    /// Left, top and side of the squares, 0 where there is none, `[3, n, 1, 1, 1]`.
    pub(crate) squares: Option<Tensor>,
}

impl Draws {
    /// Draws for `cells` of `size x size` pixels, the first of which is the `first`-th of the epoch. `key` is
    /// seed and epoch. Cell by cell these are the draws of the host.
    pub(crate) fn of(
        of: &Augmentation,
        size: usize,
        cells: &[usize],
        first: usize,
        key: [u64; 2],
        device: Device,
    ) -> Result<Self, Error> {
        let mut columns = Columns::default();
        for (i, cell) in cells.iter().enumerate() {
            let mut random = SplitMix64::keyed(&[key[0], key[1], (first + i) as u64, *cell as u64]);
            columns.draw(of, size, &mut random);
        }
        columns.on(cells.len() as i64, device)
    }
}

/// The draws of a batch as plain numbers.
#[derive(Default)]
struct Columns {
    maps: Vec<f32>,
    moves: bool,
    gains: Vec<f32>,
    powers: Vec<f32>,
    levels: Vec<f32>,
    blurred: Vec<(i64, f32)>,
    noise: [Vec<i64>; 2],
    squares: [Vec<f32>; 3],
    count: i64,
}

impl Columns {
    fn draw(&mut self, of: &Augmentation, size: usize, random: &mut SplitMix64) {
        let drawn = Drawn::before_noise(of, size, random);
        let map = map_of(&drawn.motion, size);
        self.moves |= map != [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        self.maps.extend(map);
        for tint in drawn.tint.iter().flatten() {
            self.gains.push(tint.gain);
            self.powers.push(tint.power);
        }
        self.levels.extend(drawn.levels);
        if let Some(sigma) = drawn.sigma {
            self.blurred.push((self.count, sigma));
        }
        if of.noise > 0.0 {
            let seed = random.next_u64();
            self.noise[0].push((seed >> 32) as i64);
            self.noise[1].push((seed & 0xffff_ffff) as i64);
        }
        if of.cutout > 0.0 {
            let none = Square {
                left: 0,
                top: 0,
                side: 0,
            };
            let square = Square::draw(of, size, random).unwrap_or(none);
            let [left, top, side] = &mut self.squares;
            left.push(square.left as f32);
            top.push(square.top as f32);
            side.push(square.side as f32);
        }
        self.count += 1;
    }

    fn on(self, n: i64, device: Device) -> Result<Draws, Error> {
        let put = |values: &[f32], shape: &[i64]| -> Result<Option<Tensor>, Error> {
            if values.is_empty() {
                return Ok(None);
            }
            let there = Tensor::f_from_slice(values)?.f_reshape(shape)?;
            Ok(Some(send(&there, device)?))
        };
        let noise = self.noise.concat();
        let maps = if self.moves { self.maps } else { Vec::new() };
        Ok(Draws {
            maps: put(&maps, &[n, 2, 3])?,
            tints: put(&[self.gains, self.powers].concat(), &[2, n, 3, 1, 1])?,
            levels: put(&self.levels, &[n, 1, 1, 1])?,
            blurred: self.blurred,
            noise: match noise.is_empty() {
                true => None,
                false => Some(send(
                    &Tensor::f_from_slice(&noise)?.f_reshape([2, n, 1, 1, 1])?,
                    device,
                )?),
            },
            squares: put(&self.squares.concat(), &[3, n, 1, 1, 1])?,
        })
    }
}

/// The map from places of the result to places of the crop, both from -1 at the centre of the first pixel to 1
/// at that of the last: rows x and y of factors of x, of y, and what is added.
fn map_of(motion: &Motion, size: usize) -> [f32; 6] {
    let (rows, shift) = match *motion {
        Motion::Mapped { placement, shift } => (placement.rows(), shift),
        Motion::Whole { mirror, turns, shift } => {
            let rows = Placement::of_quarters(turns).mirrored(mirror).rows();
            (rows, shift.map(|s| s as f32))
        }
    };
    let half = (size as f32 - 1.0) / 2.0;
    let row = |[x, y]: [f32; 2]| [x, y, 0.0 - (x * shift[0] + y * shift[1]) / half];
    let [[a, b, c], [d, e, f]] = rows.map(row);
    [a, b, c, d, e, f]
}
