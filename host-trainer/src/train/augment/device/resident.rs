use crate::Error;
use crate::data::DataSet;
use crate::libtorch_ffi::{cuda_memory, send};
use std::collections::HashMap;
use tch::{Device, Kind, Tensor};

/// Bytes that go to the device at once.
const CHUNK: usize = 64 << 20;

/// Cells of a data set on the device, as bytes.
#[derive(Debug)]
pub(crate) struct DeviceCells {
    /// `[cells, 3, size, size]`.
    pixels: Tensor,
    rows: HashMap<usize, i64>,
    device: Device,
}

impl DeviceCells {
    /// Brings cells to the device, if they leave half of its free memory to the network. They stay where they
    /// are otherwise, and on the CPU, where they lie in memory already.
    pub(crate) fn that_fit(data: &DataSet, cells: &[usize], device: Device) -> Result<Option<Self>, Error> {
        let size = data.spec().size as usize;
        let bytes = (cells.len() * 3 * size * size) as u64;
        match cuda_memory(device) {
            Some(memory) if bytes <= memory.free / 2 => Self::of(data, cells, device).map(Some),
            _ => Ok(None),
        }
    }

    /// Brings cells to the device.
    pub(crate) fn of(data: &DataSet, cells: &[usize], device: Device) -> Result<Self, Error> {
        let size = i64::from(data.spec().size);
        let shape = [cells.len() as i64, 3, size, size];
        let pixels = Tensor::f_empty(shape, (Kind::Uint8, device))?;
        let at_once = (CHUNK / (3 * size * size) as usize).max(1);
        let mut bytes = Vec::new();
        for (i, chunk) in cells.chunks(at_once).enumerate() {
            bytes.clear();
            for cell in chunk {
                bytes.extend_from_slice(&data.planes(*cell)?);
            }
            let shape = [chunk.len() as i64, 3, size, size];
            let part = Tensor::f_from_data_size(&bytes, &shape, Kind::Uint8)?;
            let mut place = pixels.f_narrow(0, (i * at_once) as i64, chunk.len() as i64)?;
            place.f_copy_(&part)?;
        }
        Ok(Self {
            pixels,
            rows: cells
                .iter()
                .enumerate()
                .map(|(row, cell)| (*cell, row as i64))
                .collect(),
            device,
        })
    }

    /// Some of the cells, `[n, 3, size, size]` of bytes; nothing where one of them is not here.
    pub(crate) fn take(&self, cells: &[usize]) -> Result<Option<Tensor>, Error> {
        let rows: Option<Vec<i64>> = cells.iter().map(|c| self.rows.get(c).copied()).collect();
        let Some(rows) = rows else {
            return Ok(None);
        };
        let rows = send(&Tensor::f_from_slice(&rows)?, self.device)?;
        Ok(Some(self.pixels.f_index_select(0, &rows)?))
    }
}
