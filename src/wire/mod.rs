//! Turns the bytes of a response into types: pages, videos and error bodies of both versions.

mod byte_order_mark;
mod entries;
mod envelope;
mod error_body;
mod fields;
mod malformed;
mod non_finite;
mod page;
mod token;
mod v1;
mod v3;
mod warning;

use serde::de::DeserializeSeed;
use serde_json::Deserializer;
use serde_json::error::Category;

use crate::api_version::ApiVersion;
use crate::video::{NO_VIDEO_ID, Names, replace_lone_surrogates};
use byte_order_mark::without_bom;
use entries::{Entries, LISTED_TWICE, TOO_MANY};
use non_finite::replace_non_finite;
use v1::V1Page;
use v3::V3Page;

pub(crate) use error_body::ErrorBody;
pub use malformed::Malformed;
pub(crate) use page::{MAX_PAGE_SIZE, Next, NotAPage, WirePage};
pub(crate) use warning::WireWarning;

/// The path of the listing in this version of the API.
pub(crate) fn path(api: ApiVersion) -> &'static str {
    match api {
        ApiVersion::Auto | ApiVersion::V1 => v1::PATH,
        ApiVersion::V3 => v3::PATH,
    }
}

/// Decodes the body of a response with status 200.
///
/// If a value has an undocumented type, the page is read again in a way that keeps any value. If it
/// cannot be read as a whole, it is read once more, entry by entry. Then half a surrogate pair in a
/// name affects at most its own entry, and `malformed` decides what happens to an entry that is not
/// a video.
pub(crate) fn decode(
    api: ApiVersion,
    body: &[u8],
    malformed: Malformed,
) -> Result<WirePage, NotAPage> {
    let body = without_bom(body);
    decode_page(api, body, malformed).map_err(|why| match why {
        NotAPage::Refused(empty) => {
            NotAPage::Refused(ErrorBody::read_refusal(body).unwrap_or(empty))
        }
        NotAPage::Other(what) => {
            ErrorBody::read_reason(body).map_or(NotAPage::Other(what), NotAPage::Refused)
        }
        why => why,
    })
}

/// [`decode`] without the reason of a refusal.
fn decode_page(api: ApiVersion, body: &[u8], malformed: Malformed) -> Result<WirePage, NotAPage> {
    if let Ok(page) = read(api, body, Entries::plain(names(api))) {
        return page;
    }
    let error = match read(api, body, Entries::fast(names(api))) {
        Ok(page) => return page,
        Err(error) if is_cut(&error, body) => return Err(NotAPage::Cut),
        Err(error) => error,
    };
    match read_one_by_one(api, body, malformed) {
        Ok(page) => return page,
        // The first error was about another value before the cut.
        Err(error) if error.classify() == Category::Eof => return Err(NotAPage::Cut),
        Err(_) => {}
    }
    // An error body may have fields of types that a page does not have.
    Err(ErrorBody::read_refusal(body)
        .map_or_else(|| NotAPage::Other(describe(&error)), NotAPage::Refused))
}

/// Whether the body ends too early.
fn is_cut(error: &serde_json::Error, body: &[u8]) -> bool {
    let last_line = body.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    // If the body ends within a number that is skipped, as in `12.` or `-`, serde_json reports an
    // invalid number, not the end.
    let within_number = matches!(body.last(), Some(b'-' | b'+' | b'.' | b'e' | b'E'))
        && error.classify() == Category::Syntax
        && error.column() == last_line.len();
    within_number || error.classify() == Category::Eof
}

/// Reads a page entry by entry.
pub(crate) fn read_one_by_one(
    api: ApiVersion,
    body: &[u8],
    malformed: Malformed,
) -> serde_json::Result<Result<WirePage, NotAPage>> {
    let finite = replace_non_finite(body);
    let body = finite.as_deref().unwrap_or(body);
    let replaced = replace_lone_surrogates(body);
    let entries = Entries::one_by_one(names(api), malformed, replaced.is_some());
    read(api, replaced.as_deref().unwrap_or(body), entries)
}

fn names(api: ApiVersion) -> Names {
    match api {
        ApiVersion::Auto | ApiVersion::V1 => Names::V1,
        ApiVersion::V3 => Names::V3,
    }
}

/// Reads a page. The outer error means that the body does not have the form of a page.
fn read(
    api: ApiVersion,
    body: &[u8],
    entries: Entries,
) -> serde_json::Result<Result<WirePage, NotAPage>> {
    match api {
        ApiVersion::Auto | ApiVersion::V1 => {
            parse(body, V1Page::new(entries)).map(V1Page::into_page)
        }
        ApiVersion::V3 => parse(body, V3Page::new(entries)).map(V3Page::into_page),
    }
}

fn parse<'de, T: DeserializeSeed<'de>>(body: &'de [u8], seed: T) -> serde_json::Result<T::Value> {
    // Checking UTF-8 once costs a tenth of what serde_json needs to check every string.
    match str::from_utf8(body) {
        Ok(text) => {
            let mut json = Deserializer::from_str(text);
            let value = seed.deserialize(&mut json)?;
            json.end().map(|()| value)
        }
        // Reports the position of the wrong byte, or that the body ends within a character.
        Err(_) => {
            let mut json = Deserializer::from_slice(body);
            let value = seed.deserialize(&mut json)?;
            json.end().map(|()| value)
        }
    }
}

