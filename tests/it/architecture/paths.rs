//! Reads paths in Rust source, and makes them absolute.

use super::source::{Token, is_word, text};

/// The path of a module or an item, from its crate: `["lib", "http", "fetch", "Fetcher"]`.
pub(super) type Names = Vec<String>;

/// The module that a token is in. A file may contain inline modules.
pub(super) struct Scopes {
    pub(super) module: Names,
    /// For each open brace, whether it opened a module.
    open: Vec<bool>,
}

impl Scopes {
    pub(super) fn new(module: &[String]) -> Self {
        Self { module: module.to_vec(), open: Vec::new() }
    }

    /// Moves to the token at this index.
    pub(super) fn step(&mut self, tokens: &[Token], at: usize) {
        if text(tokens, at) == "{" {
            let is_module = at > 1 && text(tokens, at - 2) == "mod";
            self.open.push(is_module);
            if is_module {
                self.module.push(tokens[at - 1].text.clone());
            }
        } else if text(tokens, at) == "}" && self.open.pop() == Some(true) {
            self.module.pop();
        }
    }

    /// Whether the token is outside all items.
    pub(super) fn is_outside_items(&self) -> bool {
        self.open.iter().all(|is_module| *is_module)
    }
}

/// Adds the paths that begin here and the name that each one binds. Returns where they end.
pub(super) fn path_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    paths: &mut Vec<(Names, String)>,
) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match text(tokens, at) {
            "{" => {
                at += 1;
                while !matches!(text(tokens, at), "}" | "") {
                    at = path_tree(tokens, at, &path, paths);
                    at += usize::from(text(tokens, at) == ",");
                }
                return at + 1;
            }
            "self" if !path.is_empty() => {}
            word => path.push(word.to_owned()),
        }
        at += 1;
        let next = text(tokens, at + 1);
        if text(tokens, at) != "::" || !(is_word(next) || matches!(next, "{" | "*")) {
            break;
        }
        at += 1;
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if text(tokens, at) == "as" {
        name = text(tokens, at + 1).to_owned();
        at += 2;
    }
    paths.push((path, name));
    at
}

/// Makes a path that is written in this module absolute.
pub(super) fn absolute(module: &[String], names: Names) -> Names {
    let mut path = module.to_vec();
    for (at, name) in names.into_iter().enumerate() {
        match name.as_str() {
            "crate" if at == 0 => path.truncate(1),
            "self" if at == 0 => {}
            "super" => drop(path.pop()),
            _ => path.push(name),
        }
    }
    path
}

pub(super) fn joined(path: &[String], names: impl IntoIterator<Item = String>) -> Names {
    path.iter().cloned().chain(names).collect()
}
