//! One picture of a source, cut into its cells.

use super::boxes::{LabelledBox, matched, overlap, read_boxes, shared_area};
use super::difference_hash::difference_hash;
use super::label_rule::{Candidates, LabelRule};
use super::lift::{has_cell, lift_black};
use super::listed_pictures::Picture;
use super::sources::{Kind, Source};
use blastscope_shared::preprocess::{CellCrop, InputSpec, is_masked, masked_cell};
use blastscope_vision::crop::{cell_of_picture, crop_found};
use blastscope_vision::find::{FinderSettings, FoundCell, FoundField, central_cell, find_cells};
use blastscope_vision::picture::{decode_picture, view};
use blastscope_vision::raster::{Mask, PixelSize, PreparedField, RED_CELL_NM, Rect};
use image::RgbImage;
use image::imageops::{FilterType, resize};
use std::collections::BTreeMap;
use std::path::Path;

/// Most overlap of an ellipse with the box of a labelled cell, intersection over union.
const ELLIPSE_BESIDE: f64 = 0.05;

/// One cell, cut.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CutCell {
    pub crop: CellCrop,
    pub labels: Candidates,
    /// Pixels of its outline on the picture.
    pub area: u64,
    /// Scale of the picture.
    pub nanometres: u32,
}

/// The cells of one picture, and what was passed over.
#[derive(Debug, Default)]
pub(super) struct CutPicture {
    pub cells: Vec<CutCell>,
    pub passed_over: BTreeMap<&'static str, usize>,
    /// Where pictures that look alike are joined.
    pub look: Option<u64>,
}

/// How the pictures of one source are cut.
#[derive(Debug)]
pub(super) struct Cutter<'a> {
    pub root: &'a Path,
    pub source: &'a Source,
    pub rule: LabelRule,
    pub input: &'a InputSpec,
    pub finder: FinderSettings,
}

impl<'a> Cutter<'a> {
    /// With the finder as the device has it, but for the least score where the source gives one.
    pub(super) fn new(root: &'a Path, source: &'a Source, rule: LabelRule, input: &'a InputSpec) -> Self {
        let mut finder = FinderSettings::default();
        if let Some(score) = source.least_score {
            finder.least_score = score;
        }
        Self {
            root,
            source,
            rule,
            input,
            finder,
        }
    }

    /// Cuts a picture; at most `ellipses` of its boxes as ellipses. An error is a picture that cannot be read or
    /// boxes that make no sense.
    pub(super) fn cut(&self, picture: &Picture, bytes: &[u8], ellipses: usize) -> Result<CutPicture, String> {
        let pixels = self.widened(decode_picture(bytes).map_err(|e| e.to_string())?);
        let mut cut = CutPicture::default();
        match self.source.kind {
            Kind::Masked | Kind::Centre => self.one_cell(picture, &pixels, &mut cut)?,
            Kind::Fields => self.field(picture, &pixels, ellipses, &mut cut)?,
        }
        cut.look = self.source.join_alike.map(|_| difference_hash(&pixels));
        Ok(cut)
    }

    /// The picture in the proportions of the specimen, with the height that it has.
    fn widened(&self, pixels: RgbImage) -> RgbImage {
        let Some(times) = self.source.widen else {
            return pixels;
        };
        let (width, height) = pixels.dimensions();
        let wide = ((width as f32 * times).round() as u32).max(1);
        resize(&pixels, wide, height, FilterType::Triangle)
    }

    fn one_cell(&self, picture: &Picture, pixels: &RgbImage, cut: &mut CutPicture) -> Result<(), String> {
        let told = |e: blastscope_vision::Error| e.to_string();
        let nanometres = self.stated(pixels)?;
        let scale = PixelSize::new(nanometres);
        let whole = view(pixels).map_err(told)?;
        let labels = picture.labels.clone().ok_or("has no label")?;
        let masked = is_masked(whole);
        if self.source.kind == Kind::Masked && !masked {
            return Err(
                "shows no single cell on black: give kind = \"centre\" for pictures with background".into(),
            );
        }
        // The area is not told by the crop, so the outline is taken by itself.
        let (crop, area) = if masked {
            let mask = masked_cell(whole).map_err(|e| e.to_string())?;
            (
                cell_of_picture(pixels, scale, &self.finder, self.input).map_err(told)?,
                mask.area(),
            )
        } else {
            let Some(cell) = central_cell(pixels, &self.finder) else {
                cut.pass_over("no cell in the middle");
                return Ok(());
            };
            if !covers_middle(&cell, pixels) {
                cut.pass_over("the cell found is not in the middle");
                return Ok(());
            }
            let area = u64::from(cell.mask.area());
            (crop_found(pixels, &cell, scale, self.input).map_err(told)?, area)
        };
        cut.add(crop, labels, area, nanometres);
        Ok(())
    }