/// What is wrong and where, without the values that serde's message quotes.
fn describe(error: &serde_json::Error) -> String {
    let ours = || {
        [NO_VIDEO_ID, TOO_MANY, LISTED_TWICE]
            .into_iter()
            .find(|own| error.to_string().starts_with(own))
    };
    let what = match error.classify() {
        Category::Data => ours().unwrap_or("a field of the wrong type"),
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
            decode(ApiVersion::V1, body.as_bytes(), Malformed::Fail)
        };
        let read = page("a", r"cut \\ud83d \ud83d", "t").unwrap();
        assert_eq!(read.videos[0].video_title.as_deref(), Some("cut \\ud83d \u{fffd}"));
        assert_eq!(read.next, Next::Token("t".into()));
        for (id, title, token) in
            [(r"\ud83d", "", "t"), ("a", "", r"\ude00"), ("a", r"\ude00", r"\x")]
        {
            let error = page(id, title, token).unwrap_err();
            assert!(
                matches!(
                    error,
                    NotAPage::Unusable(..) | NotAPage::BadEntry(_) | NotAPage::Other(_)
                ),
                "{error:?}"
            );
        }
        let cut = page("a", r"\ud83d", "t\"}}\u{0}").unwrap_err();
        assert!(matches!(&cut, NotAPage::Other(what) if what.contains("column")), "{cut:?}");
    }

    #[test]
    fn the_warning_of_a_page_is_read_in_both_versions() {
        for (api, data) in [(ApiVersion::V1, r#"{"videos":[]}"#), (ApiVersion::V3, "[]")] {
            let body = format!(
                r#"{{"data":{data},"warning":{{"message":"This endpoint is Legacy",
                    "v3_endpoint":"/v3/videos","sunset_date":"2026-10-31"}}}}"#
            );
            let page = decode(api, body.as_bytes(), Malformed::Fail).unwrap();
            assert_eq!(
                page.warning.unwrap().to_string(),
                "This endpoint is Legacy (sunset_date 2026-10-31, v3_endpoint /v3/videos)"
            );
            let body = format!(r#"{{"data":{data},"warnings":["Legacy"],"warning":null}}"#);
            let page = decode(api, body.as_bytes(), Malformed::Fail).unwrap();
            assert_eq!(page.warning.unwrap().to_string(), "Legacy");
            let body = format!(r#"{{"data":{data},"warning":null}}"#);
            let page = decode(api, body.as_bytes(), Malformed::Fail).unwrap();
            assert_eq!(page.warning, None);
        }
    }

    #[test]
    fn a_page_with_two_lists_of_videos_is_refused_whatever_the_second_holds() {
        let list = r#"[{"video_id":"a"}]"#;
        let twice = [
            (ApiVersion::V1, format!(r#"{{"data":{{"videos":{list}}},"data":{{}}}}"#)),
            (ApiVersion::V1, format!(r#"{{"data":null,"data":{{"videos":{list}}}}}"#)),
            (ApiVersion::V1, format!(r#"{{"data":{{"videos":{list},"videos":null}}}}"#)),
            (ApiVersion::V3, r#"{"data":[{"id":"a"}],"data":[]}"#.to_owned()),
        ];
        for (api, body) in twice {
            for malformed in [Malformed::Fail, Malformed::Skip] {
                let error = decode(api, body.as_bytes(), malformed).unwrap_err();
                assert!(
                    matches!(&error, NotAPage::Other(what) if what.starts_with(LISTED_TWICE)),
                    "{body}: {error:?}"
                );
            }
        }
    }

    #[test]
    fn a_body_that_ends_within_a_number_is_cut() {
        let page = r#"{"data":[{"id":"a","duration":-12.5e+3,"x":[-0.1E-2]}],"y":1.5,"has_more":"#;
        for page in [page.to_owned(), page.replace(',', ",\n")] {
            for end in 0..page.len() {
                let cut = decode(ApiVersion::V3, &page.as_bytes()[..end], Malformed::Fail);
                assert_eq!(cut.unwrap_err(), NotAPage::Cut, "{}", &page[..end]);
            }
        }
        for text in ["gone", "Service Unavailable", "{}\ntrue", "{\"a\": b}\n-"] {
            let error = decode(ApiVersion::V3, text.as_bytes(), Malformed::Fail).unwrap_err();
            assert!(matches!(error, NotAPage::Other(_)), "{text}: {error:?}");
        }
    }

    #[test]
    fn a_body_that_ends_early_after_an_odd_value_is_cut() {
        for odd in ["NaN", "7", r#""\ud83d""#] {
            let page = format!(r#"{{"data":{{"videos":[{{"video_id":"a","status":{odd}}}]}}}}"#);
            assert!(decode(ApiVersion::V1, page.as_bytes(), Malformed::Fail).is_ok(), "{page}");
            for end in page.find(odd).unwrap() + odd.len()..page.len() {
                let cut = decode(ApiVersion::V1, &page.as_bytes()[..end], Malformed::Fail);
                assert_eq!(cut.unwrap_err(), NotAPage::Cut, "{}", &page[..end]);
            }
        }
    }

    #[test]
    fn a_body_that_ends_early_is_cut_and_one_with_a_wrong_byte_is_invalid() {
        for end in 0..PAGE.len() {
            let cut = decode(ApiVersion::V1, &PAGE.as_bytes()[..end], Malformed::Fail);
            assert_eq!(cut.unwrap_err(), NotAPage::Cut, "{end} bytes");
        }
        let title = PAGE.find('ö').unwrap();
        for wrong in title..title + "ö世😀".len() {
            let mut body = PAGE.as_bytes().to_vec();
            body[wrong] = 0xff;
            let error = decode(ApiVersion::V1, &body, Malformed::Fail).unwrap_err();
            assert!(
                matches!(&error, NotAPage::Other(what) if what.starts_with("invalid JSON")),
                "{error:?}"
            );
        }
    }
}
