//! The envelope in which each dialect sends a page.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::error_body::ErrorBody;
use super::lone_surrogates::replace_halves;
use crate::api_version::ApiVersion;
use crate::video::Video;
use crate::video::{NO_VIDEO_ID, Names, Push, V1_NAMES, V3_NAMES};

/// The largest page that either dialect serves.
pub(crate) const MAX_PAGE_SIZE: u32 = 100;

/// A page as it came over the wire, before the walk looked at it.
#[derive(Debug)]
pub(crate) struct WirePage {
    pub(crate) videos: Vec<Video>,
    pub(crate) next: Next,
    pub(crate) total: Option<u64>,
}

/// Where a page says the listing goes on.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Token(String),
    End,
    /// v3 said that there is more, and did not say where.
    Missing,
}

/// Why a body at status 200 is not a page.
#[derive(Debug, PartialEq)]
pub(crate) enum NotAPage {
    /// The JSON ends too early, as a body does that was cut in transit.
    Cut,
    /// The API refused the request.
    Refused(ErrorBody),
    /// It is something else; the text says what, without quoting it.
    Other(String),
}

/// Decodes the body of a response with status 200.
pub(crate) fn decode(api: ApiVersion, body: &[u8]) -> Result<WirePage, NotAPage> {
    let decoded = decode_as_sent(api, body);
    if !matches!(decoded, Err(NotAPage::Other(_))) {
        return decoded;
    }
    // One title that was cut within a character must not stand in the way of a listing for ever.
    match replace_halves(body).map(|body| decode_as_sent(api, &body)) {
        Some(Ok(page)) if page.may_be_altered() => decoded,
        Some(replaced) => replaced,
        None => decoded,
    }
}

impl WirePage {
    /// Whether what has to be exact may have been replaced.
    fn may_be_altered(&self) -> bool {
        let altered = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
        matches!(&self.next, Next::Token(token) if altered(token))
            || self.videos.iter().any(|video| altered(&video.video_id))
    }
}

fn decode_as_sent(api: ApiVersion, body: &[u8]) -> Result<WirePage, NotAPage> {
    let decoded = match api {
        ApiVersion::V1 => parse(body).map(|Object(page)| V1Page::into_page(page)),
        ApiVersion::V3 => parse(body).map(|Object(page)| V3Page::into_page(page)),
    };
    match decoded {
        Ok(page) => page,
        Err(error) if error.classify() == Category::Eof => Err(NotAPage::Cut),
        // A body that is no page may well be a refusal with odd fields beside it.
        Err(error) => Err(ErrorBody::read(body)
            .map_or_else(|| NotAPage::Other(describe(&error)), NotAPage::Refused)),
    }
}

fn parse<'de, T: Deserialize<'de>>(body: &'de [u8]) -> serde_json::Result<T> {
    // One check of the whole body costs a tenth of serde_json's check of each text in it.
    match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        // Tells where it is no UTF-8, or that it was cut within a character.
        Err(_) => serde_json::from_slice(body),
    }
}

/// What is wrong and where, without the values that serde's own message quotes.
fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Data if error.to_string().starts_with(NO_VIDEO_ID) => NO_VIDEO_ID,
        Category::Data => "a field of a wrong type",
        Category::Syntax | Category::Eof | Category::Io => "no JSON",
    };
    format!("{what} at line {}, column {}", error.line(), error.column())
}

/// v1's outermost object; `data` may be anything in a refusal, which `decode` then reads again.
#[derive(Deserialize)]
struct V1Page {
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

/// v3's outermost object.
#[derive(Deserialize)]
struct V3Page {
    code: Option<Value>,
    error: Option<Value>,
    message: Option<Value>,
    data: Option<V3Videos>,
    has_more: Option<bool>,
    next_token: Option<String>,
}

impl V1Page {
    fn into_page(self) -> Result<WirePage, NotAPage> {
        let messages = [self.message.as_ref(), self.msg.as_ref()];
        if let Some(refusal) =
            ErrorBody::from_fields(self.code.as_ref(), self.error.as_ref(), messages)
        {
            return Err(NotAPage::Refused(refusal));
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

impl V3Page {
    fn into_page(self) -> Result<WirePage, NotAPage> {
        let messages = [self.message.as_ref(), None];
        if let Some(refusal) =
            ErrorBody::from_fields(self.code.as_ref(), self.error.as_ref(), messages)
        {
            return Err(NotAPage::Refused(refusal));
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

/// A `T` that came as an object: a derived `Deserialize` takes an array of the fields as well, and
/// would find an empty page in one.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Tells `null` from an absent field, which `Option` alone does not.
fn as_sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads a count from a number or a numeric string; anything else is no reason to lose a page.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

struct V1Videos(Vec<Video>);

struct V3Videos(Vec<Video>);

impl<'de> Deserialize<'de> for V1Videos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VideosVisitor(V1_NAMES)).map(Self)
    }
}

impl<'de> Deserialize<'de> for V3Videos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VideosVisitor(V3_NAMES)).map(Self)
    }
}

struct VideosVisitor(Names);

impl<'de> Visitor<'de> for VideosVisitor {
    type Value = Vec<Video>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of videos")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Video>, A::Error> {
        // Most pages are full; growing to a hundred would move each video several times.
        let mut videos = Vec::with_capacity(MAX_PAGE_SIZE as usize);
        while let Some(()) = seq.next_element_seed(Push { names: self.0, videos: &mut videos })? {}
        Ok(videos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"data":{"videos":[{"video_id":"a","video_title":"ö世😀"}]}}"#;

    #[test]
    fn half_a_surrogate_pair_costs_its_character_and_never_an_id_or_a_token() {
        let page = |id: &str, title: &str, token: &str| {
            let video = format!(r#"{{"video_id":"{id}","video_title":"{title}"}}"#);
            let body = format!(r#"{{"data":{{"videos":[{video}],"token":"{token}"}}}}"#);
            decode(ApiVersion::V1, body.as_bytes())
        };
        let read = page("a", r"cut \\ud83d \ud83d", "t").unwrap();
        assert_eq!(read.videos[0].video_title.as_deref(), Some("cut \\ud83d \u{fffd}"));
        assert_eq!(read.next, Next::Token("t".into()));
        for (id, title, token) in
            [(r"\ud83d", "", "t"), ("a", "", r"\ude00"), ("a", r"\ude00", r"\x")]
        {
            let error = page(id, title, token).unwrap_err();
            assert!(matches!(error, NotAPage::Other(_)), "{error:?}");
        }
        let cut = page("a", r"\ud83d", "t\"}}\u{0}").unwrap_err();
        assert!(matches!(&cut, NotAPage::Other(what) if what.contains("column")), "{cut:?}");
    }

    #[test]
    fn a_body_cut_within_a_character_is_cut_and_one_with_a_wrong_byte_is_no_json() {
        for end in 0..PAGE.len() {
            let cut = decode(ApiVersion::V1, &PAGE.as_bytes()[..end]);
            assert_eq!(cut.unwrap_err(), NotAPage::Cut, "{end} bytes");
        }
        let title = PAGE.find('ö').unwrap();
        for wrong in title..title + "ö世😀".len() {
            let mut body = PAGE.as_bytes().to_vec();
            body[wrong] = 0xff;
            let error = decode(ApiVersion::V1, &body).unwrap_err();
            assert!(
                matches!(&error, NotAPage::Other(what) if what.starts_with("no JSON")),
                "{error:?}"
            );
        }
    }
}
