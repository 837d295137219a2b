use crate::data::DataSet;
use crate::network::{Network, input_tensor, label_logits};
use crate::{Error, ErrorKind};
use blastscope_network::{Graph, NodeId, Op, Shape};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

/// How a map was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Method {
    /// Grad-CAM (Selvaraju et al. 2017) at the last convolutional feature map.
    GradCam,
    /// What the decided label loses where a grey square covers the picture (Zeiler and Fergus 2014).
    Occlusion,
}

/// Where on a picture lies what speaks for the decided label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Saliency {
    /// How it was come by.
    pub method: Method,
    /// Row by row, `side * side`, 0..=1, the largest 1; all 0 where nothing speaks for the label.
    pub values: Vec<f32>,
    /// Width and height.
    pub side: usize,
}

/// A map coarser than this says nothing of where.
const SMALLEST: usize = 3;
/// Cells whose gradients are held at once.
const BATCH: usize = 8;
/// Squares along a side of the picture that occlusion covers, each half over the next.
const SQUARES: usize = 6;

/// Maps of `side * side` for cells and the labels they were decided to be, in order. By Grad-CAM where the
/// network has a feature map of at least 3 x 3 that speaks for the label, otherwise by occlusion.
pub(crate) fn saliency(
    network: &Network,
    data: &DataSet,
    cells: &[(usize, usize)],
    side: usize,
) -> Result<Vec<Saliency>, Error> {
    let node = feature_map(network.graph());
    let mut maps = Vec::with_capacity(cells.len());
    for chunk in cells.chunks(BATCH) {
        let size = i64::from(data.spec().size);
        let mut pixels = Vec::new();
        for (cell, _) in chunk {
            pixels.extend_from_slice(&data.planes(*cell)?);
        }
        let pictures = input_tensor(&pixels, chunk.len() as i64, size, network.device())?;
        let labels: Vec<usize> = chunk.iter().map(|c| c.1).collect();
        let found = match node {
            Some(node) => grad_cam(network, &pictures, &labels, node, side)?,
            None => vec![None; chunk.len()],
        };
        for (i, found) in found.into_iter().enumerate() {
            maps.push(match found {
                Some(values) => Saliency {
                    method: Method::GradCam,
                    values,
                    side,
                },
                None => {
                    let picture = pictures.f_narrow(0, i as i64, 1)?;
                    let values = tch::no_grad(|| occlusion(network, &picture, labels[i], side))?;
                    Saliency {
                        method: Method::Occlusion,
                        values,
                        side,
                    }
                }
            });
        }
    }
    Ok(maps)
}

/// The last feature map on the way to the logits, before the pools and the mask that end it: the last node with a map
/// of at least 3 x 3 that is made of convolutions.
fn feature_map(graph: &Graph) -> Option<NodeId> {
    let convolved = graph.iter().find(|(_, n)| matches!(n.op, Op::Conv(_)))?.0;
    let pools = |op: &Op| {
        matches!(
            op,
            Op::MaxPool(_) | Op::AvgPool(_) | Op::ZeroPaddedAvgPool(_) | Op::GlobalAveragePool | Op::CellMask
        )
    };
    let wide = |shape: Shape| matches!(shape, Shape::Map([_, h, w]) if h.min(w) >= SMALLEST);
    let nodes = graph
        .iter()
        .filter(|(id, n)| *id >= convolved && wide(n.shape) && !pools(&n.op));
    nodes.last().map(|(id, _)| id)
}

/// The logit of a label; of two labels what it has more than the other, since a network with one output
/// has a constant for the other.
fn score(logits: &Tensor, labels: &[usize]) -> Result<Tensor, Error> {
    let index: Vec<i64> = labels.iter().map(|l| *l as i64).collect();
    let index = Tensor::f_from_slice(&index)?
        .f_to_device(logits.device())?
        .f_reshape([-1, 1])?;
    let own = logits.f_gather(1, &index, false)?;
    if logits.size().get(1) == Some(&2) {
        let other = logits.f_gather(1, &index.f_neg()?.f_add_scalar(1)?, false)?;
        return Ok(own.f_sub(&other)?);
    }
    Ok(own)
}

/// None for pictures of which no part of the map speaks for the label.
fn grad_cam(
    network: &Network,
    pictures: &Tensor,
    labels: &[usize],
    node: NodeId,
    side: usize,
) -> Result<Vec<Option<Vec<f32>>>, Error> {
    // Also where all variables are frozen, the map must have a gradient.
    let pictures = pictures.f_set_requires_grad(true)?;
    let wanted = [node, network.graph().output()];
    let values = network.forward_to(&pictures, false, &wanted)?;
    let [map, logits] = &values[..] else {
        return Err(Error::new(ErrorKind::Network, "the network has no output"));
    };
    // Pictures do not see each other in evaluation: the gradient of the sum is that of each.
    let sum = score(&label_logits(logits)?, labels)?.f_sum(Kind::Float)?;
    let gradients = Tensor::f_run_backward(&[&sum], &[map], false, false)?;
    let gradient = gradients
        .first()
        .ok_or_else(|| Error::new(ErrorKind::Torch, "libtorch gives no gradient of the feature map"))?;
    tch::no_grad(|| {
        let weights = gradient.f_mean_dim(&[2i64, 3][..], true, Kind::Float)?;
        let spoken = map
            .f_detach()?
            .f_mul(&weights)?
            .f_sum_dim_intlist(&[1i64][..], true, Kind::Float)?;
        let spoken = spoken.f_relu()?;
        (0..labels.len())
            .map(|i| {
                let one = spoken.f_narrow(0, i as i64, 1)?;
                enlarge(&one, side)
            })
            .collect()
    })
}

