//! `Token`, the pagination token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::random::mix;
use super::sort_key::SortKey;

const SORT_KEY: &str = "created_ts";
const SORT_ORDER: &str = "desc";

/// A keyset token: it names the last video that was listed, even if that video is deleted later.
///
/// Like HeyGen's tokens it is JSON in base64 with `+`, `/` and `=`, so a client must send it back
/// byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The last video listed. `None` leads to the first page.
    pub(super) after: Option<SortKey>,
    /// Makes a token differ from another one with the same sort key. Otherwise 0.
    pub(super) nonce: u64,
    /// Whether the page that it leads to returns the same token again.
    pub(super) repeats: bool,
}

/// The fields of HeyGen's tokens, and three of the simulator's own.
#[derive(Serialize, Deserialize)]
struct TokenFields<'a> {
    start_id: Option<String>,
    last_created_ts: Option<i64>,
    last_fetched_name: String,
    sort_key: &'a str,
    sort_order: &'a str,
    is_favorite: Option<bool>,
    nonce: u64,
    repeats: bool,
    /// A checksum, so that an altered token is refused.
    sum: u64,
}

impl Token {
    /// The token of the page that starts after this sort key.
    pub(super) fn after(sort_key: SortKey) -> Self {
        Self { after: Some(sort_key), nonce: 0, repeats: false }
    }

    pub(super) fn encode(&self) -> serde_json::Result<String> {
        let sort_key = self.after.as_ref();
        let fields = TokenFields {
            start_id: sort_key.map(|sort_key| sort_key.id().to_owned()),
            last_created_ts: sort_key.and_then(SortKey::created_at),
            last_fetched_name: String::new(),
            sort_key: SORT_KEY,
            sort_order: SORT_ORDER,
            is_favorite: None,
            nonce: self.nonce,
            repeats: self.repeats,
            sum: self.sum(),
        };
        Ok(STANDARD.encode(serde_json::to_vec(&fields)?))
    }

    /// Decodes a token. Accepts only the exact text that [`encode`](Self::encode) returned.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let json = STANDARD.decode(text).ok()?;
        let fields: TokenFields<'_> = serde_json::from_slice(&json).ok()?;
        let after = fields.start_id.map(|id| SortKey::new(fields.last_created_ts, id));
        let token = Self { after, nonce: fields.nonce, repeats: fields.repeats };
        // Different texts can hold the same fields, but only one of them is from `encode`.
        (token.encode().ok()? == text).then_some(token)
    }

    fn sum(&self) -> u64 {
        let mut sum = mix(self.nonce << 1 | u64::from(self.repeats));
        if let Some(sort_key) = &self.after {
            let created_at =
                sort_key.created_at().map_or(0, |seconds| mix(seconds.cast_unsigned()));
            sum = sort_key.id().bytes().fold(mix(sum ^ created_at), |sum, byte| {
                mix(sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
            });
        }
        // 53 bits, which every JSON reader can represent exactly.
        sum >> 11
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token::after(SortKey::new(Some(1_759_734_824), "6a7647a385fc40f6a84db29ac4131446"))
    }

    #[test]
    fn a_token_decodes_to_what_was_encoded() {
        let start = Token { after: None, nonce: 3, repeats: true };
        let undated = Token::after(SortKey::new(None, "\"é\""));
        for token in [token(), start, undated] {
            assert_eq!(Token::decode(&token.encode().unwrap()), Some(token));
        }
    }

    #[test]
    fn a_token_with_one_altered_character_is_refused() {
        let text = token().encode().unwrap();
        for at in 0..text.len() {
            for other in ["A", "b", "+", "=", " ", ""] {
                let mut altered = text.clone();
                altered.replace_range(at..=at, other);
                assert!(altered == text || Token::decode(&altered).is_none(), "{altered}");
            }
        }
        assert_eq!(Token::decode(""), None);
        assert_eq!(Token::decode(&text.to_lowercase()), None);
    }
}
