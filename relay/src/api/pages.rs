//! The browser client's files, each with a brotli and a gzip copy beside it, and most with a hash of
//! their content in their name.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::http::{Request, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use tower_http::services::ServeDir;

use super::problem::ApiError;

/// The least length of a content hash in a file name.
const MIN_HASH: usize = 8;

/// Served until the browser client is built.
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Last Will</title>\
    <p>The browser client has not been built: run <code>cargo xtask web</code>.";

#[derive(Clone)]
pub(super) struct Pages {
    files: ServeDir,
    index: PathBuf,
}

impl Pages {
    /// The files in the folder `web`, which may be created later.
    pub(super) fn new(web: &Path) -> Self {
        Self {
            files: ServeDir::new(web).precompressed_br().precompressed_gzip(),
            index: web.join("index.html"),
        }
    }

    /// The service for all paths that are not routes.
    pub(super) fn service(self) -> MethodRouter<(), Infallible> {
        any(move |request: Request<Body>| async move { self.serve(request).await })
    }

    async fn serve(mut self, request: Request<Body>) -> Response {
        let path = request.uri().path().to_owned();
        let mut response = match self.files.try_call(request).await {
            Ok(file) => file.map(Body::new),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                ApiError::NoSuchPage.into_response()
            }
            Err(error) => {
                ApiError::Internal(format!("cannot read {path}: {error}")).into_response()
            }
        };
        match response.status() {
            StatusCode::NOT_FOUND if path == "/" && !self.index.exists() => {
                response = (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response();
            }
            StatusCode::NOT_FOUND => response = ApiError::NoSuchPage.into_response(),
            StatusCode::METHOD_NOT_ALLOWED => response = ApiError::Method.into_response(),
            _ => {}
        }
        let cache = if response.status().is_success() && is_hashed(&path) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        response
    }
}

/// Whether the file's name ends with a hash of its content, as in `game-0123456789abcdef.wasm`:
/// such a file never changes.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() >= MIN_HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_are_immutable() {
        for path in [
            "/game-0123456789abcdef.wasm",
            "/a/b/glue-deadbeef.js",
            "/x-12345678.d.ts",
        ] {
            assert!(is_hashed(path), "{path}");
        }
        for path in [
            "/",
            "/index.html",
            "/game-bg.wasm",
            "/touch-controls.js",
            "/deadbeef.js",
        ] {
            assert!(!is_hashed(path), "{path}");
        }
    }
}
