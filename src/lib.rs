//! Lists the videos of a HeyGen account as a lazy, exact, resumable stream.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod base_url;
mod client;
mod cursor;
mod error;
mod fault;
mod fetch;
mod gate;
mod page;
mod page_stream;
mod pages;
mod query;
mod read_ahead;
mod refusal;
mod request;
mod retry;
#[cfg(feature = "simulator")]
#[cfg_attr(docsrs, doc(cfg(feature = "simulator")))]
pub mod simulator;
mod stats;
mod stream;
mod track;
mod video;

pub use client::{Client, ClientBuilder};
pub use cursor::Cursor;
pub use error::{Error, ErrorKind, Result};
pub use page::Page;
pub use page_stream::PageStream;
pub use query::VideoQuery;
pub use request::ApiVersion;
pub use retry::RetryPolicy;
pub use stats::Stats;
pub use stream::VideoStream;
pub use track::End;
pub use video::{Video, VideoStatus, VideoType};
