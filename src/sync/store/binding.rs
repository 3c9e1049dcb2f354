//! `Binding`: what a database belongs to.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::export::hash_of;
use crate::query::VideoQuery;
use crate::sync::error::{SyncError, SyncErrorKind};

/// What a database belongs to. Every run that syncs it must have the same.
///
/// The version of the API is not part of it, because it may change from run to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// The base URL of the server, or the name that the caller gave the server.
    base_url: String,
    /// A truncated hash of the API key.
    key: String,
    folder_id: Option<String>,
    title: Option<String>,
}

impl Binding {
    pub(crate) fn new(query: &VideoQuery, server: Option<String>) -> Self {
        let account = &query.client().inner;
        let [folder_id, title] = query.filters();
        Self {
            base_url: server.unwrap_or_else(|| account.base_url.clone()),
            key: hash_of(account.api_key.as_str().as_bytes()),
            folder_id,
            title,
        }
    }

    /// The binding in a database; `None` if it has none.
    pub(super) fn load(connection: &Connection) -> Result<Option<Self>> {
        let sql = "SELECT base_url, key, folder_id, title FROM sync_state";
        let read = connection.query_row(sql, [], |row| {
            Ok(Self {
                base_url: row.get(0)?,
                key: row.get(1)?,
                folder_id: row.get(2)?,
                title: row.get(3)?,
            })
        });
        read.optional()
    }

    /// Writes the binding into a new database.
    pub(super) fn store(&self, connection: &Connection) -> Result<()> {
        let Self { base_url, key, folder_id, title } = self;
        let sql = "INSERT INTO sync_state (id, base_url, key, folder_id, title, videos)
                   VALUES (1, ?, ?, ?, ?, 0)";
        connection.execute(sql, params![base_url, key, folder_id, title]).map(drop)
    }

    /// Writes the key of this run, which may be a new key of the same account.
    pub(super) fn store_key(&self, connection: &Connection) -> Result<()> {
        connection.execute("UPDATE sync_state SET key = ?1 WHERE key <> ?1", [&self.key]).map(drop)
    }

    /// Fails if a database with the binding `stored` must not be synced with this one.
    pub(super) fn check(
        &self,
        stored: &Self,
        key_rotated: bool,
        path: &Path,
    ) -> std::result::Result<(), SyncError> {
        let mut differences = Vec::new();
        let mut compare = |name: &str, ours: Option<&str>, theirs: Option<&str>| {
            if ours != theirs {
                // Debug escapes control characters, which a terminal could run as commands.
                let theirs = theirs.map_or("none".to_owned(), |text| format!("{text:?}"));
                differences.push(format!("{name} ({theirs})"));
            }
        };
        compare("server", Some(&self.base_url), Some(&stored.base_url));
        compare("--folder-id", self.folder_id.as_deref(), stored.folder_id.as_deref());
        compare("--title", self.title.as_deref(), stored.title.as_deref());
        if self.key != stored.key && !key_rotated {
            differences.push("key".to_owned());
        }
        if differences.is_empty() {
            return Ok(());
        }
        let (path, differences) = (path.display(), differences.join(", "));
        let message = format!("{path} was created with another {differences}");
        Err(SyncError::new(SyncErrorKind::Mismatch, message)
            .hint_at("use the settings it was created with, or choose another path"))
    }
}

#[cfg(test)]
impl Binding {
    /// A binding for tests.
    pub(super) fn example() -> Self {
        Self {
            base_url: "https://api.example".into(),
            key: "k1".into(),
            folder_id: None,
            title: Some("t".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::store::memory;

    fn binding() -> Binding {
        Binding::example()
    }

    #[test]
    fn a_binding_is_read_back_and_a_rotated_key_replaces_the_old_one() {
        let connection = memory(&binding()).unwrap();
        assert_eq!(Binding::load(&connection).unwrap(), Some(binding()));
        let rotated = Binding { key: "k2".into(), ..binding() };
        rotated.store_key(&connection).unwrap();
        assert_eq!(Binding::load(&connection).unwrap(), Some(rotated));
    }

    #[test]
    fn the_refusal_names_what_differs_but_never_a_key() {
        let path = Path::new("videos.db");
        binding().check(&binding(), false, path).unwrap();
        let other = Binding { key: "k2".into(), title: None, ..binding() };
        let error = other.check(&binding(), false, path).unwrap_err();
        assert_eq!(error.kind(), SyncErrorKind::Mismatch);
        assert_eq!(error.to_string(), "videos.db was created with another --title (\"t\"), key");
        let rotated = Binding { key: "k2".into(), ..binding() };
        assert!(rotated.check(&binding(), false, path).is_err());
        rotated.check(&binding(), true, path).unwrap();
    }
}
