//! `Generator`, the videos that an account starts with, computed from a seed and an index.

use super::random::{BLOCK_SHIFT, DETAILS, FOLDER, ID, draw, mix, unmix};
use super::sort_key::SortKey;

/// The latest possible creation time of a generated video, in Unix seconds.
const NEWEST: i64 = 1_759_734_824;
/// The number of videos in a block. Each block covers one interval of time.
const BLOCK: u64 = 8;
const BLOCK_SECONDS: u64 = 480;
/// The ages of the videos within a block, in seconds. Three are equal, and so are two others.
const OFFSETS: [u64; BLOCK as usize] = [0, 37, 37, 37, 151, 214, 340, 340];
/// Blocks are shifted by less than this, so that they do not overlap.
const SHIFT: u64 = 100;

/// Words that test a client: spaces, a reserved character, quotes, other scripts.
const WORDS: [&str; 8] = [
    "Onboarding",
    "Product demo",
    "Weekly update",
    "Sales pitch",
    "Q&A",
    "Release \"notes\"",
    "Grüße aus Köln",
    "製品紹介",
];

/// The generated videos. Index 0 is the newest.
#[derive(Debug)]
pub(super) struct Generator {
    seed: u64,
    folders: Vec<String>,
}

/// A generated video. Its fields are computed when they are read.
#[derive(Debug)]
pub(super) struct Generated<'a> {
    id: u128,
    details: u64,
    pub(super) created_at: i64,
    /// The folder as it is sent. Without a folder, HeyGen sends `null` or `"null"`.
    pub(super) folder_id: Option<&'a str>,
}

impl Generator {
    pub(super) fn new(seed: u64, folders: u32) -> Self {
        let folders = (0..u64::from(folders))
            .map(|k| format!("{:016x}{:016x}", draw(seed, FOLDER, k), mix(draw(seed, FOLDER, k))))
            .collect();
        Self { seed, folders }
    }

    pub(super) fn folders(&self) -> &[String] {
        &self.folders
    }

    pub(super) fn video(&self, index: u64) -> Generated<'_> {
        let details = draw(self.seed, DETAILS, index);
        let folder_id = match details >> 48 & 7 {
            0..=2 => None,
            3 => Some("null"),
            _ => {
                let which = (details >> 51) as usize;
                // `None` if the account has no folders.
                which.checked_rem(self.folders.len()).map(|k| self.folders[k].as_str())
            }
        };
        Generated { id: self.id(index), details, created_at: self.created_at(index), folder_id }
    }

    pub(super) fn sort_key(&self, index: u64) -> SortKey {
        SortKey::new(Some(self.created_at(index)), hex(self.id(index)))
    }

    /// The index of the video with this id. It may be beyond the end of the account.
    pub(super) fn index_of(&self, id: &str) -> Option<u64> {
        let low = u64::from_str_radix(id.get(16..)?, 16).ok()?;
        let index = unmix(low) ^ mix(self.seed);
        (hex(self.id(index)) == id).then_some(index)
    }

    /// The creation time. It decreases as the index grows and is equal only within a block.
    fn created_at(&self, index: u64) -> i64 {
        let (block, nth) = (index / BLOCK, (index % BLOCK) as usize);
        let shift = draw(self.seed, BLOCK_SHIFT, block) % SHIFT;
        let age = block.saturating_mul(BLOCK_SECONDS).saturating_add(OFFSETS[nth] + shift);
        NEWEST.saturating_sub_unsigned(age)
    }

    /// The id. Its first digit decreases within a block, which orders videos with equal times. Its
    /// lower half is a bijection of the index, so ids are unique and `index_of` can undo it.
    fn id(&self, index: u64) -> u128 {
        let random = draw(self.seed, ID, index);
        let digit = (BLOCK - 1 - index % BLOCK) << 1 | random >> 63;
        let high = digit << 60 | random >> 4;
        u128::from(high) << 64 | u128::from(mix(index ^ mix(self.seed)))
    }
}

