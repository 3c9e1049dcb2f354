//! The text form of a `Cursor`: `Display`, `FromStr` and serde.
//!
//! The text is `hgc1.<api>.<filters>.<state>.<token>.<yielded>.<checksum>`:
//!
//! - `<api>`: `v1` or `v3`.
//! - `<filters>`: the fingerprint of the filters, 16 hex digits.
//! - `<state>`: `s` at the first page, `t` at the page of a token, `f` finished.
//! - `<token>`: the token in unpadded base64url; empty for `s` and `f`.
//! - `<yielded>`: two pieces for each run of yielded videos, all joined by `~`. The first piece is
//!   the fingerprints of the videos, the second the fingerprint of the video after them or empty.
//!   Fingerprints are 8 bytes each, little-endian; a piece is unpadded base64url.
//!   If the second piece repeats the last fingerprint of the first, the run is one of
//!   [`YieldedRun::behind`].
//! - `<checksum>`: the low 32 bits of the fingerprint of all text before the last dot, 8 hex
//!   digits.
//!
//! A walk with `created_since` has also looked at the order of the videos. In that case the text
//! begins with `hgc2` and has one more field, `<order>`, before `<checksum>`: the time of the last
//! video, in Unix seconds, or `x` if the videos were not listed newest first.
//!
//! Every later release reads these forms. A new form gets a new prefix `hgcN`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::fingerprint;
use super::{Cursor, Order, Position, YieldedRun};
use crate::api_version::ApiVersion;
use crate::error::{Error, Result};

const FORM: &str = "hgc1";

/// The form with the order of the videos.
const FORM_WITH_ORDER: &str = "hgc2";

impl Cursor {
    fn without_checksum(&self) -> String {
        let (state, token, yielded, order) = match &self.position {
            Position::Finished => ('f', "", &[][..], Order::Unknown),
            Position::At { token: None, yielded, order } => ('s', "", &yielded[..], *order),
            Position::At { token: Some(token), yielded, order } => {
                ('t', &token[..], &yielded[..], *order)
            }
        };
        let (form, order) = match order {
            Order::Unknown => (FORM, String::new()),
            Order::Kept(last) => (FORM_WITH_ORDER, format!(".{last}")),
            Order::Broken => (FORM_WITH_ORDER, ".x".to_owned()),
        };
        let pieces =
            yielded.iter().flat_map(|run| [&run.fingerprints[..], run.followed_by.as_slice()]);
        format!(
            "{form}.{}.{:016x}.{state}.{}.{}{order}",
            self.api,
            self.filters,
            BASE64.encode(token),
            pieces.map(encode).collect::<Vec<_>>().join("~"),
        )
    }
}

fn encode(fingerprints: &[u64]) -> String {
    BASE64.encode(fingerprints.iter().flat_map(|one| one.to_le_bytes()).collect::<Vec<_>>())
}

fn decode(piece: &str) -> Option<Vec<u64>> {
    let bytes = BASE64.decode(piece).ok()?;
    let (whole, rest) = bytes.as_chunks::<8>();
    rest.is_empty().then(|| whole.iter().map(|one| u64::from_le_bytes(*one)).collect())
}

fn parse_runs(text: &str) -> Option<Arc<[YieldedRun]>> {
    let pieces = if text.is_empty() { Vec::new() } else { text.split('~').collect() };
    let (pairs, unpaired) = pieces.as_chunks::<2>();
    if !unpaired.is_empty() {
        return None;
    }
    pairs.iter().map(|[run, next]| parse_run(run, next)).collect()
}

fn parse_run(fingerprints: &str, next: &str) -> Option<YieldedRun> {
    let fingerprints: Arc<[u64]> = decode(fingerprints)?.into();
    let next = decode(next)?;
    if fingerprints.is_empty() || next.len() > 1 {
        return None;
    }
    Some(YieldedRun { fingerprints, followed_by: next.first().copied() })
}

