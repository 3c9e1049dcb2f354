//! `Redactor`: removes the key and the token from texts of servers and libraries.

use percent_encoding::percent_decode_str;

/// Shorter secrets are not removed: they would match parts of ordinary words, and nothing this
/// short is a real secret.
const SHORTEST_SECRET: usize = 6;

/// How many characters of a text of a server or a library are shown.
const LONGEST_TEXT: usize = 200;

/// Removes the secrets of one request from texts of servers and libraries.
pub(super) struct Redactor<'a> {
    secrets: Vec<&'a str>,
}

impl<'a> Redactor<'a> {
    pub(super) fn new(key: &'a str, token: Option<&'a str>) -> Self {
        let secrets = [Some(key), token].into_iter().flatten();
        Self { secrets: secrets.filter(|secret| secret.len() >= SHORTEST_SECRET).collect() }
    }

    /// Removes these secrets too.
    pub(super) fn also(mut self, secrets: &'a [String]) -> Self {
        let secrets = secrets.iter().map(String::as_str);
        self.secrets.extend(secrets.filter(|secret| secret.len() >= SHORTEST_SECRET));
        self
    }

    fn redact(&self, text: String) -> String {
        let secrets = self.secrets.iter();
        secrets.fold(text, |text, secret| text.replace(secret, "[redacted]"))
    }

    /// The text without secrets, with control characters escaped, cut to `LONGEST_TEXT`.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = self.redact(text.to_owned());
        if text.contains('%') {
            // Find a secret even if only some of its characters are percent-encoded.
            let plain = percent_decode_str(&text).decode_utf8_lossy().into_owned();
            let redacted = self.redact(plain.clone());
            if redacted != plain {
                text = redacted;
            }
        }
        let mut clean = String::new();
        for (at, c) in text.chars().enumerate() {
            if at == LONGEST_TEXT {
                clean.push('…');
                break;
            }
            if c.is_control() || is_direction_mark(c) {
                clean.extend(c.escape_default());
            } else {
                clean.push(c);
            }
        }
        clean
    }
}

/// Characters that reorder or break a line. With them, one message could be made to look like
/// another.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_control_characters_are_removed_and_long_text_is_cut() {
        let redactor = Redactor::new("canary-key", Some("canary+token"));
        let text = "bad key canary-key\r\n\u{1b}[31m token=canary%2Btoken canary+token";
        assert_eq!(
            redactor.clean(text),
            "bad key [redacted]\\r\\n\\u{1b}[31m token=[redacted] [redacted]"
        );
        assert_eq!(redactor.clean(&"ü".repeat(300)).chars().count(), 201);
        assert!(!redactor.clean(&format!("{}canary-key", "x".repeat(195))).contains("canary"));
    }

    #[test]
    fn a_percent_encoded_secret_is_found() {
        let redactor = Redactor::new("canary-key", Some("canary+to/ken=="));
        for (text, clean) in [
            ("canary%2Bto%2Fken%3D%3D", "[redacted]"),
            ("canary%2bto%2fken%3d%3d", "[redacted]"),
            ("100% of canary+to/ken%3D%3D", "100% of [redacted]"),
            ("canary%2dkey, %63anary-key", "[redacted], [redacted]"),
            ("%1b%F0 is no secret: 100%", "%1b%F0 is no secret: 100%"),
            ("%1bcanary%2dkey", "\\u{1b}[redacted]"),
        ] {
            assert_eq!(redactor.clean(text), clean);
        }
    }

    #[test]
    fn a_short_secret_is_not_removed_from_words() {
        assert_eq!(Redactor::new("k", Some("e")).clean("network"), "network");
    }
}
