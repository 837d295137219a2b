use super::*;
use crate::data::drawn_cells::draw_cell;
use crate::data::{DataChoice, DataSet};
use blastscope_shared::class::Role;
use blastscope_vision::crop::{cell_of_picture, crop_found};
use blastscope_vision::find::{FinderSettings, find_cells};
use blastscope_vision::raster::{PixelSize, PreparedField};
use blastscope_vision::synthetic::Smear;
use image::RgbImage;
use image::imageops::crop_imm;
use std::fs;
use std::path::PathBuf;

const INPUT: InputSpec = InputSpec::masked_cell(96, 160);

const LABELS: &str = r#"
[labels]
white = "white_cell"
blast = "blast"
dirt = "no_cell"
"#;

/// Masked cells of A1 and H1, single cells with their background, and fields, all drawn.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for subject in ["A1", "H1", "H2"] {
            for number in 0..2 {
                let file = format!("masked/{}/{subject}-{number}.png", &subject[..1]);
                bench.save(&file, &draw_cell(subject, number));
            }
        }
        let mut index = "file,class,person,elsewhere\n".to_owned();
        let field = Smear::draw(&Default::default(), 3, 0.5).image;
        bench.save("fields/a.png", &field);
        for (number, cell) in find_cells(&PreparedField::new(&field), &FinderSettings::default())
            .cells
            .iter()
            .filter(|c| !c.cut_by_border)
            .enumerate()
        {
            let middle = cell.bounds.centre();
            let corner = |at: f32, side: u32| (at as u32).saturating_sub(110).min(side - 220);
            let (x, y) = (corner(middle.x, field.width()), corner(middle.y, field.height()));
            let file = format!("{number}.png");
            bench.save(
                &format!("centre/{file}"),
                &crop_imm(&field, x, y, 220, 220).to_image(),
            );
            let elsewhere = if number == 0 { "fields/a.png" } else { "" };
            index += &format!("{file},w,p{},{elsewhere}\n", number % 2);
        }
        fs::write(bench.root().join("centre/index.csv"), index).unwrap();
        bench
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn save(&self, file: &str, picture: &RgbImage) {
        let path = self.root().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture.save(path).unwrap();
    }

    fn cut(&self, sources: &str, coding: Coding) -> Result<(DataSet, Cut), Error> {
        let list =
            SourceList::parse(&format!("{LABELS}{sources}")).map_err(|e| Error::new(ErrorKind::Data, e))?;
        let path = self.dir.path().join("cells.pack");
        let request = CutRequest {
            list: &list,
            root: &self.root(),
            input: &INPUT,
            coding,
            unreadable: Unreadable::Refuse,
            limit: None,
        };
        let done = cut(&path, request)?;
        Ok((DataSet::of_pack(&path, &choice(), &INPUT)?, done))
    }

    fn refuse(&self, sources: &str, words: &[&str]) {
        let text = self.cut(sources, Coding::Raw).unwrap_err().to_string();
        for word in words {
            assert!(text.contains(word), "{word:?} in {text}");
        }
        assert!(!self.dir.path().join("cells.pack").exists());
    }
}

fn choice() -> DataChoice {
    toml::from_str("layout = \"cells\"").unwrap()
}

/// A source with what every one needs and these lines.
fn source(name: &str, lines: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\ntitle = \"T\"\nlicence = \"L\"\ncitation = \"C\"\n{lines}\n")
}

fn masked(lines: &str) -> String {
    let fixed = "folder = \"masked\"\nkind = \"masked\"\nnanometres_per_pixel = 55";
    source("masked", &format!("{fixed}\n{lines}"))
}

const CENTRE: &str = "folder = \"centre\"\nkind = \"centre\"\nindex = \"index.csv\"\nlabel_column = \"class\"\n\
                      group = \"column\"\ngroup_column = \"person\"\nlabels = { w = [\"white\", \"blast\"] }\n";

const FIELDS: &str = "folder = \"fields\"\nkind = \"fields\"\ngroup = \"file\"\n";

#[test]
fn what_is_cut_is_what_the_device_cuts() {
    let bench = Bench::new();
    let sources = masked("group = \"file\"\nlabels = { A = \"blast\", H = \"white\" }")
        + &source("centre", &format!("{CENTRE}nanometres_per_pixel = 110"))
        + &source(
            "fields",
            &format!("{FIELDS}nanometres_per_pixel = 110\nlabels = {{ fields = \"white\" }}"),
        );
    let (set, done) = bench.cut(&sources, Coding::Raw).unwrap();
    assert_eq!(done.cells, set.len());
    let finder = FinderSettings::default();
    let picture = |file: &str| image::open(bench.root().join(file)).unwrap().into_rgb8();
    let mut seen = [0; 3];
    for i in 0..set.len() {
        let cell = set.cell(i);
        let device = match cell.file.split_once('#') {
            None => {
                let nm = if cell.file.starts_with("masked") { 55 } else { 110 };
                seen[usize::from(nm == 110)] += 1;
                cell_of_picture(&picture(&cell.file), PixelSize::new(nm), &finder, &INPUT).unwrap()
            }
            Some((file, number)) => {
                seen[2] += 1;
                let field = picture(file);
                let found = find_cells(&PreparedField::new(&field), &finder).cells;
                let mut whole = found.iter().filter(|c| !c.cut_by_border);
                let found = whole.nth(number.parse::<usize>().unwrap() - 1).unwrap();
                crop_found(&field, found, PixelSize::new(110), &INPUT).unwrap()
            }
        };
        assert!(device.planes() == &*set.planes(i).unwrap(), "{}", cell.file);
    }
    assert!(seen[0] == 6 && seen[1] >= 3 && seen[2] >= 3, "{seen:?}");
}

