//! `Entry`, a video of the listing.

use super::generator::Generated;
use super::sort_key::SortKey;
use super::video_json::write_v1_video;
use crate::video::Video;

/// A video of the listing, generated or inserted.
#[derive(Debug)]
pub(super) enum Entry<'a> {
    Generated(Generated<'a>),
    Inserted(&'a Video),
}

impl Entry<'_> {
    /// The video that a client gets from v1.
    pub(super) fn into_video(self) -> Video {
        match self {
            Self::Inserted(video) => video.clone(),
            Self::Generated(generated) => {
                let mut json = Vec::new();
                // Parse it from JSON, so that explicit nulls compare equal, too.
                let video = write_v1_video(&mut json, &generated)
                    .and_then(|()| Ok(serde_json::from_slice(&json)?));
                video.unwrap_or_else(|_| Video::new(generated.id()))
            }
        }
    }

    pub(super) fn id(&self) -> String {
        match self {
            Self::Generated(video) => video.id(),
            Self::Inserted(video) => video.video_id.clone(),
        }
    }

    pub(super) fn title(&self) -> Option<String> {
        match self {
            Self::Generated(video) => video.title(),
            Self::Inserted(video) => video.video_title.clone(),
        }
    }

    pub(super) fn folder_id(&self) -> Option<&str> {
        match self {
            Self::Generated(video) => video.folder_id,
            Self::Inserted(video) => video.folder_id.as_deref(),
        }
    }

    pub(super) fn sort_key(&self) -> SortKey {
        let created_at = match self {
            Self::Generated(video) => Some(video.created_at),
            Self::Inserted(video) => video.created_at,
        };
        SortKey::new(created_at, self.id())
    }
}
