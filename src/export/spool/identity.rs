//! `ExportIdentity`: which settings a resumed run must share with the earlier run.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::export::time::{rfc3339, system_time};
use crate::query::VideoQuery;

/// Identifies the videos that an export saves. A run that resumes the export must have the same
/// identity.
///
/// The format is not part of it, because the saved videos do not depend on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportIdentity {
    /// The base URL of the server, or the name that the caller gave the server.
    base_url: String,
    api: String,
    /// A truncated hash of the API key.
    key: String,
    folder_id: Option<String>,
    title: Option<String>,
    pub(crate) max_items: Option<u64>,
    /// The caller's name for the time of `created_since`, or the time itself.
    created_since: Option<String>,
    /// The statuses that are exported, sorted.
    statuses: Option<Vec<String>>,
    keep_urls: bool,
    raw: bool,
}

impl ExportIdentity {
    pub(crate) fn new(
        query: &VideoQuery,
        server: Option<String>,
        keep_urls: bool,
        raw: bool,
    ) -> Self {
        let account = &query.client().inner;
        let [folder_id, title] = query.filters();
        Self {
            base_url: server.unwrap_or_else(|| account.base_url.clone()),
            api: account.api.to_string(),
            key: hash_of(account.api_key.as_str().as_bytes()),
            folder_id,
            title,
            max_items: query.cap(),
            created_since: query.since().map(|since| rfc3339(system_time(since.seconds()))),
            statuses: None,
            keep_urls,
            raw,
        }
    }

    /// Sets the statuses that are exported, and the caller's name for the time of `created_since`.
    pub(crate) fn selecting(self, since: Option<String>, statuses: Option<Vec<String>>) -> Self {
        let created_since = self.created_since.map(|time| since.unwrap_or(time));
        Self { created_since, statuses, ..self }
    }

    /// Whether every video of the account is exported, except for a cap.
    pub(crate) fn is_unfiltered(&self) -> bool {
        (&self.folder_id, &self.title) == (&None, &None)
            && (&self.created_since, &self.statuses) == (&None, &None)
    }

    pub(super) fn has_other_key(&self, other: &Self) -> bool {
        self.key != other.key
    }

    /// The settings that differ, by the names of the program's options, each with the value that
    /// was saved. For the key, only the name is listed.
    pub(super) fn differences(&self, other: &Self, key_rotated: bool) -> Vec<String> {
        let (Ok(ours), Ok(theirs)) = (serde_json::to_value(self), serde_json::to_value(other))
        else {
            return vec!["settings".into()];
        };
        let names = ours.as_object().into_iter().flat_map(|fields| fields.keys());
        let names = names.filter(|name| ours[*name] != theirs[*name]);
        let names = names.filter(|name| !(key_rotated && *name == "key"));
        names.map(|name| named(name, &ours[name])).collect()
    }
}

/// A setting and its value, as the options of the program name them.
fn named(setting: &str, value: &Value) -> String {
    let name = match setting {
        "key" => return setting.to_owned(),
        // Not an option, because a demo or a variable can also set the server.
        "base_url" => "server",
        "api" => "--api",
        "folder_id" => "--folder-id",
        "title" => "--title",
        "max_items" => "--max-items",
        "created_since" => "--since",
        "statuses" => "--status",
        "keep_urls" => "--urls",
        "raw" => "--raw",
        other => other,
    };
    match value {
        Value::Null => format!("{name} (none)"),
        Value::Bool(kept) if name == "--urls" => {
            format!("{name} ({})", if *kept { "keep" } else { "drop" })
        }
        // Debug escapes control characters, which a terminal could run as commands.
        Value::String(text) => format!("{name} ({text:?})"),
        Value::Array(texts) => {
            let texts: Vec<_> = texts.iter().filter_map(Value::as_str).collect();
            format!("{name} ({:?})", texts.join(","))
        }
        value => format!("{name} ({value})"),
    }
}

/// A hash that can tell two keys or texts apart but is too short to recover a key from.
pub(crate) fn hash_of(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
