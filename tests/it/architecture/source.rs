//! Splits Rust source text into tokens, without comments, literals and `#[cfg(test)]` items.

/// A word, `::` or one other character. A literal is represented as `"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// The tokens of a file, without test-only code.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) tokens: Vec<Token>,
    /// Child modules behind `#[cfg(test)]`, whose files contain only test code.
    pub(super) test_modules: Vec<String>,
}

impl Source {
    pub(super) fn parse(text: &str) -> Self {
        let all = tokens(text);
        let mut source = Self::default();
        let mut at = 0;
        while at < all.len() {
            let Some(end) = attribute_end(&all, at) else {
                source.tokens.push(all[at].clone());
                at += 1;
                continue;
            };
            if !is_cfg_test(&all[at..end]) {
                source.tokens.extend_from_slice(&all[at..end]);
                at = end;
            } else if all[at + 1].text == "!" {
                return Self::default();
            } else {
                at = item_end(&all, end);
                if let [.., keyword, name, end] = &all[..at]
                    && (keyword.text.as_str(), end.text.as_str()) == ("mod", ";")
                {
                    source.test_modules.push(name.text.clone());
                }
            }
        }
        source
    }
}

/// The text of the token at an index; empty if the index is past the end.
pub(super) fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| &token.text)
}

pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The end of the attribute that begins at `at`.
fn attribute_end(tokens: &[Token], at: usize) -> Option<usize> {
    let open = at + 1 + usize::from(text(tokens, at + 1) == "!");
    let begins = text(tokens, at) == "#" && text(tokens, open) == "[";
    begins.then(|| group_end(tokens, open))
}

/// The position after the closing bracket of the group that opens at `open`.
fn group_end(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Whether an attribute limits its item to tests.
fn is_cfg_test(attribute: &[Token]) -> bool {
    let has = |word: &str| attribute.iter().any(|token| token.text == word);
    has("cfg") && has("test") && !has("not") && !has("any")
}

/// The end of the item, field or statement that begins at `at`.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    while let Some(end) = attribute_end(tokens, at) {
        at = end;
    }
    if text(tokens, at) == "pub" {
        at += 1;
        if text(tokens, at) == "(" {
            at = group_end(tokens, at);
        }
    }
    const ITEMS: [&str; 11] = [
        "async", "const", "enum", "extern", "fn", "impl", "mod", "static", "struct", "trait",
        "type",
    ];
    let is_use = text(tokens, at) == "use";
    let is_item = is_use || ITEMS.contains(&text(tokens, at));
    while at < tokens.len() {
        match text(tokens, at) {
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            ")" | "]" | "}" => return at,
            "{" if !is_use => return group_end(tokens, at),
            "(" | "[" | "{" => at = group_end(tokens, at),
            _ => at += 1,
        }
    }
    at
}

fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: text, line: 1 };
    let mut tokens = Vec::new();
    while let Some(text) = lexer.next() {
        if !text.is_empty() {
            tokens.push(Token { text: text.to_owned(), line: lexer.line });
        }
    }
    tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lexer<'a> {
    /// Returns the next token; empty for white space, comments and lifetimes.
    fn next(&mut self) -> Option<&'a str> {
        let first = self.rest.chars().next()?;
        if self.rest.starts_with("//") {
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            return Some("");
        }
        if self.rest.starts_with("/*") {
            self.block_comment();
            return Some("");
        }
        if let Some(length) = self.literal() {
            self.take(length);
            return Some("\"");
        }
        if self.rest.starts_with("r#") {
            self.take(2);
            return Some("");
        }
        let word = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let word = word.unwrap_or(self.rest.len());
        Some(match first {
            '\'' => {
                self.take(1);
                let name = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                self.take(name.unwrap_or(self.rest.len()));
                ""
            }
            _ if first.is_whitespace() => {
                self.take(first.len_utf8());
                ""
            }
            _ if word > 0 => self.take(word),
            _ if self.rest.starts_with("::") => self.take(2),
            _ => self.take(first.len_utf8()),
        })
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while !self.rest.is_empty() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.take(self.rest.chars().next().map_or(0, char::len_utf8));
            }
        }
    }

    /// The length of the string or character literal that begins here, if there is one.
    fn literal(&self) -> Option<usize> {
        let prefix = ["br", "cr", "b", "c", "r", ""];
        let (prefix, text) = prefix.iter().find_map(|prefix| {
            let text = self.rest.strip_prefix(prefix)?;
            text.starts_with(['"', '\'', '#']).then_some((*prefix, text))
        })?;
        if prefix.ends_with('r') {
            let hashes = text.len() - text.trim_start_matches('#').len();
            let body = text[hashes..].strip_prefix('"')?;
            let close = format!("\"{}", "#".repeat(hashes));
            let end = body.find(&close).map_or(body.len(), |end| end + close.len());
            return Some(prefix.len() + hashes + 1 + end);
        }
        let quote = text.chars().next().filter(|quote| *quote != '#')?;
        let mut chars = text.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                _ if c == quote && at > 1 => return Some(prefix.len() + at + 1),
                _ if c == quote => return (c == '"').then_some(prefix.len() + at + 1),
                // If there is a second character, it is a lifetime.
                _ if quote == '\'' && at > 1 && !text.starts_with("'\\") => return None,
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn words(source: &str) -> Vec<String> {
        let words = Source::parse(source).tokens.into_iter();
        words.map(|token| token.text).filter(|text| is_word(text)).collect()
    }

    #[test]
    fn comments_literals_and_lifetimes_are_left_out() {
        assert_eq!(words("a /* b /* c */ d */ e // f\n/// g\nh"), ["a", "e", "h"]);
        assert_eq!(words(r##"a "b \" c" r#"d " e"# b"f" g"##), ["a", "g"]);
        assert_eq!(words(r"a 'b' '\'' '\u{1f600}' 'é' b'c' &'static d 'x: e"), ["a", "d", "e"]);
        assert_eq!(words("r#type 1_000 r b c"), ["type", "1_000", "r", "b", "c"]);
    }

    #[test]
    fn a_source_token_has_the_number_of_its_line() {
        let source = Source::parse("a\n\"b\n\"\n/*\n*/ c");
        let lines: Vec<_> = source.tokens.iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 3, 5]);
    }

    #[test]
    fn items_for_tests_are_left_out() {
        let kept = |text: &str| words(&format!("{text} kept"));
        for item in [
            "mod tests { fn a() { { } } }",
            "mod tests;",
            "pub(crate) use a::{b, c};",
            "fn a<T, U>(x: [u8; 4]) -> u8 { 1 }",
            "#[derive(Debug)] struct A(u8);",
            "struct A { b: u8, c: u8 }",
            "const A: [u8; 2] = [1, 2];",
        ] {
            assert_eq!(kept(&format!("#[cfg(test)] {item}")), ["kept"], "{item}");
            assert_eq!(kept(&format!("#[cfg(all(test, unix))] {item}")), ["kept"], "{item}");
        }
        assert_eq!(words("struct A { #[cfg(test)] b: u8, c: C }"), ["struct", "A", "c", "C"]);
        for kept in ["#[cfg(not(test))]", "#[cfg(any(test, unix))]", "#[cfg(unix)]", "#[test]"] {
            assert!(words(&format!("{kept} fn a() {{}}")).ends_with(&["fn".into(), "a".into()]));
        }
        assert!(words("#![cfg(test)] fn a() {}").is_empty());
        assert_eq!(Source::parse("#[cfg(test)] mod a; mod b;").test_modules, ["a"]);
    }
}
