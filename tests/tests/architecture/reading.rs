//! Tests of the reader itself, on source that is drawn for it.

use super::circles::knots;
use super::crates::needs;
use super::modules::Modules;
use super::source::{Token, tokens, without_tests};

fn words(source: &str) -> Vec<String> {
    let (kept, _) = without_tests(&tokens(source));
    kept.iter().filter_map(|t| t.word().map(str::to_owned)).collect()
}

#[test]
fn comments_literals_and_lifetimes_hide_nothing_and_name_nothing() {
    let source = r##"a /* b /* c */ d */ // e
        "f \" g" b"h" r#"i " j"# 'k' '\'' '\u{1F}' l::<'static> r#m"##;
    assert_eq!(words(source), ["a", "l", "static", "r", "m"]);
    let texts: Vec<_> = tokens(source)
        .into_iter()
        .filter(|t| matches!(t.token, Token::Text(_)))
        .collect();
    assert_eq!(texts.len(), 3);
    assert_eq!(texts[2].token, Token::Text("i \" j".to_owned()));
    assert_eq!(texts[2].line, 2);
}

#[test]
fn what_only_tests_compile_is_left_out() {
    let source = "#[cfg(test)]\nuse a::{b, c};\n#[cfg(any(test, feature = \"x\"))]\nmod d;\n#[cfg(test)]\n#[path = \"e.rs\"]\nmod e;\n
        #[cfg(test)]\nmod f {\n fn g() { h }\n}\nstruct I { #[cfg(test)] j: u8, k: u8 }\n#[test]\nfn l() {}\nm";
    let kept = words(source);
    assert!(
        !["a", "e", "f", "g", "j", "l"]
            .iter()
            .any(|w| kept.contains(&(*w).to_owned())),
        "{kept:?}"
    );
    assert!(
        ["d", "I", "k", "m"]
            .iter()
            .all(|w| kept.contains(&(*w).to_owned())),
        "{kept:?}"
    );
    assert!(words("#![cfg(test)] a b").is_empty());
    let (_, lines) = without_tests(&tokens("a\n#[cfg(test)]\nmod b {\n}\nc"));
    assert_eq!(lines, 3);
}

/// A crate of two folders that need each other through what their first files hand on.
fn two_folders(back: &str) -> Modules {
    let mut all = Modules::default();
    Modules::drawn(&[], "mod a; mod b; pub use a::Thing;", &mut all);
    Modules::drawn(
        &["a"],
        "mod inner; pub use inner::Thing; pub use inner::*;",
        &mut all,
    );
    Modules::drawn(
        &["a", "inner"],
        "use crate::b::{self, other::{Other as O}}; pub struct Thing; pub fn make() {}",
        &mut all,
    );
    Modules::drawn(&["b"], "mod other; pub use other::Other;", &mut all);
    Modules::drawn(&["b", "other"], back, &mut all);
    all
}

#[test]
fn a_circle_is_found_however_the_path_is_written() {
    for back in [
        "use crate::Thing; pub struct Other;",
        "use super::super::a::Thing; pub struct Other;",
        "pub struct Other; fn f() { crate::a::make() }",
        "pub struct Other; mod c { fn f() -> super::super::super::a::Thing {} }",
        "pub struct Other; use crate::{a::{inner as i, Thing}};",
    ] {
        let graphs = two_folders(back).graphs();
        assert_eq!(knots(&graphs[&Vec::new()]), [vec!["a", "b"]], "{back}");
    }
    for back in [
        "pub struct Other;",
        "pub struct Other; #[cfg(test)] use crate::a::Thing;",
        "pub struct Other; use std::a::Thing;",
    ] {
        let graphs = two_folders(back).graphs();
        assert!(knots(&graphs[&Vec::new()]).is_empty(), "{back}");
    }
}

#[test]
fn names_are_followed_to_the_file_that_defines_them() {
    let all = two_folders("pub struct Other;");
    let target = |path: &str| {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        all.target(&[], &path, 0).map(|names| names.join("/"))
    };
    assert_eq!(target("crate::Thing").as_deref(), Some("a/inner"));
    assert_eq!(target("crate::a::make").as_deref(), Some("a/inner"));
    assert_eq!(target("crate::b::Other::new").as_deref(), Some("b/other"));
    assert_eq!(target("std::fmt"), None);
}

#[test]
fn needs_are_read_by_section() {
    let manifest = "[package]\nname = \"blastscope-x\"\n[dependencies]\nblastscope-a.workspace = true\nserde = \"1\"\n\
                    [dependencies.blastscope-b]\npath = \"b\"\n[target.'cfg(unix)'.dependencies]\nblastscope-c = \"1\"\n\
                    [dev-dependencies]\nblastscope-d = { path = \"d\" }\n";
    let names = |section| needs(manifest, section).into_iter().collect::<Vec<_>>();
    assert_eq!(
        names("dependencies"),
        ["blastscope-a", "blastscope-b", "blastscope-c"]
    );
    assert_eq!(names("dev-dependencies"), ["blastscope-d"]);
}
