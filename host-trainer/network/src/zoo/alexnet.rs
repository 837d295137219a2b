//! AlexNet in the form of Krizhevsky 2014, torchvision's `alexnet`.

use super::ClassifierOptions;
use super::request::Request;
use super::vgg::{HIDDEN, conv_relu};
use crate::{Conv, Error, Graph, Initialisation, Pool};

/// Builds the network. torchvision averages the features to 6x6, which is what they are at 224 px; here
/// the classifier takes them as they come.
pub(super) fn alexnet(own: &ClassifierOptions, request: &Request) -> Result<Graph, Error> {
    let first = Conv {
        padding: [2; 2],
        ..Conv::same(64, 11).stride(4)
    };
    let convs = [
        (first, true),
        (Conv::same(192, 5), true),
        (Conv::same(384, 3), false),
        (Conv::same(256, 3), false),
        (Conv::same(256, 3), true),
    ];
    let (mut b, mut x) = request.begin(Initialisation::LeCun)?;
    let mut index = 0;
    for (conv, pooled) in convs {
        b.block(&format!("features.{index}"));
        x = conv_relu(&mut b, &mut index, x, conv)?;
        if pooled {
            x = b.max_pool(&format!("features.{index}"), x, Pool::square(3, 2, 0))?;
            index += 1;
        }
    }
    request.finish(b, x, |b, x, outputs, of_head| {
        let rate = of_head.or(own.dropout).unwrap_or(0.5);
        let mut x = b.flatten("flatten", x)?;
        for first in [0, 3] {
            x = b.dropout(&format!("classifier.{first}"), x, rate)?;
            x = b.linear(&format!("classifier.{}", first + 1), x, HIDDEN)?;
            x = b.relu(&format!("classifier.{}", first + 2), x)?;
        }
        b.linear("classifier.6", x, outputs)
    })
}
