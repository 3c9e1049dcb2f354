//! One case, which proptest generates and shrinks: a listing, and legs that resume each other.

use heygen_videos::ApiVersion;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A walk in one or more legs. The last leg goes to the end of the listing.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) api: ApiVersion,
    pub(super) listing: Vec<Made>,
    /// How many videos of a page the next one shows again.
    pub(super) overlap: usize,
    /// Whether the listing is ordered by creation time.
    pub(super) newest_first: bool,
    pub(super) since: Option<i64>,
    pub(super) legs: Vec<Leg>,
}

/// The place of a video in the listing, and its creation time where that is not the same. Both are
/// from a small range, so that many are equal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) rank: Option<i64>,
    pub(super) created_at: Option<i64>,
}

/// One stream. It resumes where the previous one was killed.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    /// Changes of the account while no stream is open.
    pub(super) before: Vec<Change>,
    pub(super) page_size: u32,
    pub(super) cap: Option<u64>,
    pub(super) read_ahead: usize,
    pub(super) by_page: bool,
    /// Whether the stream is rearmed after an error. Otherwise a new stream resumes.
    pub(super) rearms: bool,
    pub(super) steps: Vec<Step>,
    /// Whether the stream is killed after one more poll.
    pub(super) asks_before_the_kill: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Take this many items.
    Take(usize),
    /// Poll and drop this many futures, then take one item.
    Cancel(usize),
    /// Poll once, then leave the stream alone until its request is answered, then take one item.
    Leave,
    Change(Change),
    Script(Trouble),
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Create(Made),
    /// Of the video at this index, modulo the number of videos.
    Delete(usize),
    Restate(usize, &'static str),
}

/// What the server sends instead of the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    EmptyPage,
    Failure,
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let legs = vec(leg(), 1..6);
    let ahead = prop_oneof![2 => Just(false), 1 => Just(true)];
    let api = select(&[ApiVersion::V1, ApiVersion::V3][..]);
    let overlap = prop_oneof![2 => Just(0), 1 => 1..4_usize];
    let since = option::weighted(0.4, 0..8_i64);
    let kind = (api, overlap, prop::bool::weighted(0.7), since);
    (kind, vec(made(), 0..32), legs, ahead).prop_map(|(kind, listing, mut legs, ahead)| {
        let (api, overlap, newest_first, since) = kind;
        for leg in &mut legs {
            // Without read-ahead the model can predict every request.
            leg.read_ahead *= usize::from(ahead);
        }
        if let Some(last) = legs.last_mut() {
            (last.cap, last.rearms, last.asks_before_the_kill) = (None, true, false);
        }
        Case { api, listing, overlap, newest_first, since, legs }
    })
}

fn leg() -> impl Strategy<Value = Leg> {
    let page_size = prop_oneof![8 => 1..=6_u32, 1 => 7..=40_u32, 1 => Just(100)];
    (
        (vec(change(), 0..4), page_size, option::weighted(0.4, 0..12_u64), 0..=4_usize),
        (any::<bool>(), any::<bool>(), vec(step(), 0..12), any::<bool>()),
    )
        .prop_map(|((before, page_size, cap, read_ahead), (by_page, rearms, steps, asks))| {
            Leg {
                before,
                page_size,
                cap,
                read_ahead,
                by_page,
                rearms,
                steps,
                asks_before_the_kill: asks,
            }
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..9_usize).prop_map(Step::Take),
        1 => (1..4_usize).prop_map(Step::Cancel),
        1 => Just(Step::Leave),
        3 => change().prop_map(Step::Change),
        2 => select(&[Trouble::EmptyPage, Trouble::Failure][..]).prop_map(Step::Script),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => made().prop_map(Change::Create),
        2 => (0..48_usize).prop_map(Change::Delete),
        1 => ((0..48_usize), select(&["completed", "failed", "a_new_word"][..]))
            .prop_map(|(at, status)| Change::Restate(at, status)),
    ]
}

fn made() -> impl Strategy<Value = Made> {
    (created_at(), created_at()).prop_map(|(rank, created_at)| Made { rank, created_at })
}

fn created_at() -> impl Strategy<Value = Option<i64>> {
    option::weighted(0.9, 0..8_i64)
}
