//! `Filter`, the folder and the title that a request asks for.

use super::entry::Entry;

/// What a request asks to see.
#[derive(Debug, Default)]
pub(super) struct Filter {
    folder_id: Option<String>,
    /// In lower case.
    title: Option<String>,
}

impl Filter {
    pub(super) fn new(folder_id: Option<&str>, title: Option<&str>) -> Self {
        Self { folder_id: folder_id.map(str::to_owned), title: title.map(str::to_lowercase) }
    }

    pub(super) fn matches(&self, entry: &Entry<'_>) -> bool {
        let in_folder = self.folder_id.as_deref().is_none_or(|wanted| {
            let folder_id = match entry {
                Entry::Generated(video) => video.folder_id,
                Entry::Inserted(video) => video.folder_id.as_deref(),
            };
            folder_id == Some(wanted)
        });
        in_folder
            && self.title.as_deref().is_none_or(|wanted| {
                let title = match entry {
                    Entry::Generated(video) => video.title(),
                    Entry::Inserted(video) => video.video_title.clone(),
                };
                title.is_some_and(|title| title.to_lowercase().contains(wanted))
            })
    }
}
