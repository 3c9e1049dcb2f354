use super::*;

const BOOKMARK: i64 = 1_795_507_200;

#[track_caller]
fn bookmark(json: &str) -> Option<i64> {
    TapState::from_json(json).unwrap().bookmark
}

#[test]
fn states_of_other_taps_are_read() {
    for state in [
        r#"{"bookmarks":{"videos":{"replication_key":"created_at","replication_key_value":"2026-11-24T08:00:00+00:00","starting_replication_value":null}}}"#,
        r#"{"bookmarks":{"videos":{"created_at":"2026-11-24T08:00:00.000000Z"}}}"#,
        r#"{"bookmarks":{"videos":{"created_at":1795507200}},"currently_syncing":"videos"}"#,
        r#"{"bookmarks":{"videos":{"created_at":"2026-11-24 08:00:00"},"users":{}}}"#,
        r#"{"type":"STATE","value":{"bookmarks":{"videos":{"created_at":1795507200.5}}}}"#,
        r#"{"singer_state":{"bookmarks":{"videos":{"created_at":"2026-11-24T08:00:00Z"}}}}"#,
    ] {
        assert_eq!(bookmark(state), Some(BOOKMARK), "{state}");
    }
    for first in
        ["{}", r#"{"bookmarks":{}}"#, r#"{"bookmarks":{"videos":{}}}"#, r#"{"singer_state":{}}"#]
    {
        assert_eq!(bookmark(first), None, "{first}");
    }
}

#[test]
fn a_state_of_something_else_is_refused() {
    for (state, kind, why) in [
        (r#"{"bookmarks":{"users":{}}}"#, ExportErrorKind::Mismatch, "no bookmark"),
        (r#"{"cursor":"x"}"#, ExportErrorKind::Mismatch, "no object 'bookmarks'"),
        (
            r#"{"bookmarks":{"videos":{"replication_key":"id"}}}"#,
            ExportErrorKind::Mismatch,
            "replication key",
        ),
        (
            r#"{"bookmarks":{"videos":{"updated_at":"2026-11-24T08:00:00Z"}}}"#,
            ExportErrorKind::Mismatch,
            "its bookmark has no created_at",
        ),
        (
            r#"{"bookmarks":{"videos":{"replication_key":null,"last_id":7}}}"#,
            ExportErrorKind::Mismatch,
            "its bookmark has no created_at",
        ),
        ("[]", ExportErrorKind::Usage, "not an object"),
        (
            r#"{"bookmarks":{"videos":{"created_at":"soon"}}}"#,
            ExportErrorKind::Usage,
            "'created_at' in the state is not a time",
        ),
    ] {
        let error = TapState::from_json(state).unwrap_err();
        assert_eq!(error.kind(), kind, "{state}");
        assert!(error.to_string().contains(why), "{error}");
    }
    for empty in ["", "\n", " \r\n"] {
        let error = TapState::from_json(empty).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        assert!(error.hint().unwrap().starts_with("give the last state"), "{error}");
    }
    let two = TapState::from_json("{}\n{}\n").unwrap_err();
    assert_eq!(two.hint(), Some("keep only the last line of the file"));
}

#[test]
fn a_state_is_read_as_it_was_written() {
    let cursor = crate::client::Client::new("key").unwrap().videos().stream().cursor();
    let walk = UnfinishedWalk {
        run: UnfinishedRun { mode: SyncMode::Incremental, begun_at: 10, floor: Some(5) },
        cursor: Some(cursor),
        newest: Some(9),
        oldest_unsettled: Some(6),
        videos: 3,
        skipped: 1,
        version: Some(10_000),
    };
    let state = TapState {
        bookmark: Some(BOOKMARK),
        oldest_unsettled: Some(7),
        scope: Some("00ff".into()),
        unfinished: Some(walk),
    };
    assert_eq!(TapState::from_json(&state.to_string()).unwrap(), state);
    let empty = TapState::default();
    assert_eq!(TapState::from_json(&empty.to_string()).unwrap(), empty);
}

#[test]
fn a_time_out_of_range_is_read_as_it_was_written() {
    for seconds in ["1795507200000", "-1795507200000", "9e300", "18446744073709551615"] {
        let json = format!(r#"{{"bookmarks":{{"videos":{{"created_at":{seconds}}}}}}}"#);
        let state = TapState::from_json(&json).unwrap();
        assert_eq!(TapState::from_json(&state.to_string()).unwrap(), state, "{seconds}");
    }
    // The times of videos are not limited before they are written.
    for seconds in [i64::MIN, i64::MAX] {
        let state = TapState { oldest_unsettled: Some(seconds), ..TapState::default() };
        let again = TapState::from_json(&state.to_string()).unwrap();
        assert_eq!(again.oldest_unsettled, Some(in_range(seconds)));
    }
}

#[test]
fn a_state_of_an_earlier_release_is_read() {
    let frozen = r#"{"bookmarks":{"videos":{"replication_key":"created_at","replication_key_value":"2026-11-24T08:00:00Z","oldest_unsettled":"2026-11-01T00:00:00Z","scope":"f38b373487c0","unfinished_cursor":"CURSOR","unfinished_mode":"incremental","unfinished_begun_at":"2026-11-25T00:00:00Z","unfinished_floor":"2026-11-17T08:00:00Z","unfinished_newest":"2026-11-24T23:00:00Z","unfinished_oldest_unsettled":null,"unfinished_videos":100,"unfinished_skipped":0,"unfinished_version":null}}}"#;
    let start = crate::client::Client::new("key").unwrap().videos().stream().cursor();
    let text = frozen.replace("CURSOR", &start.to_string());
    let state = TapState::from_json(&text).unwrap();
    assert_eq!(state.bookmark, Some(BOOKMARK));
    assert_eq!(state.scope.as_deref(), Some("f38b373487c0"));
    let walk = state.unfinished.as_ref().unwrap();
    assert_eq!(
        (walk.run.mode, walk.videos, walk.newest),
        (SyncMode::Incremental, 100, Some(1_795_561_200))
    );
    assert_eq!(state.to_string(), text);
}

#[test]
fn every_state_has_the_same_members_and_no_object_among_them() {
    let state: Value = serde_json::from_str(&TapState::default().to_string()).unwrap();
    let members = state["bookmarks"]["videos"].as_object().unwrap();
    assert_eq!(members.len(), 13);
    assert!(members.values().all(|value| !value.is_object()));
}
