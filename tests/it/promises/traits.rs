//! The traits of the public types, as a list that must compile, and the words they write.

use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use futures::stream::FusedStream;
#[cfg(feature = "export")]
use heygen_videos::export::{
    Compression, Event, Existing, ExportError, ExportErrorKind, Format, Outcome, StopHandle,
    Summary,
};
use heygen_videos::simulator::{Fault, Recorded, Simulator, SimulatorBuilder};
use heygen_videos::{
    ApiVersion, Client, ClientBuilder, Cursor, End, Error, ErrorKind, Page, PageStream,
    RetryPolicy, Stats, Video, VideoQuery, VideoStatus, VideoStream, VideoType, WithCursors,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::walk::simulator;

/// Fails to compile if one of the types lacks one of its traits.
macro_rules! must_have {
    ($($type:ty: $($bound:path),+;)+) => {
        $(const _: fn() = || {
            fn has<T: Debug + Send + Sync + Unpin + 'static $(+ $bound)+>() {}
            has::<$type>();
        };)+
    };
}

must_have! {
    Client: Clone;
    ClientBuilder: Clone, Default;
    ApiVersion: Copy, Eq, Hash, Default, Display, FromStr, Serialize, DeserializeOwned;
    VideoQuery: Clone;
    VideoStream: FusedStream;
    PageStream: FusedStream;
    WithCursors: FusedStream;
    Page: Clone, PartialEq, IntoIterator;
    Video: Clone, PartialEq, Serialize, DeserializeOwned;
    VideoStatus: Clone, Eq, Hash, Display, FromStr, Serialize, DeserializeOwned;
    VideoType: Clone, Eq, Hash, Display, FromStr, Serialize, DeserializeOwned;
    Cursor: Clone, Eq, Hash, Display, FromStr, Serialize, DeserializeOwned;
    End: Copy, Eq, Hash, Display, Serialize;
    Stats: Copy, Eq, Hash, Default, Serialize;
    RetryPolicy: Clone, Eq, Hash, Default;
    Error: Clone, StdError;
    ErrorKind: Copy, Eq, Hash, Display, Serialize;
    Simulator: Debug;
    SimulatorBuilder: Clone, Default;
    Fault: Clone, Eq, Hash;
    Recorded: Clone, Eq, Hash;
}

#[cfg(feature = "export")]
must_have! {
    Compression: Copy, Eq, Hash, Default, Display, FromStr, Serialize, DeserializeOwned;
    Format: Copy, Eq, Hash, Display, FromStr, Serialize, DeserializeOwned;
    Existing: Copy, Eq, Hash, Default, Display, FromStr, Serialize, DeserializeOwned;
    StopHandle: Clone, Default;
    Event: Clone, Eq, Hash;
    Summary: Clone, Eq, Hash, Serialize;
    Outcome: Copy, Eq, Hash, Display, Serialize;
    ExportError: StdError;
    ExportErrorKind: Copy, Eq, Hash, Display, Serialize;
}

#[cfg(feature = "export")]
#[test]
fn the_words_for_programs_are_the_same_in_display_and_serde() {
    for word in ["refuse", "resume", "restart"] {
        let existing: Existing = word.parse().unwrap();
        assert_eq!(existing.to_string(), word);
        assert_eq!(serde_json::to_value(existing).unwrap(), word);
    }
    assert_eq!("again".parse::<Existing>().unwrap_err().kind(), ExportErrorKind::Usage);
    for kind in [ExportErrorKind::BrokenPipe, ExportErrorKind::Api] {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
    }
}

#[tokio::test]
async fn ends_stats_and_kinds_are_written_as_words_and_numbers() {
    use futures::StreamExt;

    let simulator = simulator(250).await;
    let mut videos = simulator.client().videos().max_items(120).stream();
    while videos.next().await.is_some() {}
    let end = videos.end().unwrap();
    assert_eq!(
        (end.to_string(), serde_json::to_value(end).unwrap()),
        ("cap_reached".into(), "cap_reached".into())
    );
    let stats = serde_json::to_value(videos.stats()).unwrap();
    assert_eq!(
        (&stats["items"], &stats["pages"], &stats["requests"]),
        (&120.into(), &2.into(), &2.into())
    );
    for (end, word) in [(End::Exhausted, "exhausted"), (End::Failed, "failed")] {
        assert_eq!((end.as_str(), serde_json::to_value(end).unwrap()), (word, word.into()));
    }
    for (kind, word) in [
        (ErrorKind::InvalidRequest, "invalid_request"),
        (ErrorKind::RateLimited, "rate_limited"),
        (ErrorKind::TooLarge, "too_large"),
        (ErrorKind::Server, "server"),
    ] {
        assert_eq!(serde_json::to_value(kind).unwrap(), word);
    }
}
