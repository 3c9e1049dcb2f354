//! Finds the values in a file that are named like an API key, in the syntax of a shell, INI, TOML
//! or YAML.

/// The names that a key can have in a file, in lower case and with underscores.
const NAMES: [&str; 3] = ["api_key", "apikey", "key"];

/// The names of HeyGen's key.
const HEYGEN_NAMES: [&str; 3] = ["heygen_api_key", "heygen_apikey", "heygen_key"];

/// A value that may be the key.
pub(crate) struct Candidate<'a> {
    pub(crate) meaning: Meaning,
    /// `None` if the value is not text or its quotes do not match.
    pub(crate) value: Option<&'a str>,
}

/// What the name of a value says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Meaning {
    /// It is HeyGen's key.
    HeyGen,
    /// It is a key.
    Any,
}

/// The candidates in a file, and all of its lines that are neither empty nor a comment.
pub(crate) fn named_values(text: &str) -> (Vec<Candidate<'_>>, Vec<&str>) {
    let (mut candidates, mut lines) = (Vec::new(), Vec::new());
    let mut header = None;
    // The lines that the current line is nested in, each with its indentation.
    let mut parents: Vec<(usize, &str)> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        lines.push(trimmed);
        if let Some(name) = trimmed.strip_prefix('[').and_then(|name| name.split(']').next()) {
            header = Some(name);
            parents.clear();
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        while parents.last().is_some_and(|(parent, _)| *parent >= indent) {
            parents.pop();
        }
        let section = header.into_iter().chain(parents.iter().map(|(_, parent)| *parent));
        if let Some((name, value)) = assigned(trimmed)
            && let Some(meaning) = meaning(name, Some(&section.collect::<Vec<_>>().join(".")))
        {
            candidates.push(Candidate { meaning, value: unquoted(value) });
        }
        let name = trimmed.split([':', '=']).next().unwrap_or(trimmed);
        parents.push((indent, name));
    }
    (candidates, lines)
}

/// What a name says about its value; `None` if it does not name a key. In a section of another
/// service, only a name of HeyGen's key counts.
pub(crate) fn meaning(name: &str, section: Option<&str>) -> Option<Meaning> {
    let name = name.trim().trim_matches(['"', '\'']).to_ascii_lowercase().replace('-', "_");
    if HEYGEN_NAMES.contains(&name.as_str()) {
        return Some(Meaning::HeyGen);
    }
    if !NAMES.contains(&name.as_str()) {
        return None;
    }
    match section.unwrap_or_default().to_ascii_lowercase().as_str() {
        section if section.contains("heygen") => Some(Meaning::HeyGen),
        "" | "default" => Some(Meaning::Any),
        _ => None,
    }
}

/// The name and the value of a line, which may begin with `export`.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    line.split_once(['=', ':'])
}

/// The value without its quotes and without the comment after it. `None` if the quotes do not match.
pub(crate) fn unquoted(value: &str) -> Option<&str> {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (inside, rest) = quoted.split_once(quote)?;
            let rest = rest.trim_start();
            return (rest.is_empty() || rest.starts_with('#')).then_some(inside.trim());
        }
    }
    let comment = value
        .match_indices('#')
        .find(|(at, _)| value[..*at].chars().next_back().is_none_or(char::is_whitespace));
    Some(comment.map_or(value, |(at, _)| value[..at].trim_end()))
}