fn parse_order(text: &str) -> Option<Order> {
    if text == "x" { Some(Order::Broken) } else { text.parse().ok().map(Order::Kept) }
}

fn checksum(text: &str) -> u32 {
    // 32 bits detect a mistake; this is not a signature.
    fingerprint(text.as_bytes()) as u32
}

/// Appends the checksum to the other fields of a cursor's text.
pub(crate) fn with_checksum(text: &str) -> String {
    format!("{text}.{:08x}", checksum(text))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_checksum(&self.without_checksum()))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    /// Reads what `Display` wrote. White space around it is ignored, and so is a byte order mark,
    /// which some editors and shells write at the start of a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Cursor`](crate::ErrorKind::Cursor) if the text is not a cursor, was cut short
    /// or altered, or was written in a newer form by a later release.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim().trim_start_matches('\u{feff}').trim_start();
        let altered = || Error::bad_cursor("the cursor was cut short or altered: copy it whole");
        let (form, _) = text.split_once('.').unwrap_or((text, ""));
        if ![FORM, FORM_WITH_ORDER].contains(&form) {
            let version = form.strip_prefix("hgc").unwrap_or_default();
            return Err(Error::bad_cursor(if version.parse::<u32>().is_ok_and(|n| n > 2) {
                "the cursor was written by a later release of heygen-videos: update this one"
            } else {
                "this is not a cursor of heygen-videos, which begins with 'hgc1.'"
            }));
        }
        let (before, found) = text.rsplit_once('.').ok_or_else(altered)?;
        if found != format!("{:08x}", checksum(before)) {
            return Err(altered());
        }
        // A position has exactly one text: hex such as '+7' or 'AB' parses, but is never written.
        let cursor = parse_fields(before).filter(|cursor| cursor.without_checksum() == before);
        cursor.ok_or_else(altered)
    }
}

