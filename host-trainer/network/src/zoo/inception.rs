//! Inception v3 (Szegedy et al. 2016), torchvision's `inception_v3` without the auxiliary head.

use super::ClassifierOptions;
use super::layers::{conv_norm, unpadded};
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Op, Pool};

/// What the norms add to the variance.
const EPS: f64 = 1e-3;

/// Builds the network.
pub(super) fn inception_v3(own: &ClassifierOptions, request: &Request) -> Result<Graph, Error> {
    let (mut b, mut x) = request.begin(Initialisation::He)?;
    for (name, conv, pooled) in [
        ("Conv2d_1a_3x3", unpadded(32, 3).stride(2), false),
        ("Conv2d_2a_3x3", unpadded(32, 3), false),
        ("Conv2d_2b_3x3", Conv::same(64, 3), true),
        ("Conv2d_3b_1x1", Conv::same(80, 1), false),
        ("Conv2d_4a_3x3", unpadded(192, 3), true),
    ] {
        b.block(name);
        x = unit(&mut b, name, x, conv)?;
        if pooled {
            x = b.max_pool(&format!("{name}.maxpool"), x, Pool::square(3, 2, 0))?;
        }
    }
    for (name, pooled) in [("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)] {
        x = Mixed::new(&mut b, name, x).fine(pooled)?;
    }
    x = Mixed::new(&mut b, "Mixed_6a", x).halve_fine()?;
    for (name, width) in [
        ("Mixed_6b", 128),
        ("Mixed_6c", 160),
        ("Mixed_6d", 160),
        ("Mixed_6e", 192),
    ] {
        x = Mixed::new(&mut b, name, x).factorised(width)?;
    }
    x = Mixed::new(&mut b, "Mixed_7a", x).halve_factorised()?;
    for name in ["Mixed_7b", "Mixed_7c"] {
        x = Mixed::new(&mut b, name, x).spread()?;
    }
    request.finish_pooled(b, x, "fc", own.dropout.unwrap_or(0.5))
}

/// Convolution, norm, ReLU.
fn unit(b: &mut Builder, name: &str, x: NodeId, conv: Conv) -> Result<NodeId, Error> {
    let names = [format!("{name}.conv"), format!("{name}.bn")];
    conv_norm(b, [&names[0], &names[1]], x, conv, EPS, Some(Op::Relu))
}

/// A kernel of this height and width that keeps the size.
fn oblong(outputs: usize, height: usize, width: usize) -> Conv {
    Conv {
        kernel: [height, width],
        padding: [height / 2, width / 2],
        ..Conv::same(outputs, 1)
    }
}

/// A module of branches beside each other, of one input.
struct Mixed<'a> {
    b: &'a mut Builder,
    name: &'a str,
    x: NodeId,
}

impl<'a> Mixed<'a> {
    fn new(b: &'a mut Builder, name: &'a str, x: NodeId) -> Self {
        b.block(name);
        Self { b, name, x }
    }

    /// One unit on `x`.
    fn unit(&mut self, part: &str, x: NodeId, conv: Conv) -> Result<NodeId, Error> {
        unit(self.b, &format!("{}.{part}", self.name), x, conv)
    }

    /// Units one after the other, `PART_1`, `PART_2`, ...; without a number where there is only one.
    fn branch(&mut self, part: &str, convs: &[Conv]) -> Result<NodeId, Error> {
        let mut x = self.x;
        for (i, conv) in convs.iter().enumerate() {
            let numbered = format!("{part}_{}", i + 1);
            x = self.unit(if convs.len() == 1 { part } else { &numbered }, x, *conv)?;
        }
        Ok(x)
    }

    /// Means of 3x3, padding counted, then a 1x1 convolution.
    fn pool_branch(&mut self, outputs: usize) -> Result<NodeId, Error> {
        let pool = Op::ZeroPaddedAvgPool(Pool::square(3, 1, 1));
        let x = self.b.push(&format!("{}.avgpool", self.name), pool, &[self.x])?;
        self.unit("branch_pool", x, Conv::same(outputs, 1))
    }

