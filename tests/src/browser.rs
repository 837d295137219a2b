//! Headless Chromium, driven through ChromeDriver by the W3C WebDriver protocol.

use anyhow::{Context, Result, bail};
use base64::Engine;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A browser window; ended with the value.
pub struct Browser {
    driver: Child,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts ChromeDriver on a free port and Chromium with an empty profile and a window of this size.
    pub fn start(width: u32, height: u32) -> Result<Self> {
        let profile = TempDir::new()?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver does not start: run scripts/prepare all")?;
        let stdout = driver.stdout.take().context("chromedriver has no output")?;
        let mut port = None;
        for line in BufReader::new(stdout).lines() {
            if let Some((_, rest)) = line?.split_once("started successfully on port ") {
                port = Some(rest.trim_end_matches('.').to_owned());
                break;
            }
        }
        let mut browser = Self {
            driver,
            session: String::new(),
            _profile: profile,
        };
        let Some(port) = port else {
            bail!("chromedriver named no port")
        };
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            format!("--user-data-dir={}", browser._profile.path().display()),
            format!("--window-size={width},{height}"),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}}});
        let base = format!("http://127.0.0.1:{port}/session");
        let answer: Value = ureq::post(&base).send_json(&wanted)?.body_mut().read_json()?;
        let id = answer["value"]["sessionId"]
            .as_str()
            .context("chromedriver opened no session")?;
        browser.session = format!("{base}/{id}");
        Ok(browser)
    }

    /// Opens a page.
    pub fn open(&self, address: &str) -> Result<()> {
        ureq::post(format!("{}/url", self.session)).send_json(json!({"url": address}))?;
        Ok(())
    }

    /// The value of a JavaScript expression on the page; a promise is waited for.
    pub fn evaluate(&self, expression: &str) -> Result<Value> {
        let script = json!({"script": format!("return ({expression});"), "args": []});
        let mut answer = ureq::post(format!("{}/execute/sync", self.session)).send_json(script)?;
        Ok(answer.body_mut().read_json::<Value>()?["value"].take())
    }

    /// Waits, inside the page, until a JavaScript condition holds; an error after 60 seconds.
    pub fn wait_until(&self, condition: &str) -> Result<()> {
        let promise = format!(
            "new Promise(done => {{ const end = Date.now() + 25000; const look = () => {condition} ? done(true) \
             : Date.now() > end ? done(false) : requestAnimationFrame(look); look(); }})"
        );
        for _ in 0..3 {
            if self.evaluate(&promise)? == true {
                return Ok(());
            }
        }
        bail!("the page never came to: {condition}")
    }

    /// The window as PNG.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        let answer: Value = ureq::get(format!("{}/screenshot", self.session))
            .call()?
            .body_mut()
            .read_json()?;
        let text = answer["value"].as_str().context("no screenshot")?;
        Ok(base64::engine::general_purpose::STANDARD.decode(text)?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closing the session ends Chromium; the driver alone would leave it behind.
        if !self.session.is_empty() {
            let _ = ureq::delete(&self.session).call();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