fn parse_fields(text: &str) -> Option<Cursor> {
    let mut fields = text.split('.');
    let mut next = || fields.next();
    let form = next()?;
    let (api, filters, state, token, yielded) = (next()?, next()?, next()?, next()?, next()?);
    let order = if form == FORM_WITH_ORDER { parse_order(next()?)? } else { Order::Unknown };
    if next().is_some() {
        return None;
    }
    let api = [ApiVersion::V1, ApiVersion::V3].into_iter().find(|known| known.as_str() == api)?;
    let filters = u64::from_str_radix(filters, 16).ok().filter(|_| filters.len() == 16)?;
    let token = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
    let yielded = parse_runs(yielded)?;
    let position = match state {
        "s" if token.is_empty() => Position::At { token: None, yielded, order },
        "t" if !token.is_empty() => Position::At { token: Some(token.into()), yielded, order },
        "f" if token.is_empty() && yielded.is_empty() => Position::Finished,
        _ => return None,
    };
    Some(Cursor { api, filters, position })
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CursorVisitor;

        impl de::Visitor<'_> for CursorVisitor {
            type Value = Cursor;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a cursor")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cursor, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(CursorVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors() -> Vec<Cursor> {
        let yielded: Arc<[YieldedRun]> = [
            YieldedRun { fingerprints: [1, u64::MAX, 0].into(), followed_by: None },
            YieldedRun { fingerprints: [5].into(), followed_by: Some(6) },
        ]
        .into();
        let at = |token: Option<&str>, order| Position::At {
            token: token.map(Into::into),
            yielded: yielded.clone(),
            order,
        };
        [
            Position::start(),
            at(None, Order::Unknown),
            at(Some("tök+/=.en"), Order::Unknown),
            Position::at(Some("t".into())),
            at(None, Order::Broken),
            at(Some("t"), Order::Kept(-7)),
            Position::Finished,
        ]
        .map(|position| Cursor { api: ApiVersion::V3, filters: 7, position })
        .into()
    }

    #[test]
    fn text_and_serde_round_trip() {
        for cursor in cursors() {
            let text = cursor.to_string();
            assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
            assert_eq!(text.parse::<Cursor>().unwrap(), cursor);
            for start in [" ", "\u{feff}", " \u{feff} "] {
                assert_eq!(format!("{start}{text}\n").parse::<Cursor>().unwrap(), cursor);
            }
            let json = serde_json::to_string(&cursor).unwrap();
            assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor);
        }
    }

    #[test]
    fn every_truncation_and_every_changed_character_is_detected() {
        for cursor in cursors() {
            let text = cursor.to_string();
            for at in 0..text.len() {
                assert!(text[..at].parse::<Cursor>().is_err(), "cut at {at}");
                let mut altered = text.clone().into_bytes();
                altered[at] = if altered[at] == b'x' { b'y' } else { b'x' };
                let altered = String::from_utf8(altered).unwrap();
                assert!(altered.parse::<Cursor>().is_err(), "{altered}");
            }
        }
    }

    #[test]
    fn invalid_fields_with_a_valid_checksum_are_refused() {
        for body in [
            "hgc1",
            "hgc1.v1.0.s..",
            "hgc1.v2.0000000000000007.s..",
            "hgc1.v1.0000000000000007.s.dA.",
            "hgc1.v1.0000000000000007.t..",
            "hgc1.v1.0000000000000007.t.dA.AA",
            "hgc1.v1.0000000000000007.t.dA.AAAAAAAAAAA",
            "hgc1.v1.0000000000000007.t.dA.~AAAAAAAAAAA",
            "hgc1.v1.0000000000000007.t.dA.AAAAAAAAAAA~AAAAAAAAAAAAAAAAAAAAAA",
            "hgc1.v1.0000000000000007.f..AAAAAAAAAAA~",
            "hgc1.v1.0000000000000007.s...",
            "hgc1.v1.zz.s..",
            "hgc1.v1.+000000000000007.s..",
            "hgc1.v1.00000000000000AB.s..",
            "hgc1.v1.0000000000000007.s...7",
            "hgc2.v1.0000000000000007.s..",
            "hgc2.v1.0000000000000007.s...",
            "hgc2.v1.0000000000000007.s...+7",
            "hgc2.v1.0000000000000007.s...9223372036854775808",
            "hgc2.v1.0000000000000007.s...7.7",
            "hgc2.v1.0000000000000007.f...x",
        ] {
            let text = format!("{body}.{:08x}", checksum(body));
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_text_form_never_changes_between_releases() {
        let texts: Vec<_> = cursors().iter().map(ToString::to_string).collect();
        assert_eq!(texts[2], FROZEN);
        assert_eq!(texts[4..6], FROZEN_WITH_ORDER);
    }

    const FROZEN: &str = "hgc1.v3.0000000000000007.t.dMO2aysvPS5lbg.\
                          AQAAAAAAAAD__________wAAAAAAAAAA~~BQAAAAAAAAA~BgAAAAAAAAA.739e9032";

    const FROZEN_WITH_ORDER: [&str; 2] = [
        "hgc2.v3.0000000000000007.s..\
         AQAAAAAAAAD__________wAAAAAAAAAA~~BQAAAAAAAAA~BgAAAAAAAAA.x.957c0d25",
        "hgc2.v3.0000000000000007.t.dA.\
         AQAAAAAAAAD__________wAAAAAAAAAA~~BQAAAAAAAAA~BgAAAAAAAAA.-7.7f7a4bf2",
    ];

    #[test]
    fn a_later_form_and_other_text_get_different_errors() {
        let later = "hgc3.v1.x".parse::<Cursor>().unwrap_err();
        assert!(later.to_string().contains("update"), "{later}");
        for text in ["eyJhIjoxfQ==", "hgc01.v1.x", "hgc.x"] {
            let other = text.parse::<Cursor>().unwrap_err();
            assert!(other.to_string().contains("not a cursor"), "{other}");
            assert!(!other.to_string().contains("eyJ"));
        }
    }
}