#[test]
fn cells_keep_their_source_candidates_groups_and_masks() {
    let bench = Bench::new();
    let list = masked("group = \"source\"\nlabels = { A = \"blast\", H = \"white\" }")
        + &source(
            "centre",
            &format!(
                "{CENTRE}nanometres_per_pixel = 110\nskip = {{ column = \"elsewhere\", when = \"not-empty\" }}"
            ),
        );
    let (set, done) = bench.cut(&list, Coding::Jpeg { quality: 95 }).unwrap();
    let collection = set.collection();
    let roles = collection.roles.as_ref().unwrap();
    assert_eq!(roles.all(), [Role::WhiteCell, Role::Blast, Role::NoCell]);
    assert_eq!(collection.labels.names(), ["white", "blast", "dirt"]);
    let of: Vec<u64> = collection.sources.iter().map(|s| s.cells).collect();
    assert_eq!((of[0], of.iter().sum::<u64>()), (6, set.len() as u64));
    for i in 0..set.len() {
        let cell = set.cell(i);
        let group = cell.group.as_str();
        match cell.source.as_deref() {
            Some("masked") => assert!(cell.candidates.is_empty() && group == "masked:all"),
            _ => assert!(cell.candidates == [0, 1] && ["centre:p0", "centre:p1"].contains(&group)),
        }
        let mask = set.mask(i).unwrap();
        let inside = mask.iter().filter(|m| **m).count();
        assert!(inside > 100 && inside < mask.len(), "{inside}");
    }
    assert!(!collection.cells.iter().any(|c| c.file == "centre/0.png"));
    let lines = done.tally.lines(&collection.labels).join("\n");
    assert!(
        lines.contains("white or blast") && lines.contains("skipped by the index: 1"),
        "{lines}"
    );
}

#[test]
fn boxes_label_the_cells_that_they_stand_around_and_others_are_no_cells() {
    let bench = Bench::new();
    let field = Smear::draw(&Default::default(), 3, 0.5).image;
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default()).cells;
    let whole: Vec<_> = found.iter().filter(|c| !c.cut_by_border).collect();
    let boxes: Vec<String> = whole[1..]
        .iter()
        .map(|c| {
            let (b, w, h) = (c.bounds, field.width() as f32, field.height() as f32);
            let m = b.centre();
            let (bw, bh) = (b.width as f32 / w, b.height as f32 / h);
            format!(
                "0 {} {} {bw} {bh}\n1 {} {} {bw} {bh}\n",
                m.x / w,
                m.y / h,
                0.5,
                0.02
            )
        })
        .collect();
    fs::create_dir_all(bench.root().join("boxes")).unwrap();
    let path = bench.root().join("boxes/a.txt");
    fs::write(&path, boxes.concat()).unwrap();
    let lines = "pixel_size = \"red-cells\"\nnanometres_per_pixel = 200\nboxes = \"boxes\"\n\
                 box_labels = { \"0\" = [\"white\", \"blast\"] }\nunmatched = \"dirt\"";
    let (set, _) = bench
        .cut(&source("f", &format!("{FIELDS}{lines}")), Coding::Raw)
        .unwrap();
    let kinds: Vec<usize> = (0..set.len()).map(|i| set.cell(i).candidates.len()).collect();
    let expected: Vec<usize> = whole
        .iter()
        .enumerate()
        .map(|(i, _)| if i == 0 { 0 } else { 2 })
        .collect();
    assert_eq!(kinds, expected);
    assert_eq!(set.cell(0).label, 2);
    fs::write(&path, "0 0.5 0.5").unwrap();
    let cut = bench.cut(&source("f", &format!("{FIELDS}{lines}")), Coding::Raw);
    let text = cut.unwrap_err().to_string();
    assert!(
        text.contains("a.txt: line 1") && text.contains("--skip-unreadable"),
        "{text}"
    );
}

#[test]
fn copies_are_dropped_and_join_their_groups() {
    let bench = Bench::new();
    let from = |file: &str| bench.root().join(file);
    fs::copy(from("masked/H/H1-0.png"), from("masked/H/copy.png")).unwrap();
    let lines = "group = \"file\"\nlabels = { A = \"blast\", H = \"white\" }";
    let (set, _) = bench.cut(&masked(lines), Coding::Raw).unwrap();
    assert_eq!(set.len(), 6);
    let collection = set.collection();
    assert_eq!(collection.copies.len(), 1);
    assert_eq!(collection.joined, ["masked:H/H1-0.png+masked:H/copy.png"]);
    fs::remove_file(bench.dir.path().join("cells.pack")).unwrap();
    fs::copy(from("masked/H/H1-0.png"), from("masked/A/copy.png")).unwrap();
    bench.refuse(
        &masked(lines),
        &["same picture with different labels", "copy.png"],
    );
}