/// A `1 x 1 x h x w` map brought to the wanted size, the largest value 1; none of a map without any.
fn enlarge(map: &Tensor, side: usize) -> Result<Option<Vec<f32>>, Error> {
    let size = [side as i64; 2];
    let wide = map.f_upsample_bilinear2d(size, false, None, None)?;
    let largest = wide.f_max()?.f_double_value(&[])?;
    if !largest.is_finite() || largest <= 0.0 {
        return Ok(None);
    }
    let flat = wide
        .f_div_scalar(largest)?
        .f_to_device(Device::Cpu)?
        .f_flatten(0, -1)?;
    Ok(Some(Vec::try_from(&flat)?))
}

/// All zero where no square takes anything from the label.
fn occlusion(network: &Network, picture: &Tensor, label: usize, side: usize) -> Result<Vec<f32>, Error> {
    let size = picture.size().last().copied().unwrap_or(1);
    let square = (2 * size / (SQUARES as i64 + 1)).max(1);
    let step = |i: usize| (size - square) * i as i64 / (SQUARES as i64 - 1);
    let mut covered = Vec::with_capacity(SQUARES * SQUARES + 1);
    covered.push(picture.shallow_clone());
    for y in 0..SQUARES {
        for x in 0..SQUARES {
            let mut copy = picture.f_zeros_like()?;
            copy.f_copy_(picture)?;
            let part = copy.f_narrow(2, step(y), square)?.f_narrow(3, step(x), square)?;
            // Grey: black is what the cell's own background is.
            let _ = part.shallow_clone().f_fill_(0.5)?;
            covered.push(copy);
        }
    }
    let mut scores = Vec::with_capacity(covered.len());
    for chunk in covered.chunks(BATCH) {
        let logits = label_logits(&network.forward(&Tensor::f_cat(chunk, 0)?, false)?)?;
        let some = score(&logits, &vec![label; chunk.len()])?.f_to_device(Device::Cpu)?;
        scores.extend(Vec::<f32>::try_from(&some.f_flatten(0, -1)?)?);
    }
    let whole = scores.first().copied().unwrap_or(0.0);
    let lost: Vec<f32> = scores.iter().skip(1).map(|s| (whole - s).max(0.0)).collect();
    let grid = [1, 1, SQUARES as i64, SQUARES as i64];
    let map = Tensor::f_from_slice(&lost)?.f_reshape(grid)?;
    Ok(enlarge(&map, side)?.unwrap_or_else(|| vec![0.0; side * side]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use blastscope_network::{Array, Builder, Weights};
    use blastscope_network::{Conv, Pool};

    const SIZE: usize = 12;

    /// One filter that is the red value; the first logit is its mean, the second 0.
    fn red(pooled_early: bool) -> Network {
        tch::set_num_threads(1);
        let mut b = Builder::new([3, SIZE, SIZE]).unwrap();
        let mut x = b.input();
        if pooled_early {
            x = b.global_average_pool("mean", x).unwrap();
            x = b.conv("conv", x, Conv::same(1, 1)).unwrap();
        } else {
            x = b.conv("conv", x, Conv::same(1, 1)).unwrap();
            x = b.max_pool("pool", x, Pool::square(2, 2, 0)).unwrap();
            x = b.global_average_pool("mean", x).unwrap();
        }
        let x = b.flatten("flat", x).unwrap();
        let x = b.linear("logits", x, 2).unwrap();
        let graph = b.build(x).unwrap();
        let mut weights = Weights::default();
        let mut set = |name: &str, shape: &[usize], values: Vec<f32>| {
            let shape = shape.to_vec();
            weights.0.insert(name.into(), Array { shape, values });
        };
        set("conv.weight", &[1, 3, 1, 1], vec![1.0, 0.0, 0.0]);
        set("logits.weight", &[2, 1], vec![1.0, 0.0]);
        set("logits.bias", &[2], vec![0.0, 0.0]);
        let mut network = Network::new(&graph, Device::Cpu, 1).unwrap();
        network.load(&weights).unwrap();
        network
    }

    /// Black but for a red square of 4 x 4 at the lower right.
    fn picture() -> Tensor {
        let picture = Tensor::zeros([1, 3, SIZE as i64, SIZE as i64], (Kind::Float, Device::Cpu));
        let _ = picture.narrow(1, 0, 1).narrow(2, 8, 4).narrow(3, 8, 4).fill_(1.0);
        picture
    }

    fn at(values: &[f32], y: usize, x: usize) -> f32 {
        values[y * SIZE + x]
    }

    #[test]
    fn grad_cam_lights_the_square_that_speaks_for_the_label_and_nothing_against_it() {
        let network = red(false);
        let node = feature_map(network.graph()).unwrap();
        assert_eq!(network.graph().node(node).name, "conv");
        let maps = grad_cam(&network, &picture(), &[0], node, SIZE).unwrap();
        let values = maps[0].as_ref().unwrap();
        assert_eq!(
            (at(values, 10, 10), at(values, 2, 2), at(values, 10, 2)),
            (1.0, 0.0, 0.0)
        );
        // The other label is only ever spoken against.
        assert_eq!(grad_cam(&network, &picture(), &[1], node, SIZE).unwrap(), [None]);
    }

    #[test]
    fn occlusion_finds_the_square_where_no_map_is_left_to_look_at() {
        let network = red(true);
        assert!(
            feature_map(network.graph()).is_none(),
            "the one map left is 1 x 1"
        );
        let values = tch::no_grad(|| occlusion(&network, &picture(), 0, SIZE)).unwrap();
        assert!(at(&values, 10, 10) > 0.5 && at(&values, 1, 1) < 0.1, "{values:?}");
    }
}
