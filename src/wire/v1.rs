//! The path and the envelope of v1.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error_body::ErrorBody;
use super::page::{Next, NotAPage, Object, VideosVisitor, WirePage};
use crate::video::{V1_NAMES, Video};

pub(super) const PATH: &str = "/v1/video.list";

/// The outermost object. An error body can have any type of `data`; `decode` reads it again.
#[derive(Deserialize)]
pub(super) struct V1Page {
    #[serde(default, deserialize_with = "as_sent")]
    code: Option<Value>,
    error: Option<Value>,
    message: Option<Value>,
    msg: Option<Value>,
    data: Option<Object<V1Data>>,
}

#[derive(Deserialize)]
struct V1Data {
    videos: Option<V1Videos>,
    token: Option<String>,
    #[serde(default, deserialize_with = "count")]
    total: Option<u64>,
}

impl V1Page {
    pub(super) fn into_page(self) -> Result<WirePage, NotAPage> {
        let messages = [self.message.as_ref(), self.msg.as_ref()];
        if let Some(body) =
            ErrorBody::from_fields(self.code.as_ref(), self.error.as_ref(), messages)
        {
            return Err(NotAPage::Refused(body));
        }
        if self.code.is_some_and(|code| code.is_null()) {
            return Err(NotAPage::Other("'code' is null, not 100".into()));
        }
        let Some(Object(V1Data { videos: Some(V1Videos(videos)), token, total })) = self.data
        else {
            return Err(NotAPage::Other("no array 'data.videos'".into()));
        };
        let next = token.filter(|token| !token.is_empty()).map_or(Next::End, Next::Token);
        Ok(WirePage { videos, next, total })
    }
}

struct V1Videos(Vec<Video>);

impl<'de> Deserialize<'de> for V1Videos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VideosVisitor(V1_NAMES)).map(Self)
    }
}

/// Keeps `null` apart from an absent field, which `Option` alone does not.
fn as_sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads a count from a number or a numeric string. Anything else is ignored and fails no page.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}
