//! `Account`, the listing: generated videos without the removed ones, and inserted videos.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::iter;
use std::ops::Bound;

use super::entry::Entry;
use super::filter::Filter;
use super::generator::Generator;
use super::sort_key::SortKey;
use crate::video::Video;

/// The videos of an account. A generated video is only computed when it is listed.
#[derive(Debug)]
pub(super) struct Account {
    generator: Generator,
    generated: u64,
    /// The indices of the generated videos that were removed or replaced.
    removed: BTreeSet<u64>,
    inserted: BTreeMap<SortKey, Video>,
    /// The sort key of each inserted video, by id.
    sort_keys: HashMap<String, SortKey>,
}

/// The videos of a page, and the sort key after which the next page starts.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) next: Option<SortKey>,
}

impl Account {
    pub(super) fn new(seed: u64, videos: u64, folders: u32) -> Self {
        Self {
            generator: Generator::new(seed, folders),
            generated: videos,
            removed: BTreeSet::new(),
            inserted: BTreeMap::new(),
            sort_keys: HashMap::new(),
        }
    }

    pub(super) fn len(&self) -> u64 {
        (self.generated - self.removed.len() as u64).saturating_add(self.inserted.len() as u64)
    }

    pub(super) fn folders(&self) -> &[String] {
        self.generator.folders()
    }

    /// Inserts a video. It replaces a video with the same id.
    pub(super) fn insert(&mut self, video: Video) {
        self.remove(&video.video_id);
        let sort_key = SortKey::new(video.created_at, video.video_id.as_str());
        self.sort_keys.insert(video.video_id.clone(), sort_key.clone());
        self.inserted.insert(sort_key, video);
    }

