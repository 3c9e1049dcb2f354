//! Turns the bytes of a response into types: pages, videos and error bodies of both versions.

mod error_body;
mod lone_surrogates;
mod page;
mod v1;
mod v3;

use serde::Deserialize;
use serde_json::error::Category;

use crate::api_version::ApiVersion;
use crate::video::NO_VIDEO_ID;
use lone_surrogates::replace_halves;
use page::Object;
use v1::V1Page;
use v3::V3Page;

pub(crate) use error_body::ErrorBody;
pub(crate) use page::{MAX_PAGE_SIZE, Next, NotAPage, WirePage};

/// The path of the listing in this version.
pub(crate) fn path(api: ApiVersion) -> &'static str {
    match api {
        ApiVersion::V1 => v1::PATH,
        ApiVersion::V3 => v3::PATH,
    }
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
