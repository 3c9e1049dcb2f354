//! `Request`: the filters and the page size; its URL and its fingerprint in each version.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::api_version::ApiVersion;
use crate::cursor::fingerprint;
use crate::wire::{self, Malformed};

/// Escapes everything but RFC 3986's unreserved characters, so that servers cannot misread it.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The part of a request that stays the same for a whole walk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) folder_id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) limit: u32,
    pub(crate) malformed: Malformed,
}

impl Request {
    /// The URL of the page for `token`, or of the first page if there is no token.
    pub(super) fn url(&self, base: &str, api: ApiVersion, token: Option<&str>) -> String {
        let mut url = format!("{base}{}?limit={}", wire::path(api), self.limit);
        let (folder_id, title) = (self.folder_id.as_deref(), self.title.as_deref());
        for (name, value) in [("folder_id", folder_id), ("title", title), ("token", token)] {
            if let Some(value) = value {
                url.extend(["&", name, "="]);
                url.extend(utf8_percent_encode(value, ESCAPED));
            }
        }
        url
    }

    /// Identifies the listing by version and filters. The page size does not change the order of
    /// the videos, so it is left out.
    pub(crate) fn fingerprint(&self, api: ApiVersion) -> u64 {
        let mut bytes = api.as_str().as_bytes().to_vec();
        for value in [&self.folder_id, &self.title] {
            match value {
                Some(value) => {
                    bytes.push(1);
                    bytes.extend((value.len() as u64).to_le_bytes());
                    bytes.extend(value.as_bytes());
                }
                None => bytes.push(0),
            }
        }
        fingerprint(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(folder_id: Option<&str>, title: Option<&str>) -> Request {
        Request {
            folder_id: folder_id.map(Into::into),
            title: title.map(Into::into),
            limit: 100,
            malformed: Malformed::Fail,
        }
    }

    #[test]
    fn filters_are_percent_encoded() {
        let request = request(Some("a/b"), Some("ö & +=100%"));
        let url = request.url("https://host", ApiVersion::V1, Some("t+/="));
        assert_eq!(
            url,
            "https://host/v1/video.list?limit=100&folder_id=a%2Fb\
             &title=%C3%B6%20%26%20%2B%3D100%25&token=t%2B%2F%3D"
        );
    }

    #[test]
    fn the_fingerprint_depends_on_version_and_filters_but_not_on_the_page_size() {
        let plain = request(None, None);
        let mut same = plain.clone();
        same.limit = 7;
        let of = |request: &Request| request.fingerprint(ApiVersion::V1);
        assert_eq!(of(&plain), of(&same));
        assert_ne!(of(&plain), plain.fingerprint(ApiVersion::V3));
        let (folder, title) = (request(Some("x"), None), request(None, Some("x")));
        assert_ne!(of(&folder), of(&title));
        assert_ne!(of(&folder), of(&plain));
    }

    #[test]
    fn fingerprints_never_change_between_releases() {
        // Existing cursors contain this value, so it must not change.
        assert_eq!(request(Some("f"), None).fingerprint(ApiVersion::V1), FROZEN);
    }

    const FROZEN: u64 = 7_496_583_834_224_289_776;
}
