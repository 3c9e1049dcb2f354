//! `StreamSelection`: what a catalog selects of the stream.

use std::collections::BTreeMap;

use super::schema::{STREAM, StreamField};

/// How the videos are replicated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Method {
    /// The videos created since the bookmark.
    #[default]
    Incremental,
    /// All videos.
    FullTable,
}

/// What a catalog selects of the stream. The default is everything.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StreamSelection {
    /// The name of the stream in messages.
    pub(super) stream: String,
    pub(super) method: Method,
    /// The fields that the catalog selects or deselects.
    pub(super) choices: BTreeMap<String, bool>,
    /// Fields that only the catalog's schema names.
    pub(super) added: Vec<StreamField>,
}

impl Default for StreamSelection {
    fn default() -> Self {
        Self {
            stream: STREAM.to_owned(),
            method: Method::default(),
            choices: BTreeMap::new(),
            added: Vec::new(),
        }
    }
}

impl StreamSelection {
    /// The fields that the schema names from the start.
    pub(super) fn fields(&self) -> Vec<StreamField> {
        let fields = StreamField::documented().chain(self.added.iter().cloned());
        fields.filter(|field| self.choice(&field.name).unwrap_or(true)).collect()
    }

    /// Whether a field is sent that the schema does not name yet.
    ///
    /// Someone who has deselected a field has decided which ones they want, so nothing is added.
    pub(super) fn takes_unnamed(&self, name: &str) -> bool {
        self.choice(name).unwrap_or_else(|| self.choices.values().all(|is_selected| *is_selected))
    }

    fn choice(&self, name: &str) -> Option<bool> {
        if StreamField::is_automatic(name) { Some(true) } else { self.choices.get(name).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(selection: &StreamSelection) -> Vec<String> {
        selection.fields().into_iter().map(|field| field.name).collect()
    }

    #[test]
    fn the_keys_are_sent_even_if_they_are_deselected() {
        let all = StreamSelection::default().fields();
        let choices = all.iter().map(|field| (field.name.clone(), false)).collect();
        let selection = StreamSelection { choices, ..StreamSelection::default() };
        assert_eq!(names(&selection), ["video_id", "created_at"]);
    }

    #[test]
    fn unnamed_fields_are_sent_unless_something_was_deselected() {
        let choices = |is_selected| BTreeMap::from([("status".to_owned(), is_selected)]);
        let all = StreamSelection { choices: choices(true), ..StreamSelection::default() };
        assert!(all.takes_unnamed("avatar"));
        let some = StreamSelection { choices: choices(false), ..StreamSelection::default() };
        assert!(!some.takes_unnamed("avatar") && some.takes_unnamed("created_at"));
    }
}
