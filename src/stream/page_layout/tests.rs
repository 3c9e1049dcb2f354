use super::*;
use crate::cursor::count_videos;

fn fingerprint_of(id: char) -> u64 {
    fingerprint(id.to_string().as_bytes())
}

fn run(ids: &str, next: Option<char>) -> YieldedRun {
    YieldedRun {
        fingerprints: ids.chars().map(fingerprint_of).collect(),
        followed_by: next.map(fingerprint_of),
    }
}

fn behind(ids: &str) -> YieldedRun {
    YieldedRun::behind(ids.chars().map(fingerprint_of).collect())
}

/// A page of videos with these letters as ids, in a walk that resumed with these runs.
fn page(yielded: &[YieldedRun], ids: &str) -> PageLayout {
    later_page(&Carried::from_cursor(&yielded.into()), ids, &mut RecentIds::default())
}

fn later_page(carried: &Carried, ids: &str, recent: &mut RecentIds) -> PageLayout {
    let videos: Vec<_> = ids.chars().map(Video::new).collect();
    PageLayout::new(None, carried, &videos, recent)
}

#[track_caller]
fn yielded_in(position: &Position) -> &Arc<[YieldedRun]> {
    let Position::At { yielded, .. } = position else { panic!("finished") };
    yielded
}

#[track_caller]
fn check_position(layout: &PageLayout, after: usize, expected: &[YieldedRun]) {
    assert_eq!(**yielded_in(&layout.position_after(after)), *expected);
}

#[track_caller]
fn check_new(layout: &PageLayout, ids: &str, expected: &str) {
    let videos = layout.without_left_out(ids.chars().map(Video::new).collect());
    assert_eq!(videos.iter().map(|video| &*video.video_id).collect::<String>(), expected);
}

#[test]
fn a_position_holds_the_yielded_videos_and_the_next_one() {
    let layout = page(&[], "abc");
    check_position(&layout, 0, &[]);
    check_position(&layout, 2, &[run("ab", Some('c'))]);
    check_position(&layout, 3, &[run("abc", None)]);
}

#[test]
fn an_id_that_comes_twice_is_left_out_the_second_time() {
    let layout = page(&[], "abacb");
    check_new(&layout, "abacb", "abc");
    assert_eq!((layout.repeated(), layout.new_count()), (2, 3));
    check_position(&layout, 1, &[run("a", Some('b'))]);
    check_position(&layout, 2, &[run("ab", Some('c'))]);
    check_position(&layout, 3, &[run("abc", None)]);
}

#[test]
fn what_a_cursor_carries_is_left_out_and_does_not_count_as_repeated() {
    let layout = page(&[run("ab", Some('c'))], "xabbc");
    check_new(&layout, "xabbc", "xc");
    assert_eq!((layout.repeated(), layout.new_count()), (1, 2), "only the second b");
    assert!(layout.carried().runs.is_empty());
}

#[test]
fn new_videos_and_those_that_a_cursor_carries_are_progress() {
    let mut recent = RecentIds::default();
    let none = Carried::default();
    assert!(later_page(&none, "abc", &mut recent).makes_progress());
    assert!(!later_page(&none, "", &mut recent).makes_progress());
    assert!(!later_page(&none, "cba", &mut recent).makes_progress());
    assert!(later_page(&none, "abd", &mut recent).makes_progress());
    let carried = Carried::from_cursor(&[run("ab", None)].into());
    let first = later_page(&carried, "a", &mut recent);
    assert!(first.makes_progress());
    let second = later_page(first.carried(), "a", &mut recent);
    assert!(!second.makes_progress(), "it came again already");
}

#[test]
fn missing_videos_are_forgotten_once_the_video_after_their_run_is_sent() {
    let layout = page(&[run("abc", Some('d'))], "bdef");
    check_position(&layout, 2, &[run("bde", Some('f'))]);
    assert!(layout.carried().runs.is_empty(), "a and c were deleted");
}

#[test]
fn videos_that_new_ones_pushed_to_a_later_page_are_carried_over() {
    let layout = page(&[run("ab", Some('c'))], "xya");
    check_position(&layout, 1, &[run("x", Some('y')), run("a", Some('c')), run("b", Some('c'))]);
    let carried = layout.carried();
    assert_eq!(*carried.runs, [run("b", Some('c'))]);
    let next = later_page(carried, "bcd", &mut RecentIds::default());
    check_new(&next, "bcd", "cd");
    assert!(next.carried().runs.is_empty());
}

