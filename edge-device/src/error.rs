use std::error::Error as StdError;
use std::fmt;
use std::path::Path;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, in one of few kinds that callers can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A picture cannot be read, or shows what it should not.
    Picture,
    /// A model package cannot be read or trusted.
    Package,
    /// A network does not load, or does not give what its package promises.
    Network,
    /// The configuration cannot be used.
    Configuration,
    /// A source of frames cannot be opened, or failed.
    Camera,
    /// The database or its folder cannot be used.
    Store,
    /// The page cannot be served.
    Web,
    /// What was asked for does not exist.
    Absent,
    /// The request itself is wrong.
    Request,
    /// A part of the program ended that should not have.
    Internal,
}

/// An error of the device. Its message names the thing, the place and the remedy and may be shown to
/// anybody; the source is for the log.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with its outer message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// An error about a file: `PATH: message`.
    pub fn at(kind: ErrorKind, path: &Path, message: impl fmt::Display) -> Self {
        Self::new(kind, format!("{}: {message}", path.display()))
    }

    /// An error of another crate about a file, with its kind and cause kept.
    pub fn in_file(path: &Path, error: impl Into<Self>) -> Self {
        let error = error.into();
        Self {
            source: error.source,
            ..Self::at(error.kind, path, &error.message)
        }
    }

    /// The same error with its inner cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind, for callers that decide by it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<blastscope_vision::Error> for Error {
    fn from(e: blastscope_vision::Error) -> Self {
        let kind = match e.kind() {
            blastscope_vision::ErrorKind::Picture => ErrorKind::Picture,
            blastscope_vision::ErrorKind::Request => ErrorKind::Request,
        };
        Self {
            kind,
            message: e.to_string(),
            source: e.into_source(),
        }
    }
}

impl From<blastscope_inference::Error> for Error {
    fn from(e: blastscope_inference::Error) -> Self {
        let kind = match e.kind() {
            blastscope_inference::ErrorKind::Package => ErrorKind::Package,
            blastscope_inference::ErrorKind::Network => ErrorKind::Network,
        };
        Self {
            kind,
            message: e.to_string(),
            source: e.into_source(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_behind_an_error_of_another_crate_stays_and_its_message_is_not_repeated() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([x as u8, y as u8, 7]))
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        let whole = png.into_inner();
        let cut = &whole[..whole.len() / 2];
        let refused = blastscope_vision::picture::decode_picture(cut).unwrap_err();
        let inner = StdError::source(&refused).unwrap().to_string();
        let error = Error::in_file(Path::new("a.png"), refused);
        assert_eq!(error.kind(), ErrorKind::Picture);
        assert!(error.to_string().starts_with("a.png: "), "{error}");
        let source = StdError::source(&error).unwrap();
        assert_eq!(source.to_string(), inner);
        assert!(!error.to_string().contains(&inner), "{error}");
    }
}
