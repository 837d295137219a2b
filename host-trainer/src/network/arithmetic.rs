//! libtorch's arithmetic for quantisation. Integers are held in f64, so that sums of products are exact.

use blastscope_network::quantise::{Arithmetic, ConvLayer, QuantizedConv, Quantum};
use blastscope_network::{Array, Conv, Error, ErrorKind, Pool};
use blastscope_shared::preprocess::CellCrop;
use tch::{Kind, TchError, Tensor};

/// Quantisation as libtorch computes it, on the CPU.
#[derive(Debug, Clone, Copy)]
pub struct LibtorchArithmetic;

impl Arithmetic for LibtorchArithmetic {
    type Maps = Tensor;

    fn pixels(&self, cells: &[CellCrop], input: [usize; 3]) -> Result<Tensor, Error> {
        let [channels, height, width] = input;
        let mut bytes = Vec::with_capacity(cells.len() * channels * height * width);
        for cell in cells {
            let size = cell.size() as usize;
            if [3, size, size] != input {
                return Err(Error::new(
                    ErrorKind::Cells,
                    format!(
                        "a cell of {size} px for a network that takes {channels}x{height}x{width}: crop the cells \
                         with the network's input size"
                    ),
                ));
            }
            bytes.extend_from_slice(cell.planes());
        }
        let shape = [cells.len() as i64, channels as i64, height as i64, width as i64];
        computed(|| {
            let values = Tensor::f_from_slice(&bytes)?.f_reshape(shape)?;
            (values.f_to_kind(Kind::Int)? - 128).f_to_kind(Kind::Int8)
        })
    }

    fn real(&self, steps: &Tensor, quantum: Quantum) -> Result<Tensor, Error> {
        computed(|| {
            let centred = steps.f_to_kind(Kind::Float)? - f64::from(quantum.zero_point);
            Ok(centred * f64::from(quantum.scale))
        })
    }

    fn rounded(&self, values: &Tensor, quantum: Quantum) -> Result<Tensor, Error> {
        let steps = computed(|| {
            let steps = (values / f64::from(quantum.scale)).f_round()? + f64::from(quantum.zero_point);
            steps.f_clamp(-128.0, 127.0)
        })?;
        self.real(&steps, quantum)
    }

    fn convolve(&self, conv: &ConvLayer, x: &Tensor) -> Result<Tensor, Error> {
        computed(|| {
            let weight = Tensor::f_from_slice(&conv.weight)?.f_reshape(conv.shape.map(|s| s as i64))?;
            convolved(x, &weight, &Tensor::f_from_slice(&conv.bias)?, &conv.conv)
        })
    }

    fn accumulate(&self, conv: &QuantizedConv, q: &Tensor) -> Result<Tensor, Error> {
        let bias: Vec<f64> = conv.bias.iter().map(|b| f64::from(*b)).collect();
        computed(|| {
            let x = q.f_to_kind(Kind::Double)? - f64::from(conv.input.zero_point);
            let shape = conv.weight_shape.map(|s| s as i64);
            let weight = Tensor::f_from_slice(&conv.weight)?
                .f_reshape(shape)?
                .f_to_kind(Kind::Double)?;
            convolved(&x, &weight, &Tensor::f_from_slice(&bias)?, &conv.conv)
        })
    }

    fn requantise(&self, conv: &QuantizedConv, accumulator: &Tensor) -> Result<Tensor, Error> {
        computed(|| {
            let steps = (accumulator * f64::from(conv.multiplier())).f_round()?;
            let shifted = steps + f64::from(conv.output.zero_point);
            shifted.f_clamp(-128.0, 127.0)?.f_to_kind(Kind::Int8)
        })
    }

