//! The program as its users run it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use blastscope_inference::test_package::TestPackage;
use blastscope_shared::class::{LabelSet, Role};
use blastscope_shared::metrics::{MeasuredErrors, SubjectCalls};
use blastscope_shared::package::Manifest;
use blastscope_shared::preprocess::Framing;
use blastscope_shared::unknown::UnknownReference;
use blastscope_vision::synthetic::{Smear, SmearSettings};
use image::{Rgb, RgbImage};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    model: TestPackage,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let model = TestPackage::write(folder.path());
        Self { folder, model }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with the package of this test.
    fn with_model(&self, command: &str) -> Command {
        let mut program = program();
        program
            .arg(command)
            .arg("--model")
            .arg(&self.model.package)
            .arg("--trusted-key")
            .arg(&self.model.key);
        program
    }

    /// A folder of fields.
    fn fields(&self, count: u64) -> PathBuf {
        let folder = self.path("fields");
        std::fs::create_dir(&folder).unwrap();
        for number in 0..count {
            let smear = Smear::draw(&SmearSettings::default(), number, 0.4);
            smear.image.save(folder.join(format!("{number:03}.png"))).unwrap();
        }
        folder
    }

    /// A folder of single cells on black, small ones and large ones.
    fn cells(&self) -> PathBuf {
        let folder = self.path("cells");
        std::fs::create_dir(&folder).unwrap();
        for (i, radius) in [60.0, 150.0, 65.0, 145.0, 70.0f32].into_iter().enumerate() {
            let picture = RgbImage::from_fn(450, 450, |x, y| {
                let inside = (x as f32 - 225.0).hypot(y as f32 - 225.0) < radius;
                Rgb(if inside { [150, 90, 170] } else { [0, 0, 0] })
            });
            picture.save(folder.join(format!("{i}.bmp"))).unwrap();
        }
        folder
    }
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_blastscope"));
    program.env_remove("BLASTSCOPE_LOG");
    program
}

