//! What is asked of a network, whichever it is: size, labels, and the options that all of them have.

use super::head::{Attached, Head};
use super::layers::numbered;
use super::normalisation::Normalisation;
use crate::{Builder, Conv, Error, ErrorKind, Graph, HEAD, Initialisation, NodeId, Op};

/// Names of the options that every network has.
pub(super) const SHARED_OPTIONS: [&str; 3] = ["head", "normalisation", "initialisation"];

/// Size of the picture, number of logits, and the options that every network has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    /// Height and width of the picture, in pixels.
    pub(super) size: usize,
    /// Number of logits.
    pub(super) outputs: usize,
    /// What stands between the features and the logits.
    pub(super) head: Head,
    /// What is done to the colours first.
    pub(super) normalisation: Normalisation,
    /// How the weights begin; the network's own way where absent.
    pub(super) initialisation: Option<Initialisation>,
}

impl Request {
    /// All options as they are by default.
    pub(super) fn plain(size: usize, labels: usize) -> Self {
        Self {
            size,
            outputs: labels,
            head: Head::default(),
            normalisation: Normalisation::UNIT,
            initialisation: None,
        }
    }

    /// Takes the shared options out of a network's table in the recipe; the network's own stay.
    pub(super) fn read(size: usize, labels: usize, options: &mut toml::Table) -> Result<Self, Error> {
        let plain = Self::plain(size, labels);
        let [head, normalisation, initialisation] = SHARED_OPTIONS.map(|key| options.remove(key));
        let head = head.map_or(Ok(plain.head), |v| Head::read(&v))?;
        let normalisation = normalisation.map_or(Ok(plain.normalisation), |v| Normalisation::read(&v))?;
        let initialisation = initialisation
            .map(|v| v.try_into::<Initialisation>())
            .transpose()
            .map_err(|e| {
                let why = e.message();
                Error::new(ErrorKind::Unknown, format!("network.initialisation: {why}"))
            })?;
        Ok(Self {
            size,
            outputs: head.outputs(labels)?,
            head,
            normalisation,
            initialisation,
        })
    }

    /// A builder whose weights begin in the network's own way unless the recipe says otherwise, and the
    /// normalised picture.
    pub(super) fn begin(&self, own: Initialisation) -> Result<(Builder, NodeId), Error> {
        let mut b = Builder::new([3, self.size, self.size])?;
        b.initialise(self.initialisation.unwrap_or(own));
        let picture = self.normalisation.apply(&mut b)?;
        Ok((b, picture))
    }

    /// The graph after bottlenecks: the head of statistics over the cell, which takes maps of the trunk, where it is asked for;
    /// else the last convolution, as a block of this name, and a head of pooled features.
    pub(super) fn finish_bottlenecks(
        &self,
        mut b: Builder,
        x: NodeId,
        last: &str,
        eps: f64,
        dropout: f64,
    ) -> Result<Graph, Error> {
        if let Head::MaskedStatistics(head) = &self.head {
            return head.finish(b, self.size, self.outputs);
        }
        b.block(last);
        let x = numbered(&mut b, last, x, Conv::same(1280, 1), eps, Some(Op::Relu6))?;
        self.finish_pooled(b, x, "classifier.1", dropout)
    }

    /// The graph that ends in the head asked for. `own` builds the network's own classifier on the features,
    /// with so many outputs, and the dropout of the head where that names one.
    pub(super) fn finish(
        &self,
        mut b: Builder,
        features: NodeId,
        own: impl FnOnce(&mut Builder, NodeId, usize, Option<f64>) -> Result<NodeId, Error>,
    ) -> Result<Graph, Error> {
        b.block(HEAD);
        let logits = match self.head.attach(&mut b, features, self.outputs)? {
            Attached::Logits(logits) => logits,
            Attached::Own { dropout } => own(&mut b, features, self.outputs, dropout)?,
        };
        b.build(logits)
    }

    /// The graph that ends in mean of each channel, dropout where it is above 0, and a linear map of this name, unless
    /// another head is asked for.
    pub(super) fn finish_pooled(
        &self,
        b: Builder,
        features: NodeId,
        linear: &str,
        dropout: f64,
    ) -> Result<Graph, Error> {
        self.finish(b, features, |b, x, outputs, of_head| {
            let rate = of_head.unwrap_or(dropout);
            let x = b.global_average_pool("pool", x)?;
            let mut x = b.flatten("flatten", x)?;
            if rate != 0.0 {
                x = b.dropout("dropout", x, rate)?;
            }
            b.linear(linear, x, outputs)
        })
    }
}