impl Generated<'_> {
    pub(super) fn id(&self) -> String {
        hex(self.id)
    }

    /// The title. One video in 64 has none.
    pub(super) fn title(&self) -> Option<String> {
        let word = WORDS[(self.details & 7) as usize];
        let number = (self.details >> 3 & 0xffff) % 999 + 1;
        (self.details >> 19 & 63 != 0).then(|| format!("{word} {number}"))
    }

    pub(super) fn status(&self) -> &'static str {
        match self.details >> 25 & 31 {
            0 => "processing",
            1 => "pending",
            2 => "waiting",
            3 | 4 => "failed",
            5 => "draft",
            _ => "completed",
        }
    }

    pub(super) fn video_type(&self) -> &'static str {
        match self.details >> 30 & 31 {
            0..=5 => "TRANSLATED",
            // A type that the client does not have a variant for.
            6 => "PERSONALIZED",
            _ => "GENERATED",
        }
    }

    /// The duration in tenths of a second.
    pub(super) fn duration_tenths(&self) -> u64 {
        (self.details >> 35 & 0x1fff) % 3_000 + 50
    }
}

fn hex(id: u128) -> String {
    format!("{id:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_depends_only_on_seed_and_index() {
        let video = |seed| {
            let generator = Generator::new(seed, 3);
            let video = generator.video(17);
            (video.id(), video.title(), video.status(), video.created_at)
        };
        assert_eq!(video(1), video(1));
        assert_ne!(video(1).0, video(2).0);
        // Tests of users rely on these values, so they must not change.
        assert_eq!(
            video(1),
            (
                "c03b1b9127a517eda23579d845a1c7d0".to_owned(),
                Some("Q&A 73".to_owned()),
                "draft",
                1_759_733_748
            ),
        );
    }

    #[test]
    fn generated_videos_are_strictly_sorted_and_some_share_a_second() {
        let generator = Generator::new(9, 5);
        let sort_keys: Vec<_> = (0..10_000).map(|i| generator.sort_key(i)).collect();
        assert!(sort_keys.windows(2).all(|pair| pair[0] < pair[1]));
        let ties = sort_keys.windows(2).filter(|p| p[0].created_at() == p[1].created_at()).count();
        assert_eq!(ties, 3 * 10_000 / 8);
    }

    #[test]
    fn the_index_of_a_generated_video_follows_from_its_id() {
        let generator = Generator::new(9, 5);
        for index in [0, 1, 8, 999_999, u64::MAX] {
            assert_eq!(generator.index_of(&generator.video(index).id()), Some(index));
        }
        for other in ["", "abc", "é", &"0".repeat(32), &"f".repeat(64)] {
            assert_eq!(generator.index_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_generated_videos_cover_every_kind() {
        let generator = Generator::new(0, 5);
        let count = |f: &dyn Fn(&Generated<'_>) -> bool| {
            (0..2_500).filter(|&i| f(&generator.video(i))).count()
        };
        for status in ["completed", "processing", "pending", "waiting", "failed", "draft"] {
            assert_ne!(count(&|v| v.status() == status), 0, "{status}");
        }
        for video_type in ["GENERATED", "TRANSLATED", "PERSONALIZED"] {
            assert_ne!(count(&|v| v.video_type() == video_type), 0, "{video_type}");
        }
        for folder in generator.folders() {
            assert_ne!(count(&|v| v.folder_id == Some(folder)), 0, "{folder}");
        }
        assert_ne!(count(&|v| v.folder_id.is_none()), 0);
        assert_ne!(count(&|v| v.folder_id == Some("null")), 0);
        assert_ne!(count(&|v| v.title().is_none()), 0);
    }

    #[test]
    fn without_folders_no_video_is_in_one() {
        let generator = Generator::new(0, 0);
        assert!((0..1_000).all(|i| matches!(generator.video(i).folder_id, None | Some("null"))));
    }
}