    /// Maxima of 3x3 at half the size.
    fn max_branch(&mut self) -> Result<NodeId, Error> {
        self.b
            .max_pool(&format!("{}.maxpool", self.name), self.x, Pool::square(3, 2, 0))
    }

    fn concat(&mut self, part: &str, branches: &[NodeId]) -> Result<NodeId, Error> {
        self.b.concat(&format!("{}.{part}", self.name), branches)
    }

    /// torchvision's `InceptionA`.
    fn fine(mut self, pooled: usize) -> Result<NodeId, Error> {
        let branches = [
            self.branch("branch1x1", &[Conv::same(64, 1)])?,
            self.branch("branch5x5", &[Conv::same(48, 1), Conv::same(64, 5)])?,
            self.branch(
                "branch3x3dbl",
                &[Conv::same(64, 1), Conv::same(96, 3), Conv::same(96, 3)],
            )?,
            self.pool_branch(pooled)?,
        ];
        self.concat("concat", &branches)
    }

    /// torchvision's `InceptionB`.
    fn halve_fine(mut self) -> Result<NodeId, Error> {
        let half = |outputs| unpadded(outputs, 3).stride(2);
        let branches = [
            self.branch("branch3x3", &[half(384)])?,
            self.branch("branch3x3dbl", &[Conv::same(64, 1), Conv::same(96, 3), half(96)])?,
            self.max_branch()?,
        ];
        self.concat("concat", &branches)
    }

    /// torchvision's `InceptionC`: 7x7 as rows and columns.
    fn factorised(mut self, width: usize) -> Result<NodeId, Error> {
        let narrow = Conv::same(width, 1);
        let (rows, columns) = (|n| oblong(n, 1, 7), |n| oblong(n, 7, 1));
        let branches = [
            self.branch("branch1x1", &[Conv::same(192, 1)])?,
            self.branch("branch7x7", &[narrow, rows(width), columns(192)])?,
            self.branch(
                "branch7x7dbl",
                &[narrow, columns(width), rows(width), columns(width), rows(192)],
            )?,
            self.pool_branch(192)?,
        ];
        self.concat("concat", &branches)
    }

    /// torchvision's `InceptionD`.
    fn halve_factorised(mut self) -> Result<NodeId, Error> {
        let half = |outputs| unpadded(outputs, 3).stride(2);
        let narrow = Conv::same(192, 1);
        let branches = [
            self.branch("branch3x3", &[narrow, half(320)])?,
            self.branch(
                "branch7x7x3",
                &[narrow, oblong(192, 1, 7), oblong(192, 7, 1), half(192)],
            )?,
            self.max_branch()?,
        ];
        self.concat("concat", &branches)
    }

    /// torchvision's `InceptionE`: branches that end in a row and a column beside each other.
    fn spread(mut self) -> Result<NodeId, Error> {
        let straight = self.branch("branch1x1", &[Conv::same(320, 1)])?;
        let x = self.unit("branch3x3_1", self.x, Conv::same(384, 1))?;
        let three = self.both_ways("branch3x3_2", x)?;
        let x = self.unit("branch3x3dbl_1", self.x, Conv::same(448, 1))?;
        let x = self.unit("branch3x3dbl_2", x, Conv::same(384, 3))?;
        let double = self.both_ways("branch3x3dbl_3", x)?;
        let pooled = self.pool_branch(192)?;
        self.concat("concat", &[straight, three, double, pooled])
    }

    fn both_ways(&mut self, part: &str, x: NodeId) -> Result<NodeId, Error> {
        let row = self.unit(&format!("{part}a"), x, oblong(384, 1, 3))?;
        let column = self.unit(&format!("{part}b"), x, oblong(384, 3, 1))?;
        self.concat(&format!("{part}.concat"), &[row, column])
    }
}
