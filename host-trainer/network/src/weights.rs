//! Weights as plain numbers: what lies in a checkpoint, is folded, quantised and exported.

use crate::graph::is_projection;
use crate::{Error, ErrorKind, Graph, parameters};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Numbers with their sizes, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Sizes, the slowest first.
    pub shape: Vec<usize>,
    /// As many values as the sizes say.
    pub values: Vec<f32>,
}

/// All weights of a network by name, running statistics included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weights(pub BTreeMap<String, Array>);

impl Weights {
    /// The weights of one name.
    pub fn get(&self, name: &str) -> Result<&Array, Error> {
        self.0
            .get(name)
            .ok_or_else(|| Error::new(ErrorKind::Weights, format!("weights {name} are missing")))
    }

    /// Refuses unless these are exactly the parameters of `graph`, all numbers finite; lists everything that is wrong.
    pub fn check(&self, graph: &Graph) -> Result<(), Error> {
        let parameters = parameters::of_graph(graph);
        let mut faults = Vec::new();
        for p in &parameters {
            match self.0.get(&p.name) {
                None => faults.push(format!("{} is missing", p.name)),
                Some(a) if a.shape != p.shape || a.values.len() != a.shape.iter().product::<usize>() => {
                    faults.push(format!("{} is {:?} instead of {:?}", p.name, a.shape, p.shape));
                }
                Some(a) if a.values.iter().any(|v| !v.is_finite()) => {
                    faults.push(format!("{} holds numbers that are not finite", p.name));
                }
                Some(_) => {}
            }
        }
        let known: BTreeSet<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
        let unknown = self.0.keys().filter(|k| !known.contains(k.as_str()));
        faults.extend(unknown.map(|k| format!("{k} is unknown")));
        if faults.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Weights,
            format!(
                "the weights are not of this network: {}; use the recipe that they were trained with",
                faults.join("; ")
            ),
        ))
    }

    /// The weights of the graph as it was before [`Graph::with_projections`].
    pub fn without_projections(mut self) -> Self {
        self.0.retain(|name, _| !is_projection(name));
        self
    }

    /// Those that are parameters of this graph, such as [`crate::features_graph`] has them of the whole network.
    pub fn of_graph(&self, graph: &Graph) -> Self {
        let own = parameters::of_graph(graph).into_iter();
        let own = own.filter_map(|p| Some((p.name.clone(), self.0.get(&p.name)?.clone())));
        Self(own.collect())
    }

    /// The `.safetensors` form, all f32.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let bytes: Vec<(&String, &Array, Vec<u8>)> = self
            .0
            .iter()
            .map(|(n, a)| (n, a, a.values.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect();
        let fault = |e: SafeTensorError| {
            let message = "the weights cannot be brought into the form .safetensors";
            Error::with_source(ErrorKind::Weights, message, e)
        };
        let views = bytes
            .iter()
            .map(|(n, a, b)| {
                Ok((
                    *n,
                    TensorView::new(Dtype::F32, a.shape.clone(), b).map_err(fault)?,
                ))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        safetensors::serialize(views, None).map_err(fault)
    }

    /// Reads the `.safetensors` form; refuses anything but f32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| {
            let message = "not a .safetensors file, or a damaged one";
            Error::with_source(ErrorKind::Weights, message, e)
        })?;
        let mut weights = BTreeMap::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F32 {
                return Err(Error::new(
                    ErrorKind::Weights,
                    format!("{name} is {:?} instead of f32", view.dtype()),
                ));
            }
            let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            let array = Array {
                shape: view.shape().to_vec(),
                values: view.data().chunks_exact(4).map(number).collect(),
            };
            weights.insert(name, array);
        }
        Ok(Self(weights))
    }

    /// Reads a `.safetensors` file.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|e| Error::unreadable(path, e))?;
        Self::from_bytes(&bytes).map_err(|e| e.within(path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_come_back_from_disk_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("best.safetensors");
        let array = Array {
            shape: vec![2, 2],
            values: vec![1.5, -0.0, f32::MIN_POSITIVE, 3e38],
        };
        let weights = Weights([("a.weight".to_owned(), array)].into());
        std::fs::write(&path, weights.to_bytes().unwrap()).unwrap();
        assert_eq!(Weights::load(&path).unwrap(), weights);
    }

    #[test]
    fn a_damaged_or_absent_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.safetensors");
        let error = Weights::load(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::File);
        std::fs::write(&path, b"not weights").unwrap();
        let error = Weights::load(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Weights);
        assert!(error.to_string().contains("cut.safetensors"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}