fn run(command: &mut Command, arguments: &[impl AsRef<OsStr>]) -> Output {
    command.args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn classify_gives_one_line_a_picture_in_order() {
    let fixture = Fixture::new();
    let cells = fixture.cells();
    let output = run(fixture.with_model("classify").arg("--json"), &[&cells]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = lines(&output);
    let decisions: Vec<&str> = lines.iter().map(|l| l["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["hem", "all", "hem", "all", "hem"]);
    for (i, line) in lines.iter().enumerate() {
        assert_eq!(
            keys(line),
            [
                "class",
                "decision",
                "distance",
                "file",
                "probabilities",
                "probability"
            ]
        );
        assert!(line["distance"].is_null(), "its package does not measure it");
        assert_eq!(line["probabilities"]["all"], line["probability"]);
        assert_eq!(line["file"], cells.join(format!("{i}.bmp")).to_str().unwrap());
        let blast = line["probability"].as_f64().unwrap() >= 0.5;
        assert_eq!(blast, line["decision"] == "all");
    }
    assert!(stderr(&output).contains(blastscope_shared::DISCLAIMER));
}

/// A package of three labels that judges whole pictures.
fn whole_pictures() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let names = ["early", "benign", "pro"].map(str::to_owned);
    let change = |m: &mut Manifest| {
        m.input.framing = Framing::WholePicture;
        m.preprocessing = m.input.preprocessing().into();
        m.labels = LabelSet::new(names.clone().into()).unwrap();
        m.calibration.abstain = [0.0, 0.5];
    };
    let model = TestPackage::write_with(folder.path(), change, |_| {});
    Fixture { folder, model }
}

#[test]
fn whole_pictures_are_classified_as_they_are_into_any_labels() {
    let fixture = whole_pictures();
    let folder = fixture.path("smears");
    std::fs::create_dir(&folder).unwrap();
    for (i, grey) in [230u8, 20].into_iter().enumerate() {
        let picture = RgbImage::from_pixel(90, 90, Rgb([grey; 3]));
        picture.save(folder.join(format!("{i}.png"))).unwrap();
    }
    let output = run(fixture.with_model("classify").arg("--json"), &[&folder]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = lines(&output);
    let decisions: Vec<&str> = lines.iter().map(|l| l["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["early", "benign"]);
    for line in &lines {
        assert_eq!(keys(&line["probabilities"]), ["benign", "early", "pro"]);
        assert_eq!(line["probabilities"]["early"], line["probability"]);
        let values = line["probabilities"].as_object().unwrap().values();
        let sum: f64 = values.map(|v| v.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{line}");
    }
    let scaled = run(
        fixture.with_model("classify").args(["--scale-nm", "55"]),
        &[&folder],
    );
    assert_eq!(scaled.status.code(), Some(1));
    assert!(
        stderr(&scaled).contains("--scale-nm has no meaning"),
        "{}",
        stderr(&scaled)
    );
}

#[test]
fn work_on_cells_refuses_a_package_of_whole_pictures() {
    let fixture = whole_pictures();
    let fields = fixture.fields(1);
    let screened = run(fixture.with_model("screen").arg("--json"), &[&fields]);
    let data = fixture.path("data");
    let mut serve = fixture.with_model("serve");
    serve
        .args(["--camera", "synthetic", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data);
    for (output, what) in [(screened, "screen"), (serve.output().unwrap(), "serve")] {
        assert_eq!(output.status.code(), Some(1), "{what}");
        let told = stderr(&output);
        assert!(
            told.contains("judges whole pictures")
                && told.contains(&format!("{what} needs one that judges cells")),
            "{told}"
        );
    }
    assert!(!data.exists(), "nothing is written");
}

#[test]
fn both_precisions_decide_alike_and_the_number_of_workers_changes_nothing() {
    let fixture = Fixture::new();
    let cells = fixture.cells();
    let classify = |arguments: &[&str]| {
        let mut command = fixture.with_model("classify");
        let output = run(command.arg(&cells).arg("--json"), arguments);
        lines(&output)
            .iter()
            .map(|l| l["decision"].clone())
            .collect::<Vec<_>>()
    };
    let int8 = classify(&["--precision", "int8", "--workers", "1"]);
    assert_eq!(int8.len(), 5);
    assert_eq!(int8, classify(&["--precision", "f32", "--workers", "3"]));
}

#[test]
fn find_gives_boxes_inside_the_field() {
    let fixture = Fixture::new();
    let output = run(program().args(["find", "--json"]), &[fixture.fields(2)]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = lines(&output);
    assert_eq!(lines.len(), 2);
    for line in &lines {
        let expected = [
            "cells",
            "file",
            "height",
            "notice",
            "quality",
            "red_cell_diameter",
            "width",
        ];
        assert_eq!(keys(line), expected);
        assert_eq!(line["notice"], blastscope_shared::DISCLAIMER);
        assert_eq!(line["quality"]["verdict"], "good", "{line}");
        let cells = line["cells"].as_array().unwrap();
        assert!(!cells.is_empty());
        for cell in cells {
            let expected = [
                "area",
                "cut",
                "height",
                "nucleus_area",
                "score",
                "width",
                "x",
                "y",
            ];
            assert_eq!(keys(cell), expected);
            let (cell_area, nucleus) = (
                cell["area"].as_u64().unwrap(),
                cell["nucleus_area"].as_u64().unwrap(),
            );
            assert!(0 < nucleus && nucleus <= cell_area, "{cell}");
            let end = |at: &str, size: &str| cell[at].as_u64().unwrap() + cell[size].as_u64().unwrap();
            assert!(end("x", "width") <= 960 && end("y", "height") <= 720, "{cell}");
        }
    }
}

#[test]
fn what_was_found_is_drawn_on_the_pictures() {
    let fixture = Fixture::new();
    let fields = fixture.fields(2);
    let folder = tempfile::tempdir().unwrap();
    let drawings = folder.path().join("drawn");
    // The same folder twice: neither picture of one name overwrites the other.
    let output = run(
        program().args(["find", "--json", "--draw"]).arg(&drawings),
        &[&fields, &fields],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let drawn: Vec<PathBuf> = std::fs::read_dir(&drawings)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(drawn.len(), 4, "{drawn:?}");
    for (line, path) in lines(&output).iter().zip(std::fs::read_dir(&fields).unwrap()) {
        let plain = image::open(path.unwrap().path()).unwrap().to_rgb8();
        assert_eq!(line["width"], plain.width());
        let stem = drawn.iter().filter_map(|d| image::open(d).ok());
        let changed = stem.filter(|d| d.to_rgb8() != plain).count();
        assert_eq!(changed, 4, "all of them have outlines");
    }
    let taken = folder.path().join("file");
    std::fs::write(&taken, "x").unwrap();
    let output = run(
        program().args(["find", "--draw"]).arg(taken.join("in")),
        &[&fields],
    );
    assert!(!output.status.success());
    assert!(stderr(&output).contains("--draw"), "{}", stderr(&output));
}

#[test]
fn screen_adds_up_one_slide() {
    let fixture = Fixture::new();
    let fields = fixture.fields(4);
    let output = run(fixture.with_model("screen").arg("--json"), &[&fields]);
    assert!(output.status.success(), "{}", stderr(&output));
    let slide = &lines(&output)[0];
    assert_eq!(
        (&slide["fields"], &slide["fields_unusable"]),
        (&4.into(), &0.into())
    );
    let counts = slide["counts"].as_object().unwrap();
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["all", "hem", "unidentified"]);
    let sum: u64 = counts.values().map(|v| v.as_u64().unwrap()).sum();
    assert_eq!(slide["cells"], sum);
    assert!(sum > 10, "{slide}");
    let share = slide["blast_percent"].as_f64().unwrap();
    let interval: Vec<f64> = slide["interval"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    assert!(interval[0] <= share && share <= interval[1]);
    assert_eq!(slide["finding"]["code"], "not_enough_cells");
    assert_eq!(
        (&slide["finding"]["identified"], &slide["finding"]["needed"]),
        (&sum.into(), &100.into())
    );
    assert_eq!(slide["scale"]["origin"], "red-cells");
    assert_eq!(slide["status"], "unsigned");
    assert_eq!(slide["notice"], blastscope_shared::DISCLAIMER);

    let readable = run(
        fixture.with_model("screen").args(["--text", "--scale-nm", "110"]),
        &[&fields],
    );
    let text = stdout(&readable);
    assert!(
        text.contains("110 nm a pixel, given")
            && text.contains("unsigned")
            && text.contains("finding   not enough cells ("),
        "{text}"
    );
}

/// A package of four labels, of which the second is the blast, that knows cells up to `limit`.
fn many_labels(limit: f32) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let roles = [
        ("lymphocyte", Role::WhiteCell),
        ("blast", Role::Blast),
        ("erythroblast", Role::Beside),
        ("not_a_cell", Role::NoCell),
    ];
    let change = |m: &mut Manifest| {
        m.labels = LabelSet::new(roles.map(|(name, _)| name.to_owned()).to_vec()).unwrap();
        m.roles = roles.map(|(name, role)| (name.to_owned(), role)).into();
        m.calibration.abstain = [0.5, 0.5];
        m.unknown = Some(UnknownReference {
            centres: vec![vec![0.0; 3]],
            limit,
            typical: limit / 2.0,
        });
        let calls = |label: usize| SubjectCalls {
            source: "laboratory".into(),
            subject: "subject".into(),
            label,
            called: (0..5).map(|l| if l == label { 200 } else { 1 }).collect(),
        };
        m.errors = Some(MeasuredErrors::new((0..4).map(calls).collect(), 4).unwrap());
    };
    let model = TestPackage::write_with(folder.path(), change, |_| {});
    Fixture { folder, model }
}

#[test]
fn screen_gives_a_differential_of_the_white_cells_of_many_labels() {
    let fixture = many_labels(1e6);
    let fields = fixture.fields(4);
    let output = run(fixture.with_model("screen").arg("--json"), &[&fields]);
    assert!(output.status.success(), "{}", stderr(&output));
    let slide = &lines(&output)[0];
    let differential = slide["differential"].as_array().unwrap();
    let labels: Vec<&str> = differential
        .iter()
        .map(|s| s["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["lymphocyte", "blast"]);
    let blast = &differential[1];
    assert_eq!(blast["cells"], slide["counts"]["blast"]);
    for (of_label, of_slide) in [
        ("percent", "blast_percent"),
        ("interval", "interval"),
        ("corrected_percent", "corrected_percent"),
        ("corrected_interval", "corrected_interval"),
    ] {
        assert_eq!(blast[of_label], slide[of_slide], "{of_label}");
        assert!(!blast[of_label].is_null(), "{of_label}");
    }
    let white: u64 = differential.iter().map(|s| s["cells"].as_u64().unwrap()).sum();
    assert_eq!(slide["finding"]["identified"], white);
    assert_eq!(slide["beside"][0]["label"], "erythroblast");
    assert_eq!(slide["beside"][0]["per_hundred"], 0.0);
    let text = stdout(&run(fixture.with_model("screen").arg("--text"), &[&fields]));
    for part in [
        format!("differential of {white} white cells"),
        "  lymphocyte  ".into(),
        "; corrected ".into(),
        "beside them\n  erythroblast ".into(),
        "0.0 per 100 white cells".into(),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    assert!(!text.contains("not a cell"), "{text}");

    let cell = fixture.cells().join("0.bmp");
    let line = lines(&run(fixture.with_model("classify").arg("--json"), &[&cell])).remove(0);
    assert_eq!(
        (&line["decision"], &line["class"]),
        (&"blast".into(), &"blast".into())
    );
    assert_eq!(line["probability"], line["probabilities"]["blast"]);
    assert!(line["distance"].as_f64().unwrap() < 1.0, "{line}");
}

#[test]
fn screen_gives_no_share_of_cells_unlike_those_trained_on() {
    let fixture = many_labels(1e-6);
    let fields = fixture.fields(4);
    let few = fixture.path("few.toml");
    std::fs::write(&few, "[screen]\nunlike_minimum_cells = 5\n").unwrap();
    let screen = |how: &str| {
        let mut command = fixture.with_model("screen");
        let output = run(command.arg(how).arg("--config").arg(&few), &[&fields]);
        assert!(output.status.success(), "{}", stderr(&output));
        output
    };
    let slide = &lines(&screen("--json"))[0];
    let finding = serde_json::json!({"code": "not_valid", "reason": "unlike_training"});
    assert_eq!(slide["finding"], finding);
    assert_eq!(slide["explanation"]["unlike"], slide["cells"]);
    assert_eq!(slide["counts"]["unidentified"], slide["cells"]);
    for key in ["blast_percent", "corrected_percent", "corrected_interval"] {
        assert!(slide[key].is_null(), "{key}");
    }
    let text = stdout(&screen("--text"));
    assert!(
        text.contains("finding   not valid for this slide (its cells are unlike"),
        "{text}"
    );
    assert!(
        text.contains("look at stain") && text.contains("no share is given"),
        "{text}"
    );
    assert!(!text.contains('%'), "{text}");
}

#[test]
fn screen_counts_a_cell_on_overlapping_fields_once() {
    let fixture = Fixture::new();
    let settings = SmearSettings {
        cells: 14,
        ..SmearSettings::default()
    };
    let smear = Smear::draw(&settings, 5, 0.4).image;
    let [left, right] = [0, 300].map(|x| {
        let path = fixture.path(&format!("{x}.png"));
        let window = image::imageops::crop_imm(&smear, x, 0, 660, 720).to_image();
        window.save(&path).unwrap();
        path
    });
    let apart = fixture.path("apart.toml");
    std::fs::write(&apart, "[screen]\nfields_compared = 0\n").unwrap();
    let screen = |fields: &[&PathBuf], arguments: &[&OsStr]| {
        let mut command = fixture.with_model("screen");
        command.args(["--json", "--scale-nm", "110"]).args(arguments);
        lines(&run(&mut command, fields)).remove(0)
    };
    let count = |slide: &Value, key: &str| slide[key].as_u64().unwrap();
    let both = screen(&[&left, &right], &[]);
    let each = screen(&[&left, &right], &["--config".as_ref(), apart.as_os_str()]);
    assert_eq!(count(&each, "duplicates"), 0);
    assert!(count(&both, "duplicates") > 1, "{both}");
    assert_eq!(
        count(&both, "cells") + count(&both, "duplicates"),
        count(&each, "cells")
    );
    assert!(
        count(&both, "rejected") < count(&each, "rejected"),
        "{both} {each}"
    );
    assert_eq!(both["settled"], false);
    assert!(both["performance"].is_null() && both["corrected_interval"].is_null());
}

#[test]
fn the_scale_is_measured_on_red_cells_and_set_in_the_configuration() {
    let fixture = Fixture::new();
    let fields = fixture.fields(3);
    let config = fixture.path("blastscope.toml");
    std::fs::write(&config, "workers = 1\n[screen]\nminimum_cells = 200\n").unwrap();
    let mut command = program();
    command
        .args(["calibrate", "--json", "--write"])
        .arg(&config)
        .arg("--red-cells");
    let output = run(&mut command, &[&fields]);
    assert!(output.status.success(), "{}", stderr(&output));
    let told = &lines(&output)[0];
    let scale = told["scale_nm"].as_u64().unwrap();
    assert!(scale.abs_diff(110) < 10 && told["fields"] == 3, "{told}");
    let written = std::fs::read_to_string(&config).unwrap();
    assert_eq!(
        written,
        format!("scale_nm = {scale}\nworkers = 1\n[screen]\nminimum_cells = 200\n")
    );

    let mut command = program();
    let refused = run(
        command.args(["calibrate", "--micrometer"]),
        &[fields.join("000.png")],
    );
    let told = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1));
    assert!(told.contains("000.png") && told.contains("micrometer"), "{told}");
}

#[test]
fn a_bad_picture_is_reported_and_the_rest_goes_on() {
    let fixture = Fixture::new();
    let cells = fixture.cells();
    std::fs::write(cells.join("0a.png"), "no picture").unwrap();
    let jpeg = cells.join("2a.jpg");
    RgbImage::new(450, 450).save(&jpeg).unwrap();
    let whole = std::fs::read(&jpeg).unwrap();
    std::fs::write(&jpeg, &whole[..whole.len() / 2]).unwrap();

    let output = run(fixture.with_model("classify").arg("--json"), &[&cells]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).len(), 5);
    let told = stderr(&output);
    assert!(
        told.contains("0a.png: not a BMP, PNG or JPEG") && told.contains("2a.jpg: the picture is cut short"),
        "{told}"
    );
    assert!(told.contains("5 pictures done, 2 could not be used"), "{told}");

    let strict = run(
        fixture.with_model("classify").args(["--json", "--strict"]),
        &[&cells],
    );
    assert_eq!((strict.status.code(), lines(&strict).len()), (Some(1), 1));

    let found = run(program().args(["find", "--json"]), &[&cells]);
    assert_eq!((found.status.code(), lines(&found).len()), (Some(1), 5));
    let screened = run(
        fixture.with_model("screen").args(["--json", "--strict"]),
        &[&cells],
    );
    assert_eq!(
        (screened.status.code(), stdout(&screened).as_str()),
        (Some(1), "")
    );
}

#[test]
fn empty_and_absent_places_are_errors() {
    let fixture = Fixture::new();
    let empty = fixture.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let output = run(program().arg("find"), &[&empty, &fixture.path("absent.png")]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(
        told.contains("holds no pictures") && told.contains("absent.png: no such file"),
        "{told}"
    );
}

#[test]
fn a_package_is_shown_and_verified_or_refused() {
    let fixture = Fixture::new();
    let key = ["--trusted-key".as_ref(), fixture.model.key.as_os_str()];
    let model = |verb: &str, package: &Path, json: bool| {
        let mut command = program();
        command.args(["model", verb]).arg(package).args(key);
        if json {
            command.arg("--json");
        }
        command.output().unwrap()
    };
    let shown = model("show", &fixture.model.package, false);
    let text = stdout(&shown);
    assert!(
        text.contains("test 1.0.0") && text.contains("# A package for tests"),
        "{text}"
    );
    assert_eq!(
        lines(&model("show", &fixture.model.package, true))[0]["manifest"]["name"],
        "test"
    );
    let verified = &lines(&model("verify", &fixture.model.package, true))[0];
    assert_eq!(
        (
            verified["verified"].as_bool(),
            verified["networks"].as_array().unwrap().len()
        ),
        (Some(true), 2)
    );

    let mut bytes = std::fs::read(&fixture.model.package).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    let damaged = fixture.path("damaged.bsm");
    std::fs::write(&damaged, bytes).unwrap();
    let refused = model("verify", &damaged, false);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("damaged.bsm"), "{}", stderr(&refused));

    let stranger = Fixture::new();
    let refused = model("verify", &stranger.model.package, false);
    assert!(
        !refused.status.success() && stderr(&refused).contains("trusted_keys"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn the_device_tests_itself() {
    let fixture = Fixture::new();
    let output = run(&mut fixture.with_model("self-test"), &["--json"]);
    let checks = lines(&output);
    assert!(output.status.success(), "{checks:?}");
    let names: Vec<&str> = checks.iter().map(|c| c["check"].as_str().unwrap()).collect();
    assert_eq!(names, ["model", "finder", "store"]);
    assert!(checks.iter().all(|c| c["ok"] == true));

    let other = Fixture::new();
    let mut command = program();
    command
        .arg("self-test")
        .arg("--model")
        .arg(&fixture.model.package)
        .arg("--trusted-key")
        .arg(&other.model.key);
    let output = run(&mut command, &["--json"]);
    assert_eq!(
        (output.status.code(), lines(&output)[0]["ok"].as_bool()),
        (Some(1), Some(false))
    );
}

#[test]
fn the_version_is_told() {
    let output = run(&mut program(), &["--version"]);
    assert_eq!(
        stdout(&output),
        format!("blastscope {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// A running device that is killed with the test.
struct Device {
    child: Child,
    address: String,
}

impl Device {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .and_then(|a| a.strip_suffix('/'));
        let address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Reads the event stream up to a snapshot that fits.
    fn wait_for(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /api/events HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.address
        )
        .unwrap();
        let lines = BufReader::new(stream).lines().map(Result::unwrap);
        let mut snapshots =
            lines.filter_map(|l| l.strip_prefix("data: ").map(|d| serde_json::from_str(d).unwrap()));
        snapshots.find(fits).unwrap()
    }

    fn terminate(mut self) -> Option<i32> {
        let kill = format!("kill {}", self.child.id());
        let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_device_serves_stops_cleanly_and_finds_its_slides_again() {
    let fixture = Fixture::new();
    let data = fixture.path("data");
    let start = || {
        let mut command = fixture.with_model("serve");
        command
            .args([
                "--camera",
                "synthetic:fps=30",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(&data);
        Device::start(&mut command)
    };
    let device = start();
    let snapshot = device.wait_for(|s| s["summary"]["fields"].as_u64().unwrap() >= 2);
    let slide = snapshot["slide"]["id"].clone();
    assert!(device.get("/healthz").contains(r#""status":"ok""#));

    // Neither its port nor its data can be used twice.
    let taken = device.address.clone();
    let mut second = fixture.with_model("serve");
    second
        .args(["--camera", "synthetic", "--listen", &taken, "--data-dir"])
        .arg(fixture.path("other"));
    let output = second.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(&taken) && stderr(&output).contains("--listen"),
        "{}",
        stderr(&output)
    );
    assert!(
        !fixture.path("other").exists(),
        "nothing is written by a device that does not start"
    );
    let mut second = fixture.with_model("serve");
    second
        .args(["--camera", "synthetic", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data);
    let output = second.output().unwrap();
    assert!(
        !output.status.success() && stderr(&output).contains("another blastscope"),
        "{}",
        stderr(&output)
    );

    assert_eq!(device.terminate(), Some(0));
    assert!(
        !data.join("blastscope.sqlite-wal").exists(),
        "the log is merged at the end"
    );

    let device = start();
    let slides = device.get(&format!("/api/slides/{slide}"));
    assert!(slides.contains(r#""ended":""#), "{slides}");
    assert_eq!(device.terminate(), Some(0));
}

#[test]
fn what_a_device_cannot_start_with_is_named() {
    let fixture = Fixture::new();
    let file = fixture.path("file");
    std::fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap();
    let serve = |arguments: &[&str]| {
        let output = run(
            fixture.with_model("serve").args(["--listen", "127.0.0.1:0"]),
            arguments,
        );
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(1), ""),
            "{arguments:?}"
        );
        stderr(&output)
    };
    let below_a_file = format!("{file}/data");
    for (arguments, word) in [
        (&["--camera", "v4l2:/dev/video0"][..], "comes with the camera"),
        (&["--camera", "replay:/absent"], "/absent"),
        (&[], "synthetic"),
        (
            &["--camera", "synthetic", "--data-dir", &below_a_file],
            "cannot be written",
        ),
        (
            &["--camera", "synthetic", "--config", "/absent.toml"],
            "/absent.toml",
        ),
        (&["--camera", "synthetic", "--fps", "0"], "frames_per_second"),
        (
            &["--camera", "synthetic", "--model", "/absent.bsm"],
            "/absent.bsm",
        ),
    ] {
        let mut command = arguments.to_vec();
        if !arguments.contains(&"--data-dir") {
            command.extend(["--data-dir", &below_a_file]);
        }
        // A flag given twice is refused: the model of the test goes where another is named.
        let told = match arguments.contains(&"--model") {
            false => serve(&command),
            true => {
                let output = run(
                    program()
                        .arg("serve")
                        .arg("--trusted-key")
                        .arg(&fixture.model.key),
                    &command,
                );
                assert_eq!(output.status.code(), Some(1));
                stderr(&output)
            }
        };
        assert!(told.contains(word), "{arguments:?}: {told}");
    }
}

#[test]
fn a_page_for_the_network_is_warned_of_in_red() {
    let fixture = Fixture::new();
    let data = fixture.path("data");
    let mut command = fixture.with_model("serve");
    command
        .args(["--camera", "synthetic", "--listen", "0.0.0.0:0", "--data-dir"])
        .arg(&data);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let warning = told
        .take_while(|l| !l.contains("stopped"))
        .find(|l| l.contains("no accounts yet"))
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        warning.contains("\x1b[1;31m") && warning.contains("0.0.0.0"),
        "{warning:?}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let fixture = Fixture::new();
    let cells = fixture.cells();
    let mut child = fixture
        .with_model("classify")
        .arg(&cells)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_page_of_another_program_on_the_port_is_left_alone() {
    let fixture = Fixture::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let arguments = ["--camera", "synthetic", "--listen", &address];
    let output = run(
        fixture.with_model("serve").current_dir(fixture.folder.path()),
        &arguments,
    );
    assert!(stderr(&output).contains(&address), "{}", stderr(&output));
    assert!(!fixture.path("blastscope-data").exists());
}

/// What programs read of the device, whole: a change of a key or a number is seen in the review of its golden file.
#[test]
fn what_find_and_screen_write_is_as_reviewed() {
    let fixture = Fixture::new();
    let fields = fixture.fields(3);
    let found = run(program().args(["find", "--json"]), &[fields.join("001.png")]);
    let mut found = lines(&found).remove(0);
    found["file"] = "001.png".into();
    insta::assert_json_snapshot!("find", found);
    let screened = run(
        fixture
            .with_model("screen")
            .args(["--json", "--precision", "f32", "--scale-nm", "110"]),
        &[&fields],
    );
    insta::assert_json_snapshot!("screen", lines(&screened).remove(0));
}
