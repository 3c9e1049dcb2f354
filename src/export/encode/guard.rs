//! Keeps spreadsheets from running text as a formula.

use std::borrow::Cow;

/// Puts an apostrophe before text that a spreadsheet would run as a formula.
///
/// Covers what OWASP ASVS 1.2.10 lists (`=`, `+`, `-`, `@`, tab and NUL at the beginning), the same
/// characters after characters that spreadsheets ignore, and the full-width and small forms of the
/// four signs. It also covers a formula inside the text, where a spreadsheet with another delimiter
/// would start a new cell. Quoting the field does not help there: if a reader splits at semicolons,
/// the quote is not the first character of the cell.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    // Fast path: nearly all text has none of these characters, except hyphens between letters.
    let has_sign = text.bytes().any(|byte| matches!(byte, b'=' | b'+' | b'-' | b'@' | 0xEF));
    let begins_badly = text.starts_with(['\t', '\r', '\n', '\0']);
    if !has_sign && !begins_badly {
        return text.into();
    }
    let mut guarded = String::new();
    let mut copied = 0;
    // Whether a spreadsheet may start a cell at this character.
    let mut at_start = true;
    for (at, char) in text.char_indices() {
        if at_start && is_formula(char) || at == 0 && begins_badly {
            guarded.push_str(&text[copied..at]);
            guarded.push('\'');
            copied = at;
            at_start = is_delimiter(char);
        } else {
            at_start = is_delimiter(char) || at_start && is_passed_over(char);
        }
    }
    if guarded.is_empty() {
        return text.into();
    }
    guarded.push_str(&text[copied..]);
    guarded.into()
}

fn is_formula(char: char) -> bool {
    matches!(char, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫')
}

/// The characters that separate cells in some spreadsheets and locales. A comma is not among them,
/// because a reader that splits at commas also honours the quotes.
fn is_delimiter(char: char) -> bool {
    matches!(char, ';' | '\t' | '\n' | '\r' | '|')
}

/// What spreadsheets ignore before a formula: white space, control and invisible characters.
fn is_passed_over(char: char) -> bool {
    char.is_whitespace()
        || char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_with_a_formula_after_any_delimiter_or_prefix() {
        let signs = "=+-@＝＋－＠﹦﹢﹣﹫";
        let before = ["", " ", "\u{a0}", "\0", "\u{feff}", "\u{200b}", "\u{b}", "\""];
        let cells =
            ["", "a;", "a\t", "a\n", "a\r", "a|", ";", "\t", "\r\n", "a;;", "\0\n", "x=1; "];
        for sign in signs.chars() {
            for (passed, cell) in before.iter().flat_map(|b| cells.map(|cell| (b, cell))) {
                let text = format!("{cell}{passed}{sign}cmd|' /C calc'!A0");
                let guarded = guarded(&text);
                for part in guarded.split([';', '\t', '\n', '\r', '|']) {
                    let seen = part.trim_start_matches(is_passed_over);
                    assert!(!seen.starts_with(|c| signs.contains(c)), "{text:?} {guarded:?}");
                }
                assert_eq!(
                    guarded.replacen('\'', "", guarded.len() - text.len() + 2).len(),
                    text.len() - 2
                );
            }
        }
        for control in ["\t", "\r", "\n", "\0"] {
            assert_eq!(guarded(&format!("{control}x")), format!("'{control}x"));
        }
    }

    #[test]
    fn ordinary_text_stays_what_it_is() {
        for text in [
            "",
            "plain",
            "Part-2",
            "a = b; c + d",
            "mail bob@example.com",
            "x\ty",
            "two\nlines",
            "'=1+1",
            "Ünïcode – done｜ok",
            "1;2;3",
        ] {
            assert!(matches!(guarded(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }
}