#[test]
fn a_list_that_cannot_be_is_refused_with_what_to_do() {
    let labels = "labels = { A = \"blast\", H = \"white\" }";
    let bench = Bench::new();
    for (list, words) in [
        (masked(labels), &["\"masked\"", "no group", "\"file\""][..]),
        (masked(&format!("{labels}\ngroup = \"column\"")), &["needs index"]),
        (
            masked("group = \"file\"\nlabels = { A = \"blats\" }"),
            &["blats", "\"blast\""],
        ),
        (masked("group = \"file\""), &["no labels"]),
        (
            masked(&format!("{labels}\ngroup = \"file\"\nsise = 3")),
            &["sise"],
        ),
        (
            source("s", &format!("{FIELDS}{labels}")),
            &["no pixel size", "red-cells"],
        ),
        (
            source(
                "s",
                &format!("{FIELDS}{labels}\nnanometres_per_pixel = 90")
                    .replace("\"fields\"\nk", "\"gone\"\nk"),
            ),
            &["gone is not a folder", "--data"],
        ),
        (
            source("s", &format!("{FIELDS}nanometres_per_pixel = 90\nboxes = \"b\"")),
            &["box_labels"],
        ),
        (
            masked(&format!("{labels}\ngroup = \"file\""))
                .replace("\"masked\"\nn", "\"centre\"\npixel_size = \"red-cells\"\nn"),
            &["pixel_size is for kind"],
        ),
        (String::new(), &["no [[source]]"]),
    ] {
        bench.refuse(&list, words);
    }
    for (labels, word) in [
        ("a = \"blast\"\nb = \"blast\"", "one"),
        ("a = \"white_cell\"\nb = \"no_cell\"", "blast"),
        ("a = \"blast\"\nb = \"white\"", "white_cell"),
    ] {
        let text = SourceList::parse(&format!("[labels]\n{labels}")).unwrap_err();
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn single_cells_of_several_sizes_need_a_scale_each() {
    let bench = Bench::new();
    let larger = image::imageops::resize(
        &image::open(bench.root().join("centre/1.png"))
            .unwrap()
            .into_rgb8(),
        440,
        440,
        image::imageops::FilterType::Triangle,
    );
    bench.save("centre/1.png", &larger);
    let of = |scale: &str| source("centre", &format!("{CENTRE}nanometres_per_pixel = {scale}"));
    bench.refuse(
        &of("110"),
        &["several sizes", "220x220", "440x440", "size_filter"],
    );
    bench.refuse(&of("{ \"220x220\" = 110 }"), &["440x440", "nanometres_per_pixel"]);
    let (set, _) = bench
        .cut(&of("{ \"220x220\" = 110, \"440x440\" = 55 }"), Coding::Raw)
        .unwrap();
    assert!(set.len() >= 3);
    let lines = format!("{}\nsize_filter = [[440, 440]]", of("55"));
    let (set, _) = bench.cut(&lines, Coding::Raw).unwrap();
    assert_eq!(set.len(), 1);
}

#[test]
fn a_squeezed_picture_is_cut_in_its_proportions() {
    let bench = Bench::new();
    let lines = format!("{FIELDS}nanometres_per_pixel = 110\nlabels = {{ fields = \"white\" }}");
    let (plain, _) = bench.cut(&source("f", &lines), Coding::Raw).unwrap();
    let path = bench.root().join("fields/a.png");
    let field = image::open(&path).unwrap().into_rgb8();
    let (w, h) = field.dimensions();
    let squeezed = image::imageops::resize(&field, w * 3 / 4, h, image::imageops::FilterType::Triangle);
    squeezed.save(&path).unwrap();
    let (again, _) = bench
        .cut(&source("f", &format!("{lines}\nwiden = 1.3333")), Coding::Raw)
        .unwrap();
    let area = |set: &DataSet| (0..set.len()).map(|i| set.area(i)).sum::<u64>() as f64;
    assert_eq!(plain.len(), again.len());
    assert!((area(&again) / area(&plain) - 1.0).abs() < 0.1);
}

#[test]
fn the_lists_of_the_repository_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recipes/cells");
    let read = |name: &str| SourceList::read(&folder.join(name)).unwrap();
    let (train, held_back) = (read("blood.toml"), read("blood-held-back.toml"));
    assert_eq!(
        (&train.labels, &train.roles),
        (&held_back.labels, &held_back.roles)
    );
    let folders = |list: &SourceList| list.sources.iter().map(|s| s.folder.clone()).collect::<Vec<_>>();
    let trained = folders(&train);
    assert!(folders(&held_back).iter().all(|f| !trained.contains(f)));
}
