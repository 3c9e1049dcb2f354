//! Reads the files of a source tree, and finds the file that each path in them refers to.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::ops::Range;
use std::path::Path;

use super::paths::{Names, Scopes, absolute, joined, path_tree};
use super::source::{Source, Token, text};

/// One source file.
pub(super) struct SourceFile {
    /// The path relative to `src`.
    pub(super) path: String,
    pub(super) tokens: Vec<Token>,
    module: Names,
    /// The paths of its `use` declarations.
    uses: Vec<Use>,
}

struct Use {
    path: Names,
    /// The local name in this file.
    name: String,
    line: usize,
    is_public: bool,
}

/// An import: one file that names an item of another file.
pub(super) struct Import {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) line: usize,
}

/// All files of a `src` folder that contain more than test code.
pub(super) struct Tree {
    pub(super) files: Vec<SourceFile>,
    modules: HashMap<Names, usize>,
}

impl Tree {
    #[track_caller]
    pub(super) fn read(src: &Path) -> Self {
        let mut texts = BTreeMap::new();
        read_folder(src, "", &mut texts);
        let mut files = Vec::new();
        let mut test_modules = Vec::new();
        for (path, text) in texts {
            let (source, module) = (Source::parse(&text), module_of(&path));
            let names = source.test_modules.into_iter();
            test_modules.extend(names.map(|name| joined(&module, [name])));
            files.push(SourceFile { path, tokens: source.tokens, module, uses: Vec::new() });
        }
        files.retain(|file| !test_modules.iter().any(|module| file.module.starts_with(module)));
        let numbered = files.iter().enumerate();
        let modules = numbered.map(|(number, file)| (file.module.clone(), number)).collect();
        let mut tree = Self { files, modules };
        for number in 0..tree.files.len() {
            tree.files[number].uses = tree.uses(&tree.files[number]);
        }
        tree
    }

    /// All imports between files. A re-exported name counts as imported from the file that defines
    /// it. A file that only re-exports a name does not count as importing it.
    pub(super) fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for (from, file) in self.files.iter().enumerate() {
            let mut add = |path: &[String], line| {
                let to = self.resolve(path, 0).filter(|to| *to != from);
                imports.extend(to.map(|to| Import { from, to, line }));
            };
            let inline = self.inline_paths(file);
            for used in &file.uses {
                let names = |(at, token): (usize, &Token)| {
                    token.text == used.name && !inline.uses.iter().any(|range| range.contains(&at))
                };
                if !used.is_public || file.tokens.iter().enumerate().any(names) {
                    add(&used.path, used.line);
                }
            }
            for (path, line) in &inline.paths {
                add(path, *line);
            }
        }
        imports
    }

    /// Names that are imported from the crate root instead of the module that defines them.
    pub(super) fn root_imports(&self) -> impl Iterator<Item = (&SourceFile, usize, &str)> {
        let roots = |file: &&SourceFile| file.module.len() > 1;
        self.files.iter().filter(roots).flat_map(move |file| {
            let is_root = |used: &&Use| {
                used.path.len() == 2
                    && used.path[1].starts_with(|c: char| c == '*' || c.is_uppercase())
            };
            file.uses.iter().filter(is_root).map(move |used| (file, used.line, &*used.path[1]))
        })
    }

    /// The file that defines the item at a path.
    fn resolve(&self, path: &[String], depth: usize) -> Option<usize> {
        let is_module = |length: &usize| self.modules.contains_key(&path[..*length]);
        let length = (1..=path.len()).rev().find(is_module)?;
        let number = self.modules[&path[..length]];
        let Some(name) = path.get(length) else { return Some(number) };
        let used = self.files[number].uses.iter().find(|used| used.name == *name && depth < 9);
        let target = used.map(|used| joined(&used.path, path[length + 1..].iter().cloned()));
        target.and_then(|target| self.resolve(&target, depth + 1)).or(Some(number))
    }

    fn uses(&self, file: &SourceFile) -> Vec<Use> {
        let mut uses = Vec::new();
        let mut scopes = Scopes::new(&file.module);
        let tokens = &file.tokens;
        for at in 0..tokens.len() {
            scopes.step(tokens, at);
            if text(tokens, at) != "use" || !self.begins_path(&scopes.module, tokens, at + 1) {
                continue;
            }
            let mut paths = Vec::new();
            path_tree(tokens, at + 1, &[], &mut paths);
            for (names, name) in paths {
                uses.push(Use {
                    path: absolute(&scopes.module, names),
                    name,
                    line: tokens[at].line,
                    is_public: at > 0 && matches!(text(tokens, at - 1), "pub" | ")"),
                });
            }
        }
        uses
    }

    /// Whether a path of this crate begins here. All other paths lead to other crates.
    fn begins_path(&self, module: &[String], tokens: &[Token], at: usize) -> bool {
        let first = text(tokens, at);
        matches!(first, "crate" | "self" | "super")
            || self.modules.contains_key(&joined(module, [first.to_owned()]))
    }

    /// The paths outside `use` declarations.
    fn inline_paths(&self, file: &SourceFile) -> InlinePaths {
        let is_module = |used: &&Use| self.modules.contains_key(&used.path);
        let aliases = file.uses.iter().filter(is_module).map(|used| (&*used.name, &used.path));
        let aliases: HashMap<_, _> = aliases.collect();
        let mut inline = InlinePaths::default();
        let mut scopes = Scopes::new(&file.module);
        let tokens = &file.tokens;
        let mut at = 0;
        while at < tokens.len() {
            scopes.step(tokens, at);
            if text(tokens, at) == "use" && text(tokens, at + 1) != "<" {
                let length = tokens[at..].iter().position(|token| token.text == ";");
                let end = length.map_or(tokens.len(), |length| at + length + 1);
                inline.uses.push(at..end);
                at = end;
                continue;
            }
            let before = at.checked_sub(1).map_or("", |before| text(tokens, before));
            let begins = text(tokens, at + 1) == "::" && !matches!(before, "::" | "." | "in");
            let alias = aliases.get(text(tokens, at));
            if begins && (alias.is_some() || self.begins_path(&scopes.module, tokens, at)) {
                let mut paths = Vec::new();
                path_tree(tokens, at, &[], &mut paths);
                for (names, _) in paths {
                    let path = match alias {
                        Some(module) => joined(module, names.into_iter().skip(1)),
                        None => absolute(&scopes.module, names),
                    };
                    inline.paths.push((path, tokens[at].line));
                }
            }
            at += 1;
        }
        inline
    }
}

#[derive(Default)]
struct InlinePaths {
    paths: Vec<(Names, usize)>,
    /// The tokens of the `use` declarations.
    uses: Vec<Range<usize>>,
}

/// The module of a file. Each program in `bin` is a separate crate.
fn module_of(path: &str) -> Names {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut names = path.split('/').map(str::to_owned).collect::<Vec<_>>();
    if names.len() > 1 && names[0] == "bin" {
        let program = names.remove(1);
        names[0] = format!("bin/{program}");
    } else {
        names.insert(0, "lib".to_owned());
    }
    let is_root = names.len() == 2 && matches!(&*names[1], "lib" | "main");
    if is_root || names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

#[track_caller]
fn read_folder(folder: &Path, prefix: &str, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), texts);
        } else if name.ends_with(".rs") {
            texts.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}
