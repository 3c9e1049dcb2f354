//! Checks the source tree by reading its text, using only `std`. Imports must point down and form
//! no cycle, names must be imported from the module that defines them, and no two types may share a
//! name.

mod paths;
mod source;
mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use paths::Scopes;
use source::{is_word, text};
use tree::{SourceFile, Tree};

/// The folders and files of `src` from top to bottom. Each may import those in the rows below it.
const ORDER: [&[&str]; 10] = [
    &["bin"],
    &["lib.rs"],
    &["sync", "tap"],
    &["export"],
    &["plan", "query", "internals.rs", "cookbook"],
    &["stream"],
    &["http", "simulator"],
    &["client"],
    &["wire", "record", "retry.rs", "cursor"],
    &["video", "error", "api_version.rs"],
];

/// The exceptions: the first of each pair may import the second.
const ALLOWED: [(&str, &str); 1] = [("error", "cursor")];

/// The first of each pair must not import the second, even though it is below. If the simulator
/// shared code with the client, it could not reveal bugs in that code.
const FORBIDDEN: [(&str, &str); 2] = [("simulator", "wire"), ("simulator", "record")];

#[test]
fn the_source_tree_follows_its_rules() {
    let findings = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(findings.is_empty(), "{} findings in src:\n{}", findings.len(), findings.join("\n"));
}

/// All violations in a `src` folder, one line each.
#[track_caller]
fn check(src: &Path) -> Vec<String> {
    let tree = Tree::read(src);
    let mut findings = root_imports(&tree);
    findings.extend(upward_imports(&tree));
    findings.extend(cycles(&tree));
    findings.extend(shared_names(&tree));
    findings
}

/// Names that are imported from the crate root, which only re-exports them.
fn root_imports(tree: &Tree) -> Vec<String> {
    let names = tree.root_imports();
    names.map(|(file, line, name)| format!("{}:{line} imports crate::{name}", file.path)).collect()
}

/// Imports that `ORDER` does not allow.
fn upward_imports(tree: &Tree) -> BTreeSet<String> {
    let unknown = tree.files.iter().map(entry).filter(|entry| row(entry).is_none());
    let mut findings: BTreeSet<_> = unknown.map(|entry| format!("{entry} has no row")).collect();
    for import in tree.imports() {
        let (from, to) = (&tree.files[import.from], &tree.files[import.to]);
        let pair = (entry(from), entry(to));
        let (Some(upper), Some(lower)) = (row(pair.0), row(pair.1)) else { continue };
        let is_allowed = pair.0 == pair.1
            || ALLOWED.contains(&pair)
            || (upper < lower && !FORBIDDEN.contains(&pair));
        if !is_allowed {
            findings.insert(format!("{}:{} must not import {}", from.path, import.line, to.path));
        }
    }
    findings
}

/// The folder or file directly under `src` that a file belongs to.
fn entry(file: &SourceFile) -> &str {
    file.path.split('/').next().unwrap_or_default()
}

fn row(entry: &str) -> Option<usize> {
    ORDER.iter().position(|row| row.contains(&entry))
}

/// Cycles of files that import each other. Reports only cycles that have no file in common.
fn cycles(tree: &Tree) -> Vec<String> {
    let mut imports = BTreeMap::<_, BTreeSet<_>>::new();
    for import in tree.imports() {
        imports.entry(import.from).or_default().insert(import.to);
    }
    let mut reported = BTreeSet::new();
    let mut findings = Vec::new();
    for start in 0..tree.files.len() {
        let Some(cycle) = shortest_cycle(&imports, start) else { continue };
        if cycle.iter().all(|file| reported.insert(*file)) {
            let files = cycle.iter().chain([&start]).map(|file| tree.files[*file].path.as_str());
            findings.push(format!("import cycle: {}", files.collect::<Vec<_>>().join(" -> ")));
        }
    }
    findings
}

/// The shortest import cycle through a file.
fn shortest_cycle(imports: &BTreeMap<usize, BTreeSet<usize>>, start: usize) -> Option<Vec<usize>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in imports.get(way.last()?).into_iter().flatten() {
            if *next == start {
                return Some(way);
            }
            if seen.insert(*next) {
                ways.push_back([&way[..], &[*next]].concat());
            }
        }
    }
    None
}

/// Names that more than one type has.
fn shared_names(tree: &Tree) -> Vec<String> {
    let mut types = BTreeMap::<_, Vec<_>>::new();
    for file in &tree.files {
        let mut scopes = Scopes::new(&[]);
        for (at, token) in file.tokens.iter().enumerate() {
            scopes.step(&file.tokens, at);
            let declares = match token.text.as_str() {
                "struct" | "enum" | "trait" => true,
                "union" => matches!(text(&file.tokens, at + 2), "{" | "<"),
                // Inside an item it is an associated type.
                "type" => scopes.is_outside_items(),
                _ => false,
            };
            let name = text(&file.tokens, at + 1);
            if declares && is_word(name) {
                types.entry(name).or_default().push(format!("{}:{}", file.path, token.line));
            }
        }
    }
    types.retain(|_, files| files.len() > 1);
    let types = types.into_iter();
    types.map(|(name, files)| format!("types named {name}: {}", files.join(", "))).collect()
}