#[test]
fn yielded_videos_behind_new_ones_form_a_run_of_their_own() {
    // The stream stops after 'x'. Then two more new videos push 'a' to a later page.
    let layout = page(&[run("a", Some('b'))], "xyab");
    check_position(&layout, 1, &[run("x", Some('y')), run("a", Some('b'))]);
    let later = page(yielded_in(&layout.position_after(1)), "vwxy");
    check_new(&later, "vwxy", "vwy");
    assert_eq!(*later.carried().runs, [run("a", Some('b'))]);
}

#[test]
fn a_position_holds_the_last_videos_before_it_in_case_pages_overlap() {
    let mut recent = RecentIds::default();
    let first = later_page(&Carried::default(), "abcd", &mut recent);
    check_position(&first, 1, &[run("a", Some('b'))]);
    let second = later_page(first.carried(), "cdef", &mut recent);
    check_new(&second, "cdef", "ef");
    check_position(&second, 1, &[run("cde", Some('f')), behind("ab")]);
    let third = later_page(second.carried(), "ghij", &mut recent);
    check_position(&third, 1, &[run("g", Some('h')), behind("abcdef")]);
    assert_eq!(*third.carried().between_pages(), [behind("abcdefghij")]);

    // A walk that resumes after the second page.
    let resumed = page(&[behind("cdef")], "efgh");
    check_new(&resumed, "efgh", "gh");
    assert_eq!(resumed.repeated(), 2);
    check_position(&resumed, 1, &[run("efg", Some('h')), behind("cd")]);
    assert_eq!(*resumed.carried().between_pages(), [behind("cdefgh")]);
    let empty = page(&[behind("cdef")], "");
    let resumed = later_page(empty.carried(), "efgh", &mut RecentIds::default());
    check_new(&resumed, "efgh", "gh");
}

#[test]
fn a_position_in_a_page_holds_100_videos_or_as_many_as_the_largest_page_had() {
    let ids = |range: std::ops::Range<u32>| range.filter_map(char::from_u32).collect::<String>();
    for (most, first) in [(100, 80), (130, 130)] {
        let mut recent = RecentIds::default();
        let first = later_page(&Carried::default(), &ids(1_000..1_000 + first), &mut recent);
        let second = later_page(first.carried(), &ids(2_000..2_100), &mut recent);
        for (count, expected) in [(1, most - 1), (30, most - 30), (100, most - 100)] {
            let position = second.position_after(count);
            let held = count_videos(yielded_in(&position)) - count;
            assert_eq!(held, expected.min(first.fingerprints.len()), "after {count}");
        }
    }
}

#[test]
fn every_position_in_a_page_remembers_a_refused_token_once() {
    let mut layout = page(&[], "ab");
    layout.refuse_token(7);
    layout.refuse_token(7);
    let refused = YieldedRun::behind([7].into());
    check_position(&layout, 1, &[run("a", Some('b')), refused.clone()]);
    check_position(&layout, 2, &[run("ab", None), refused]);
}

#[test]
fn videos_that_are_too_old_do_not_count_as_yielded() {
    let mut layout = page(&[run("ac", None)], "abcde");
    layout.leave_out_too_old(vec![0, 1, 3, 4]);
    check_new(&layout, "abcde", "");
    check_position(&layout, 0, &[run("a", Some('b')), run("c", Some('d'))]);
    let mut layout = page(&[], "abcd");
    layout.leave_out_too_old(vec![1]);
    check_new(&layout, "abcd", "acd");
    check_position(&layout, 2, &[run("a", Some('b')), run("c", Some('d'))]);
    check_position(&layout, 3, &[run("a", Some('b')), run("cd", None)]);
}

#[test]
fn a_position_stays_small_over_many_resumes_and_deletions() {
    let mut yielded: Arc<[YieldedRun]> = Arc::default();
    for round in 0..1_000_u32 {
        // All videos yielded so far were deleted.
        let videos: Vec<_> = (0..100).map(|n| Video::new(format!("{}", round * 50 + n))).collect();
        let carried = Carried::from_cursor(&yielded);
        let layout = PageLayout::new(None, &carried, &videos, &mut RecentIds::default());
        yielded = yielded_in(&layout.position_after(50)).clone();
        assert_eq!(count_videos(&yielded), 50);
    }
}
