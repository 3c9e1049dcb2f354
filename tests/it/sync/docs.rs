//! The statements of `docs/sync.md`, run on a database.

use std::process::Command;

use crate::support::export::temp_path;
use crate::support::sync::{daily, done, reader, sync, video};

const DOCS: &str = include_str!("../../../docs/sync.md");

/// The blocks of this language in the documentation.
fn blocks(language: &str) -> Vec<&'static str> {
    let parts = DOCS.split("```").skip(1).step_by(2);
    parts.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

#[tokio::test]
async fn every_query_of_the_documentation_finds_something() {
    let simulator = daily(40).await;
    let (_folder, path) = temp_path("videos.db");
    let mut folder = video("filed", 2, "completed");
    folder.folder_id = Some("f1".into());
    folder.extra.insert("duration", 12.5);
    simulator.insert(folder);
    simulator.insert(video("stuck", 3, "processing"));
    done(sync(&simulator, &path)).await;
    assert!(simulator.remove("v030"));
    done(sync(&simulator, &path).full(true)).await;
    let queries = blocks("sql");
    assert!(queries.len() >= 5, "{} queries", queries.len());
    for query in queries {
        let connection = reader(&path);
        let mut statement = connection.prepare(query).unwrap_or_else(|e| panic!("{query}: {e}"));
        let rows = statement.query_map([], |_| Ok(())).unwrap().map(Result::unwrap).count();
        assert!(rows > 0, "no row: {query}");
        // The shell of SQLite, where there is one, may be of an older release.
        if let Ok(ran) = Command::new("sqlite3").arg(&path).arg(query).output() {
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert!(ran.status.success() && !ran.stdout.is_empty(), "{query}: {said}");
        }
    }
}

#[test]
fn the_documentation_lists_every_column() {
    let schema = include_str!("../../../src/sync/store/schema.rs");
    let columns = schema.lines().filter_map(|line| {
        let (name, kind) = line.strip_prefix("    ")?.split_once(' ')?;
        (kind.starts_with("TEXT") || kind.starts_with("INTEGER")).then_some(name)
    });
    let columns: Vec<_> = columns.collect();
    assert!(columns.len() > 40, "{columns:?}");
    for column in columns {
        assert!(DOCS.contains(&format!("`{column}`")), "{column} is not in docs/sync.md");
    }
}
