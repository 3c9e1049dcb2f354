//! `Filter`, the folder and the title that a request filters by.

use super::entry::Entry;

/// Which videos a request asks for.
#[derive(Debug, Default)]
pub(super) struct Filter {
    folder_id: Option<String>,
    /// The title in lower case.
    title: Option<String>,
}

impl Filter {
    pub(super) fn new(folder_id: Option<&str>, title: Option<&str>) -> Self {
        Self { folder_id: folder_id.map(str::to_owned), title: title.map(str::to_lowercase) }
    }

    pub(super) fn matches(&self, entry: &Entry<'_>) -> bool {
        let folder_matches =
            self.folder_id.as_deref().is_none_or(|wanted| entry.folder_id() == Some(wanted));
        folder_matches
            && self.title.as_deref().is_none_or(|wanted| {
                entry.title().is_some_and(|title| title.to_lowercase().contains(wanted))
            })
    }
}
