//! The path and the envelope of v3.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error_body::ErrorBody;
use super::page::{Next, NotAPage, VideosVisitor, WirePage};
use crate::video::{V3_NAMES, Video};

pub(super) const PATH: &str = "/v3/videos";

/// The outermost object.
#[derive(Deserialize)]
pub(super) struct V3Page {
    code: Option<Value>,
    error: Option<Value>,
    message: Option<Value>,
    data: Option<V3Videos>,
    has_more: Option<bool>,
    next_token: Option<String>,
}

impl V3Page {
    pub(super) fn into_page(self) -> Result<WirePage, NotAPage> {
        let messages = [self.message.as_ref(), None];
        if let Some(body) =
            ErrorBody::from_fields(self.code.as_ref(), self.error.as_ref(), messages)
        {
            return Err(NotAPage::Refused(body));
        }
        let Some(V3Videos(videos)) = self.data else {
            return Err(NotAPage::Other("no array 'data'".into()));
        };
        let token = self.next_token.filter(|token| !token.is_empty());
        let next = match (self.has_more, token) {
            (Some(false), _) | (None, None) => Next::End,
            (Some(true), None) => Next::Missing,
            (_, Some(token)) => Next::Token(token),
        };
        Ok(WirePage { videos, next, total: None })
    }
}

struct V3Videos(Vec<Video>);

impl<'de> Deserialize<'de> for V3Videos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VideosVisitor(V3_NAMES)).map(Self)
    }
}
