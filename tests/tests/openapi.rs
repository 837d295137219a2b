//! The OpenAPI document that is checked in is one.

#![allow(clippy::unwrap_used)] // a test stops where it cannot go on

use blastscope_tests::root;
use std::process::Command;

#[test]
fn the_openapi_document_validates() {
    let Some(python) = std::env::var_os("BLASTSCOPE_TEST_PYTHON") else {
        println!("skipped: BLASTSCOPE_TEST_PYTHON not set");
        return;
    };
    let document = root().join("docs/reference/openapi.json");
    let validator = Command::new(python)
        .args(["-m", "openapi_spec_validator", "--schema", "3.1"])
        .arg(document)
        .output()
        .unwrap();
    assert!(
        validator.status.success(),
        "{}{}",
        String::from_utf8_lossy(&validator.stdout),
        String::from_utf8_lossy(&validator.stderr)
    );
}