    /// Removes a video. Returns false if there is no video with this id.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        if let Some(sort_key) = self.sort_keys.remove(id) {
            return self.inserted.remove(&sort_key).is_some();
        }
        match self.generator.index_of(id) {
            Some(index) if index < self.generated => self.removed.insert(index),
            _ => false,
        }
    }

    /// At most `limit` videos after a sort key. `next` is set only if another video follows.
    pub(super) fn page(
        &self,
        after: Option<&SortKey>,
        filter: &Filter,
        limit: usize,
    ) -> Listed<'_> {
        let mut rest = self.walk(after).filter(|entry| filter.matches(entry));
        let entries: Vec<_> = rest.by_ref().take(limit).collect();
        let next = match (entries.last(), rest.next()) {
            (Some(last), Some(_)) => Some(last.sort_key()),
            _ => None,
        };
        Listed { entries, next }
    }

    /// All videos after a sort key, in the order of the listing.
    pub(super) fn walk(&self, after: Option<&SortKey>) -> impl Iterator<Item = Entry<'_>> {
        let first = after.map_or(0, |sort_key| self.first_generated_after(sort_key));
        let mut generated =
            (first..self.generated).filter(|index| !self.removed.contains(index)).peekable();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut inserted = self.inserted.range((start, Bound::Unbounded)).peekable();
        iter::from_fn(move || {
            let inserted_first = match (generated.peek(), inserted.peek()) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(&index), Some((sort_key, _))) => **sort_key < self.generator.sort_key(index),
            };
            if inserted_first {
                inserted.next().map(|(_, video)| Entry::Inserted(video))
            } else {
                generated.next().map(|index| Entry::Generated(self.generator.video(index)))
            }
        })
    }

    /// Finds the index by binary search: generated videos are sorted.
    fn first_generated_after(&self, sort_key: &SortKey) -> u64 {
        let (mut low, mut high) = (0, self.generated);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.generator.sort_key(middle) <= *sort_key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(videos: u64) -> Account {
        Account::new(7, videos, 5)
    }

    fn video(id: &str, created_at: Option<i64>) -> Video {
        let mut video = Video::new(id);
        video.created_at = created_at;
        video
    }

    fn ids(account: &Account) -> Vec<String> {
        account.walk(None).map(|entry| entry.id()).collect()
    }

    /// The ids page by page. Calls `between` after each page but the last.
    fn walk_pages(
        account: &mut Account,
        limit: usize,
        mut between: impl FnMut(&mut Account, usize),
    ) -> Vec<Vec<String>> {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let listed = account.page(after.as_ref(), &Filter::default(), limit);
            pages.push(listed.entries.iter().map(Entry::id).collect());
            after = listed.next;
            if after.is_none() {
                return pages;
            }
            between(account, pages.len());
        }
    }

    #[test]
    fn pages_of_any_size_add_up_to_the_listing() {
        for limit in 1..=20 {
            let mut account = account(64);
            let pages = walk_pages(&mut account, limit, |_, _| ());
            assert_eq!(pages.len(), 64_usize.div_ceil(limit), "no extra page, limit {limit}");
            assert_eq!(pages.concat(), ids(&account), "limit {limit}");
        }
    }

    #[test]
    fn a_full_last_page_has_no_next_token() {
        let account = account(100);
        let page = account.page(None, &Filter::default(), 100);
        assert_eq!((page.entries.len(), page.next), (100, None));
    }

    #[test]
    fn an_empty_account_has_one_empty_page() {
        let account = account(0);
        let page = account.page(None, &Filter::default(), 100);
        assert!(page.entries.is_empty() && page.next.is_none());
    }

    #[test]
    fn inserted_videos_are_listed_by_time_and_id() {
        let mut account = account(3);
        let [first, .., last] = &ids(&account)[..] else { unreachable!() };
        let Some(Entry::Generated(newest)) = account.walk(None).next() else { unreachable!() };
        let tie = Some(newest.created_at);
        account.insert(video("oldest", None));
        account.insert(video("z-before-in-a-tie", tie));
        account.insert(video("", tie));
        account.insert(video("newest", Some(i64::MAX)));
        let ids = ids(&account);
        assert_eq!(ids[..4], ["newest", "z-before-in-a-tie", first.as_str(), ""]);
        assert_eq!(ids[5..], [last.as_str(), "oldest"]);
        for limit in 1..=7 {
            assert_eq!(walk_pages(&mut account, limit, |_, _| ()).concat(), ids);
        }
    }

    #[test]
    fn a_walk_neither_loses_nor_repeats_videos_while_others_are_inserted_and_removed() {
        let mut account = account(200);
        let before = ids(&account);
        let pages = walk_pages(&mut account, 9, |account, page| {
            account.insert(video(&format!("new-{page}"), Some(i64::MAX)));
            // A token's last video, a video listed earlier, and a video that was not listed yet.
            for at in [page * 9 - 1, page * 9 - 5, page * 9 + 12] {
                before.get(at).map(|id| account.remove(id));
            }
        });
        let walked = pages.concat();
        let mut expected = before.clone();
        expected.retain(|id| walked.contains(id));
        assert_eq!(walked, expected, "in order, without duplicates or new videos");
        let after = ids(&account);
        let lost = before.iter().filter(|id| after.contains(id) && !walked.contains(id));
        assert_eq!(lost.count(), 0);
        assert!(walked.len() < before.len(), "some were removed before they were listed");
    }

    #[test]
    fn a_video_with_a_known_id_is_replaced() {
        let mut account = account(5);
        let id = ids(&account)[2].clone();
        account.insert(video(&id, Some(i64::MAX)));
        assert_eq!((account.len(), ids(&account)[0].clone()), (5, id.clone()));
        account.insert(video(&id, None));
        assert_eq!((account.len(), ids(&account)[4].clone()), (5, id.clone()));
        assert!(account.remove(&id));
        assert!(!account.remove(&id), "the replaced video stays removed");
        assert_eq!(account.len(), 4);
    }

    #[test]
    fn removing_an_unknown_id_changes_nothing() {
        let mut account = account(5);
        let beyond = Account::new(7, 6, 5).walk(None).last().unwrap().id();
        assert!(!account.remove(&beyond) && !account.remove("nope"));
        assert_eq!(account.len(), 5);
    }

    #[test]
    fn filters_list_exactly_the_matching_videos() {
        let account = account(2_000);
        let folder = account.folders()[1].clone();
        let filter = Filter::new(Some(&folder), Some("ONBOARD"));
        let (mut seen, mut after) = (0, None);
        loop {
            let page = account.page(after.as_ref(), &filter, 10);
            for entry in &page.entries {
                let Entry::Generated(video) = entry else { unreachable!() };
                assert_eq!(video.folder_id, Some(folder.as_str()));
                assert!(video.title().unwrap().starts_with("Onboarding "));
                seen += 1;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let matching = account.walk(None).filter(|entry| filter.matches(entry)).count();
        assert!(seen > 10 && seen == matching);
        let grüße = Filter::new(None, Some("GRÜSSE"));
        assert!(
            account.page(None, &grüße, 1).entries.is_empty(),
            "lower-casing SS does not give ß"
        );
        let grüße = Filter::new(None, Some("GRÜẞE AUS"));
        assert!(!account.page(None, &grüße, 1).entries.is_empty());
    }
}
