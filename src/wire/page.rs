//! The types that both versions decode to.

use super::error_body::ErrorBody;
use super::warning::WireWarning;
use crate::video::Video;

/// The largest page that either version serves.
pub(crate) const MAX_PAGE_SIZE: u32 = 100;

/// A page as the server sent it.
#[derive(Debug)]
pub(crate) struct WirePage {
    pub(crate) videos: Vec<Video>,
    pub(crate) next: Next,
    pub(crate) total: Option<u64>,
    /// Whether the list of videos was null, as in an account without videos.
    pub(crate) is_null: bool,
    /// How many entries were left out because they are not videos.
    pub(crate) skipped: u64,
    /// What is wrong with the first of them.
    pub(crate) first_skipped: Option<String>,
    /// The notice that the API will end.
    pub(crate) warning: Option<Box<WireWarning>>,
}

/// How the listing continues after a page.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Token(String),
    End,
    /// v3 says that there are more videos, but sent no token.
    Missing,
}

/// Why a body at status 200 is not a page.
#[derive(Debug, PartialEq)]
pub(crate) enum NotAPage {
    /// The JSON ends too early: the body was cut in transit.
    Cut,
    /// It is an error body.
    Refused(ErrorBody),
    /// It is a page of the listing, but something in it cannot be used. The texts say what, and
    /// what to do.
    Unusable(String, &'static str),
    /// It is a page of the listing with an entry that is not a video. The text describes the entry.
    BadEntry(String),
    /// It is something else. The text says what is wrong, without quoting the body.
    Other(String),
}
