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
use lone_surrogates::replace_lone_surrogates;
use page::Object;
use v1::V1Page;
use v3::V3Page;

pub(crate) use error_body::ErrorBody;
pub(crate) use page::{MAX_PAGE_SIZE, Next, NotAPage, WirePage};

/// The path of the listing in this version of the API.
pub(crate) fn path(api: ApiVersion) -> &'static str {
    match api {
        ApiVersion::Auto | ApiVersion::V1 => v1::PATH,
        ApiVersion::V3 => v3::PATH,
    }
}

/// Decodes the body of a response with status 200.
pub(crate) fn decode(api: ApiVersion, body: &[u8]) -> Result<WirePage, NotAPage> {
    let decoded = decode_as_sent(api, body);
    if !matches!(decoded, Err(NotAPage::Other(_))) {
        return decoded;
    }
    // A title that the server cut within a surrogate pair must not fail the whole page.
    match replace_lone_surrogates(body).map(|body| decode_as_sent(api, &body)) {
        Some(Ok(page)) if page.may_be_altered() => decoded,
        Some(replaced) => replaced,
        None => decoded,
    }
}

impl WirePage {
    /// Whether the token or an id may have lost a character. They have to be exact.
    fn may_be_altered(&self) -> bool {
        let altered = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
        matches!(&self.next, Next::Token(token) if altered(token))
            || self.videos.iter().any(|video| altered(&video.video_id))
    }
}

fn decode_as_sent(api: ApiVersion, body: &[u8]) -> Result<WirePage, NotAPage> {
    let decoded = match api {
        ApiVersion::Auto | ApiVersion::V1 => {
            parse(body).map(|Object(page)| V1Page::into_page(page))
        }
        ApiVersion::V3 => parse(body).map(|Object(page)| V3Page::into_page(page)),
    };
    match decoded {
        Ok(page) => page,
        Err(error) if error.classify() == Category::Eof => Err(NotAPage::Cut),
        // An error body may have fields of types that a page does not have.
        Err(error) => Err(ErrorBody::read(body)
            .map_or_else(|| NotAPage::Other(describe(&error)), NotAPage::Refused)),
    }
}

fn parse<'de, T: Deserialize<'de>>(body: &'de [u8]) -> serde_json::Result<T> {
    // Checking UTF-8 once costs a tenth of what serde_json needs to check every string.
    match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        // Reports the position of the wrong byte, or that the body ends within a character.
        Err(_) => serde_json::from_slice(body),
    }
}

/// What is wrong and where, without the values that serde's message quotes.
fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Data if error.to_string().starts_with(NO_VIDEO_ID) => NO_VIDEO_ID,
        Category::Data => "a field of the wrong type",
        Category::Syntax | Category::Eof | Category::Io => "invalid JSON",
    };
    format!("{what} at line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"data":{"videos":[{"video_id":"a","video_title":"ö世😀"}]}}"#;

    #[test]
    fn a_lone_surrogate_is_replaced_in_a_title_but_not_in_an_id_or_a_token() {
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
    fn a_body_that_ends_early_is_cut_and_one_with_a_wrong_byte_is_invalid() {
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
                matches!(&error, NotAPage::Other(what) if what.starts_with("invalid JSON")),
                "{error:?}"
            );
        }
    }
}
