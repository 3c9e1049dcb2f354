//! Lists the videos of a HeyGen account as a lazy, exact, resumable async stream.
//!
//! ```no_run
//! use futures::StreamExt;
//! use heygen_videos::Client;
//!
//! # async fn list() -> heygen_videos::Result<()> {
//! let client = Client::from_env()?; // reads HEYGEN_API_KEY
//! let mut videos = client
//!     .videos() // nothing is sent yet
//!     .folder_id("32c8d8a0632d40949dffb60c557dc6ea")
//!     .max_items(5_000)
//!     .stream();
//! while let Some(video) = videos.next().await {
//!     let video = video?;
//!     println!("{} {:?}", video.video_id, video.status);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - [`VideoStream`] documents what a stream promises. [`PageStream`] makes the same promises, page
//!   by page.
//! - [`Cursor`] is a position to resume from, in this process or another.
//! - [`Error`] and [`ErrorKind`] say what went wrong and what you can do. [`RetryPolicy`] says what
//!   the client tries before it returns an error.
//! - [`ApiVersion`] says which of HeyGen's two listings is used: by default `GET /v1/video.list`,
//!   or `GET /v3/videos` if v1 is switched off.
//! - The feature `simulator` provides a local imitation of the API, for your tests and the examples
//!   here.
//! - The feature `export` writes a listing to a file and can resume an interrupted export.
//! - The feature `sqlite` keeps a SQLite database equal to an account.
//! - The feature `tap` sends a listing to any Singer target.
//! - The module `cookbook` in the documentation has a short program for each common task.
//!
//! # What it does not do
//!
//! This crate only lists videos. It does not create, change, delete or download them, and it does
//! not cover HeyGen's other endpoints. A stream sends one request at a time, because each page
//! carries the token of the next. Nothing is cached: every stream sends its own requests.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(target_family = "wasm")]
compile_error!(
    "heygen-videos does not support WebAssembly: it needs sockets, a Tokio runtime with time and I/O, \
     and control over redirects and proxies"
);

mod api_version;
mod client;
#[cfg(all(any(doc, doctest), feature = "simulator"))]
#[cfg_attr(docsrs, doc(cfg(feature = "simulator")))]
pub mod cookbook;
mod cursor;
mod error;
#[cfg(feature = "export")]
#[cfg_attr(docsrs, doc(cfg(feature = "export")))]
pub mod export;
mod http;
#[cfg(feature = "__internals")]
#[doc(hidden)]
pub mod internals;
#[cfg(any(feature = "sqlite", feature = "tap"))]
mod plan;
mod query;
#[cfg(feature = "export")]
mod record;
mod retry;
#[cfg(feature = "simulator")]
#[cfg_attr(docsrs, doc(cfg(feature = "simulator")))]
pub mod simulator;
mod stream;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub mod sync;
#[cfg(feature = "tap")]
#[cfg_attr(docsrs, doc(cfg(feature = "tap")))]
pub mod tap;
mod video;
mod wire;

pub use api_version::ApiVersion;
pub use client::{Client, ClientBuilder};
pub use cursor::Cursor;
pub use error::{Error, ErrorKind, Result};
pub use query::VideoQuery;
pub use retry::RetryPolicy;
pub use stream::{End, Page, PageStream, Stats, VideoStream, WithCursors};
pub use video::{Extra, UnknownWord, Video, VideoStatus, VideoType};
pub use wire::Malformed;

/// Compiles and runs the examples of the README.
#[cfg(all(doctest, feature = "simulator"))]
#[doc = include_str!("../README.md")]
struct Readme;
