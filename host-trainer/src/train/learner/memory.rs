//! A GPU that runs out of memory: which batch would fit.

use crate::train::recipe::Recipe;
use crate::{Error, ErrorKind};
use blastscope_network::{Graph, account};
use std::error::Error as _;

/// Weights, their gradients, their average and two moments.
const COPIES_OF_WEIGHTS: usize = 5;
/// Share of the memory to count on: kernels want room to work in, and blocks lie scattered.
const USABLE: f64 = 0.85;

/// The error as it is; or, where the GPU has run out of memory, one that says which batch would fit.
/// `state` says what of the run is kept.
pub(crate) fn explain(error: Error, graph: &Graph, recipe: &Recipe, state: &str) -> Error {
    let source = error.source().map_or(String::new(), |s| s.to_string());
    let Some(said) = [error.to_string(), source]
        .into_iter()
        .find(|t| t.contains("out of memory"))
    else {
        return error;
    };
    let batch = recipe.optimisation.batch;
    let fits = fitting_batch(graph, batch, usable_bytes(&said));
    let remedy = if fits < 2 {
        "not even a batch of 2 would fit: take a smaller input.size or another GPU".to_owned()
    } else {
        let k = recipe.optimisation.accumulate * batch.div_ceil(fits);
        format!(
            "a batch of {fits} would fit: --set optimisation.batch={fits} --set optimisation.accumulate={k}, with another \
             --out, since that is another recipe"
        )
    };
    let first = said.lines().next().unwrap_or_default();
    let message =
        format!("the GPU has too little memory for a batch of {batch}; {remedy}; {state} ({first})");
    Error::new(ErrorKind::Memory, message)
}

/// The largest of `batch` halved once or more often that is estimated to fit; below 2: none does. Where
/// nothing is known of the memory, half.
fn fitting_batch(graph: &Graph, batch: usize, usable: Option<f64>) -> usize {
    let counted = account::count(graph);
    let outputs = counted.nodes.iter().map(|n| n.output.iter().product::<usize>());
    // Training keeps what each node gives until its gradient is known.
    let picture = (outputs.sum::<usize>() * size_of::<f32>()) as f64;
    let fixed = (COPIES_OF_WEIGHTS * counted.parameters * size_of::<f32>()) as f64;
    let mut fits = batch / 2;
    if let Some(usable) = usable {
        while fits >= 2 && fixed + fits as f64 * picture > usable * USABLE {
            fits /= 2;
        }
    }
    fits
}

/// What this process could have, from libtorch's message: what is free, and what it holds.
fn usable_bytes(said: &str) -> Option<f64> {
    let free = bytes_before(said, " is free")?;
    Some(free + bytes_before(said, " memory in use").unwrap_or(0.0))
}

/// The amount before some words, such as `12.31 MiB`.
fn bytes_before(said: &str, words: &str) -> Option<f64> {
    let mut back = said[..said.find(words)?].rsplit(' ');
    let (unit, number) = (back.next()?, back.next()?);
    let factor = match unit {
        "bytes" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::tests::{recipe, small_network};

    const SAID: &str = "CUDA out of memory. Tried to allocate 2.00 MiB. GPU 0 has a total capacity of 8.00 MiB of which \
        512.00 KiB is free. Including non-PyTorch memory, this process has 1.50 MiB memory in use. Of the allocated \
        memory 1.00 MiB is allocated by PyTorch, and 0 bytes is reserved by PyTorch but unallocated.";

    #[test]
    fn the_batch_that_fits_follows_from_what_libtorch_says_is_free() {
        assert_eq!(usable_bytes(SAID), Some(2.0 * 1024.0 * 1024.0));
        assert_eq!(usable_bytes("CUDA error: out of memory"), None);
        let network = small_network(1);
        // A picture of 3 x 32 x 32 and what two small stages make of it: 37 kB.
        let fits = fitting_batch(network.graph(), 256, Some(2.0 * 1024.0 * 1024.0));
        assert_eq!(fits, 32);
        assert_eq!(fitting_batch(network.graph(), 256, None), 128);
        assert_eq!(fitting_batch(network.graph(), 256, Some(1024.0)), 1);
    }

    #[test]
    fn a_gpu_without_memory_is_told_with_the_batch_and_what_is_kept() {
        let network = small_network(1);
        let mut recipe = recipe();
        recipe.optimisation.batch = 64;
        let torch = Error::from(tch::TchError::Torch(SAID.into()));
        let told = explain(
            torch,
            network.graph(),
            &recipe,
            "the state after 3 epochs is kept",
        );
        assert_eq!(told.kind(), ErrorKind::Memory);
        for word in [
            "batch of 64",
            "optimisation.batch=32",
            "optimisation.accumulate=2",
            "3 epochs",
        ] {
            assert!(told.to_string().contains(word), "{told}");
        }
        // What comes through the arithmetic of quantisation is known too.
        let inner: Error = {
            let torch = tch::TchError::Torch(SAID.into());
            blastscope_network::Error::with_source(
                blastscope_network::ErrorKind::Arithmetic,
                "libtorch refused",
                torch,
            )
        }
        .into();
        assert_eq!(
            explain(inner, network.graph(), &recipe, "").kind(),
            ErrorKind::Memory
        );
        let other = Error::new(ErrorKind::Torch, "something else");
        assert_eq!(
            explain(other, network.graph(), &recipe, "").kind(),
            ErrorKind::Torch
        );
    }
}
