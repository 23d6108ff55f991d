//! The parts of a form that is sent as `multipart/form-data`.

use std::convert::Infallible;

use futures_util::{FutureExt, stream};
use multer::Multipart;
use multer::bytes::Bytes;

/// A part of a form.
#[derive(Debug)]
pub(crate) struct Part {
    /// The name of its field.
    pub(crate) name: String,
    /// What the file is called, where it is one.
    pub(crate) file_name: Option<String>,
    /// What it holds.
    pub(crate) content: Bytes,
}

impl Part {
    /// What it holds, as a text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

/// The parts of a form, all of which is there: nothing is waited for. Nothing where it is no such form.
pub(crate) fn parts(body: Bytes, content_type: &str) -> Option<Vec<Part>> {
    let boundary = multer::parse_boundary(content_type).ok()?;
    let whole = stream::iter([Ok::<_, Infallible>(body)]);
    let mut form = Multipart::new(whole, boundary);
    let read = async {
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.ok()? {
            parts.push(Part {
                name: field.name().unwrap_or_default().to_owned(),
                file_name: field.file_name().map(ToOwned::to_owned),
                content: field.bytes().await.ok()?,
            });
        }
        Some(parts)
    };
    read.now_or_never().flatten()
}
