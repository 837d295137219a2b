use super::saliency::{Method, Saliency, saliency};
use super::{Evaluated, Part, Prediction};
use crate::data::DataSet;
use crate::{Error, ErrorKind};
use image::codecs::png::PngEncoder;
use image::imageops::{FilterType, resize};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use std::collections::BTreeMap;
use tch::Device;

/// Wrong cells that a report shows.
const SHOWN: usize = 24;
/// Pixels along a picture's side at most: 24 pairs of pictures stay below 2 MB.
const SIDE: u32 = 128;

/// The cells that are decided wrong with the most confidence.
#[derive(Debug)]
pub(super) struct Worst {
    /// Cells that are decided wrong, in all.
    pub wrong: usize,
    /// The first of them, most confident first.
    pub cells: Vec<WorstCell>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct WorstCell {
    pub prediction: Prediction,
    /// Where the data are at hand.
    pub picture: Option<CellPicture>,
}

/// A cell as the network sees it, and where it looks.
#[derive(Debug)]
pub(super) struct CellPicture {
    /// Width and height of both pictures.
    pub side: u32,
    /// In colour, PNG.
    pub cell: Vec<u8>,
    /// In grey, bright where the map is high, PNG.
    pub shaded: Vec<u8>,
    /// The map, 0..=1.
    pub map: Vec<f32>,
    pub method: Method,
}

impl Worst {
    /// With pictures where there are data to take them from.
    pub(crate) fn of(evaluated: &Evaluated, cells: Option<(&DataSet, Device)>) -> Result<Self, Error> {
        let mut wrong: Vec<(usize, &Prediction)> = Vec::new();
        for (number, part) in evaluated.parts().iter().enumerate() {
            let of_part = part.predictions.iter().filter(|p| p.decision != p.label);
            wrong.extend(of_part.map(|p| (number, p)));
        }
        wrong.sort_by(|(_, a), (_, b)| b.confidence.total_cmp(&a.confidence).then(a.file.cmp(&b.file)));
        let count = wrong.len();
        wrong.truncate(SHOWN);
        let mut pictures = BTreeMap::new();
        if let Some((data, device)) = cells {
            for (number, part) in evaluated.parts().iter().enumerate() {
                let own: Vec<&Prediction> = wrong.iter().filter(|w| w.0 == number).map(|w| w.1).collect();
                let drawn = draw(part, &own, data, device)?;
                pictures.extend(own.into_iter().map(|p| p.file.clone()).zip(drawn));
            }
        }
        let cell = |(_, p): (usize, &Prediction)| WorstCell {
            picture: pictures.remove(&p.file),
            prediction: p.clone(),
        };
        Ok(Self {
            wrong: count,
            cells: wrong.into_iter().map(cell).collect(),
        })
    }
}

/// Pictures of some test cells of a run, in order.
fn draw(
    part: &Part,
    cells: &[&Prediction],
    data: &DataSet,
    device: Device,
) -> Result<Vec<CellPicture>, Error> {
    part.run.check_data(data)?;
    if cells.is_empty() {
        return Ok(Vec::new());
    }
    let places: BTreeMap<&str, usize> = (0..data.len()).map(|i| (data.cell(i).file.as_str(), i)).collect();
    let place = |p: &&Prediction| {
        let missing = || {
            let folder = part.run.folder().display();
            Error::new(
                ErrorKind::Run,
                format!(
                    "{} of {folder} is not among the data: evaluate the run again",
                    p.file
                ),
            )
        };
        Ok((*places.get(p.file.as_str()).ok_or_else(missing)?, p.decision))
    };
    let chosen = cells.iter().map(place).collect::<Result<Vec<_>, Error>>()?;
    let side = data.spec().size.min(SIDE);
    let network = part.run.best_network(device)?;
    let maps = saliency(&network, data, &chosen, side as usize)?;
    let drawn = chosen.iter().zip(maps);
    drawn
        .map(|((index, _), map)| picture(data, *index, map))
        .collect()
}

fn picture(data: &DataSet, index: usize, map: Saliency) -> Result<CellPicture, Error> {
    let size = data.spec().size;
    let refuse = |e: image::ImageError| {
        let message = format!("cannot draw {}", data.cell(index).file);
        Error::with_source(ErrorKind::Picture, message, e)
    };
    let colour = RgbImage::from_raw(size, size, data.crop(index)?.interleaved()).unwrap_or_default();
    let side = map.side as u32;
    let colour = if size == side {
        colour
    } else {
        resize(&colour, side, side, FilterType::Triangle)
    };
    // Stretched to white: cells that are dark in colour would be lost in grey.
    let brightest = colour.pixels().map(|p| luma(p.0)).fold(1.0, f32::max);
    let shade = |(p, m): (&image::Rgb<u8>, &f32)| shade(luma(p.0) / brightest, *m);
    let grey: Vec<u8> = colour.pixels().zip(&map.values).map(shade).collect();
    let png = |pixels: &[u8], kind: ExtendedColorType| {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new(&mut bytes);
        encoder.write_image(pixels, side, side, kind).map_err(refuse)?;
        Ok::<_, Error>(bytes)
    };
    Ok(CellPicture {
        side,
        cell: png(colour.as_raw(), ExtendedColorType::Rgb8)?,
        shaded: png(&grey, ExtendedColorType::L8)?,
        method: map.method,
        map: map.values,
    })
}

/// ITU-R BT.601.
fn luma([r, g, b]: [u8; 3]) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
}

/// Brighter where the map is high, also on black.
fn shade(luma: f32, map: f32) -> u8 {
    (luma * (80.0 + 110.0 * map) + 65.0 * map) as u8
}