    fn max_pool(&self, maps: &Tensor, pool: &Pool) -> Result<Tensor, Error> {
        let (kernel, stride, padding) = (pair(pool.kernel), pair(pool.stride), pair(pool.padding));
        computed(|| {
            // libtorch's pooling on the CPU knows floats only; int8 in f32 is exact.
            let float = maps.f_to_kind(Kind::Float)?;
            let pooled = float.f_max_pool2d(kernel, stride, padding, [1, 1], false)?;
            pooled.f_to_kind(maps.f_kind()?)
        })
    }

    fn relu(&self, maps: &Tensor) -> Result<Tensor, Error> {
        computed(|| maps.f_relu())
    }

    fn scaled(&self, accumulator: &Tensor, step: f64) -> Result<Tensor, Error> {
        computed(|| (accumulator * step).f_to_kind(Kind::Float))
    }

    fn shifted(&self, maps: &Tensor, constants: &[f64]) -> Result<Tensor, Error> {
        computed(|| {
            let constants = Tensor::f_from_slice(constants)?.f_to_kind(maps.f_kind()?)?;
            Ok(maps + constants.f_reshape([1, -1, 1, 1])?)
        })
    }

    fn head(&self, real: &Tensor, weight: &Array, bias: &[f32]) -> Result<Tensor, Error> {
        computed(|| {
            let means = real.f_mean_dim(&[2i64, 3][..], false, Kind::Float)?;
            let weight = Tensor::f_from_slice(&weight.values)?.f_reshape([bias.len() as i64, -1])?;
            means.f_linear(&weight, Some(&Tensor::f_from_slice(bias)?))
        })
    }

    fn largest(&self, maps: &Tensor) -> Result<f64, Error> {
        computed(|| maps.f_abs()?.f_max()?.f_double_value(&[]))
    }

    fn power(&self, maps: &Tensor) -> Result<f64, Error> {
        computed(|| maps.f_square()?.f_sum(Kind::Double)?.f_double_value(&[]))
    }

    fn power_of_difference(&self, a: &Tensor, b: &Tensor) -> Result<f64, Error> {
        self.power(&(a - b))
    }

    fn channel_power(&self, maps: &Tensor) -> Result<Vec<f64>, Error> {
        computed(|| {
            let means = maps.f_square()?.f_mean_dim(&[2i64, 3][..], false, Kind::Double)?;
            Vec::try_from(means.f_sum_dim_intlist(&[0i64][..], false, Kind::Double)?)
        })
    }

    fn channel_difference(&self, a: &Tensor, b: &Tensor) -> Result<(Vec<f64>, usize), Error> {
        computed(|| {
            let size = a.size();
            let difference = (a - b).f_reshape([size[0], size[1], -1])?;
            let sums = difference.f_sum_dim_intlist(&[0i64, 2][..], false, Kind::Double)?;
            Ok((Vec::try_from(sums)?, (size[0] * difference.size()[2]) as usize))
        })
    }

    fn shape(&self, maps: &Tensor) -> Vec<usize> {
        maps.size().into_iter().map(|s| s as usize).collect()
    }

    fn rows(&self, logits: &Tensor) -> Result<Vec<Vec<f32>>, Error> {
        computed(|| Vec::try_from(logits.f_to_kind(Kind::Float)?))
    }

    fn integers(&self, maps: &Tensor) -> Result<Vec<i8>, Error> {
        computed(|| Vec::try_from(maps.f_flatten(0, -1)?))
    }
}

fn convolved(x: &Tensor, weight: &Tensor, bias: &Tensor, conv: &Conv) -> Result<Tensor, TchError> {
    let (stride, padding, dilation) = (pair(conv.stride), pair(conv.padding), pair(conv.dilation));
    x.f_conv2d(weight, Some(bias), stride, padding, dilation, 1)
}

fn pair(v: [usize; 2]) -> [i64; 2] {
    [v[0] as i64, v[1] as i64]
}

/// What libtorch computes; its refusal as one of the arithmetic.
fn computed<T>(compute: impl FnOnce() -> Result<T, TchError>) -> Result<T, Error> {
    compute().map_err(|e| Error::with_source(ErrorKind::Arithmetic, "libtorch refused", e))
}