    fn field(
        &self,
        picture: &Picture,
        pixels: &RgbImage,
        ellipses: usize,
        cut: &mut CutPicture,
    ) -> Result<(), String> {
        let found = find_cells(&PreparedField::new(pixels), &self.finder);
        let Some(nanometres) = self.scale_of_field(pixels, &found) else {
            cut.pass_over("fields without a scale");
            return Ok(());
        };
        let boxes = self.boxes(picture, pixels)?;
        let named = |b: &&LabelledBox| self.rule.of_class.contains_key(&b.class);
        let labelled: Vec<LabelledBox> = boxes.iter().filter(named).copied().collect();
        let places: Vec<Rect> = labelled.iter().map(|b| b.place).collect();
        let bounds: Vec<Rect> = found.cells.iter().map(|c| c.bounds).collect();
        let of_cell = matched(&bounds, &places);
        for (cell, at) in found.cells.iter().zip(&of_cell) {
            let labels = match (&picture.labels, at) {
                (Some(labels), _) => labels,
                (None, Some(at)) => &self.rule.of_class[&labelled[*at].class],
                (None, None) => match &self.rule.unmatched {
                    Some(_) if places.iter().any(|p| shared_area(p, &cell.bounds) > 0) => {
                        cut.pass_over("found cells beside a box");
                        continue;
                    }
                    Some(labels) => labels,
                    None => {
                        cut.pass_over("found cells without a box");
                        continue;
                    }
                },
            };
            // The device counts no such cell either.
            if cell.cut_by_border {
                cut.pass_over("cells cut by the border");
                continue;
            }
            self.add_found(pixels, cell, labels.clone(), nanometres, cut)?;
        }
        let missed = labelled.len() - of_cell.iter().flatten().count();
        *cut.passed_over.entry("boxes without a found cell").or_insert(0) += missed;
        self.ellipses(pixels, &boxes, &places, ellipses, nanometres, cut)
    }

    fn ellipses(
        &self,
        pixels: &RgbImage,
        boxes: &[LabelledBox],
        labelled: &[Rect],
        most: usize,
        nanometres: u32,
        cut: &mut CutPicture,
    ) -> Result<(), String> {
        let (Some(ellipses), Some(labels)) = (&self.source.ellipses, &self.rule.ellipse) else {
            return Ok(());
        };
        let whole =
            |r: &Rect| r.left > 0 && r.top > 0 && r.right() < pixels.width() && r.bottom() < pixels.height();
        let apart = |r: &Rect| labelled.iter().all(|l| overlap(l, r) < ELLIPSE_BESIDE);
        let usable: Vec<Rect> = boxes
            .iter()
            .filter(|b| ellipses.classes.contains(&b.class) && whole(&b.place) && apart(&b.place))
            .map(|b| b.place)
            .collect();
        let most = most.min(usable.len());
        for i in 0..most {
            let cell = ellipse(usable[i * usable.len() / most]);
            self.add_found(pixels, &cell, labels.clone(), nanometres, cut)?;
        }
        Ok(())
    }

    fn add_found(
        &self,
        pixels: &RgbImage,
        cell: &FoundCell,
        labels: Candidates,
        nanometres: u32,
        cut: &mut CutPicture,
    ) -> Result<(), String> {
        let crop = crop_found(pixels, cell, PixelSize::new(nanometres), self.input);
        let area = u64::from(cell.mask.area());
        cut.add(crop.map_err(|e| e.to_string())?, labels, area, nanometres);
        Ok(())
    }

    fn scale_of_field(&self, pixels: &RgbImage, found: &FoundField) -> Option<u32> {
        let by_red_cells = self.source.pixel_size.and(found.red_cell_diameter);
        let measured = by_red_cells.map(|d| (RED_CELL_NM / d).round() as u32);
        measured
            .filter(|nm| *nm > 0)
            .or_else(|| self.source.stated(pixels.width(), pixels.height()))
    }

    fn stated(&self, pixels: &RgbImage) -> Result<u32, String> {
        let (w, h) = pixels.dimensions();
        self.source
            .stated(w, h)
            .ok_or_else(|| format!("no nanometres_per_pixel for pictures of {w}x{h}: add \"{w}x{h}\" to it"))
    }

    /// The boxes of a picture; none where it has no file of them.
    fn boxes(&self, picture: &Picture, pixels: &RgbImage) -> Result<Vec<LabelledBox>, String> {
        let Some(folder) = &self.source.boxes else {
            return Ok(Vec::new());
        };
        let below = picture.file.strip_prefix(&self.source.folder);
        let below = below.unwrap_or(&picture.file).trim_start_matches('/');
        let path = self.root.join(folder).join(below).with_extension("txt");
        let told = |e: String| format!("{}: {e}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|e| {
            told(format!(
                "{e}; each picture needs its boxes, an empty file where there are none"
            ))
        })?;
        read_boxes(&text, pixels.width(), pixels.height()).map_err(told)
    }
}

impl CutPicture {
    fn pass_over(&mut self, why: &'static str) {
        *self.passed_over.entry(why).or_insert(0) += 1;
    }

    fn add(&mut self, crop: CellCrop, labels: Candidates, area: u64, nanometres: u32) {
        let crop = lift_black(crop);
        if has_cell(&crop) {
            self.cells.push(CutCell {
                crop,
                labels,
                area,
                nanometres,
            });
        } else {
            self.pass_over("cells without a pixel that is not black");
        }
    }
}

/// Whether the middle of the picture lies in the box of the cell.
fn covers_middle(cell: &FoundCell, pixels: &RgbImage) -> bool {
    cell.bounds.contains(pixels.width() / 2, pixels.height() / 2)
}

/// The ellipse that fills a box.
fn ellipse(place: Rect) -> FoundCell {
    let (a, b) = (f64::from(place.width) / 2.0, f64::from(place.height) / 2.0);
    let inside = |i: u32| {
        let x = (f64::from(i % place.width) + 0.5 - a) / a;
        let y = (f64::from(i / place.width) + 0.5 - b) / b;
        u8::from(x * x + y * y <= 1.0)
    };
    let mask = |data| Mask {
        width: place.width,
        height: place.height,
        data,
    };
    let pixels = place.width * place.height;
    FoundCell {
        bounds: place,
        score: 0.0,
        mask: mask((0..pixels).map(inside).collect()),
        nucleus: mask(vec![0; pixels as usize]),
        cut_by_border: false,
    }
}
