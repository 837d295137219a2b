//! A rectangular grid of values, row-major, top-left origin.

/// A grey picture: one channel, or what was computed of it.
pub(crate) type GreyImage = Plane<f32>;

/// One value a pixel.
#[derive(Clone, Debug)]
pub(crate) struct Plane<T> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) data: Vec<T>,
}

impl<T: Copy> Plane<T> {
    /// A plane of `width` x `height` pixels, all `value`.
    pub(crate) fn filled(width: usize, height: usize, value: T) -> Self {
        Self {
            width,
            height,
            data: vec![value; width * height],
        }
    }

    /// Value at a position, or `None` outside the plane.
    pub(crate) fn get(&self, x: i32, y: i32) -> Option<T> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        (x < self.width && y < self.height).then(|| self.data[y * self.width + x])
    }

    /// A plane of the same size with `convert` applied to every value.
    pub(crate) fn map<U>(&self, convert: impl Fn(T) -> U) -> Plane<U> {
        Plane {
            width: self.width,
            height: self.height,
            data: self.data.iter().map(|&v| convert(v)).collect(),
        }
    }
}
