//! The page in a real browser while the device screens a synthetic smear.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where it cannot go on

use blastscope_tests::Server;
use blastscope_tests::browser::Browser;
use tempfile::TempDir;

fn serve() -> (Server, TempDir) {
    let folder = TempDir::new().unwrap();
    let server = Server::start(&[
        "--camera",
        "synthetic",
        "--data-dir",
        folder.path().to_str().unwrap(),
    ])
    .unwrap();
    (server, folder)
}

#[test]
fn the_page_shows_outlined_cells_counts_and_the_gallery_and_says_unsigned() {
    let (server, _folder) = serve();
    let browser = Browser::start(1280, 1000).unwrap();
    browser.open(&server.address).unwrap();
    browser
        .wait_until("Number(document.getElementById('cells').textContent) >= 5")
        .unwrap();
    browser
        .wait_until("document.querySelectorAll('#overlay *').length > 0")
        .unwrap();
    browser
        .wait_until("document.querySelectorAll('#crops img').length > 0")
        .unwrap();
    browser
        .wait_until("document.getElementById('picture').naturalWidth > 0")
        .unwrap();
    let text = browser.evaluate("document.body.innerText").unwrap();
    let text = text.as_str().unwrap();
    assert!(text.contains(blastscope_shared::DISCLAIMER), "{text}");
    assert!(text.to_lowercase().contains("unsigned"), "{text}");
    assert!(text.contains("95 % interval"), "{text}");
    assert!(text.to_lowercase().contains("unidentified"), "{text}");
    let rows =
        "[...document.querySelectorAll('#differential th[scope=row]')].map(th => th.textContent).join()";
    assert_eq!(
        browser.evaluate(rows).unwrap(),
        "Blast,Lymphocyte,Monocyte,Neutrophil,Eosinophil,Basophil,Immature granulocyte"
    );
    assert!(text.contains("Differential of "), "{text}");
    assert!(
        !text.contains("no accounts yet"),
        "a loopback address is not open to the network"
    );
    assert!(browser.screenshot().unwrap().starts_with(b"\x89PNG"));
    drop(browser);
    assert!(server.terminate().unwrap(), "SIGTERM ends it cleanly");
}

#[test]
fn the_page_fits_a_small_window_and_is_used_with_the_keyboard() {
    let (server, _folder) = serve();
    let browser = Browser::start(500, 800).unwrap();
    browser.open(&server.address).unwrap();
    browser
        .wait_until("Number(document.getElementById('cells').textContent) >= 1")
        .unwrap();
    let wider = browser
        .evaluate("document.documentElement.scrollWidth > window.innerWidth")
        .unwrap();
    assert_eq!(wider, false, "no sideways scrolling");
    // Everything that can be clicked can be reached by Tab.
    let unreachable = browser
        .evaluate(
            "[...document.querySelectorAll('button, a, input, [role=tab]')]\
             .filter(e => e.tabIndex < 0 && e.getAttribute('role') !== 'tab').length",
        )
        .unwrap();
    assert_eq!(unreachable, 0);
    let nameless = browser
        .evaluate(
            "[...document.querySelectorAll('button, a')]\
             .filter(e => !e.hidden && !(e.textContent.trim() || e.getAttribute('aria-label'))).length",
        )
        .unwrap();
    assert_eq!(nameless, 0);
}
