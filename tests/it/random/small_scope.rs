//! Every small case in full: each listing of up to four videos, each page size of up to three, one
//! creation and one deletion at each point, a stop after each video, both versions of the API, with
//! and without read-ahead. Nothing is lost, and nothing is repeated.
//!
//! `APART=4 cargo test --release --features cli --test it -- --nocapture random::small_scope` makes
//! the two changes of a walk at any two points, and prints the number of walks. CI does so for
//! listings of up to three videos; with four, both changes come at the same point.

use std::sync::{Arc, Mutex};
use std::thread;

use futures::StreamExt;
use heygen_videos::{ApiVersion, Client, Cursor, End, RetryPolicy, VideoStream};

use crate::support::fault::{FaultServer, RawRequest, Reply, page_v1, page_v3};
use crate::support::soak::count;

const MOST_VIDEOS: u32 = 4;

/// Where the listing changes: after how many videos, and at which place.
type Point = (usize, u32);

/// One case. The videos of the listing are 0, 2, 4 and so on, and the created one is between them.
#[derive(Clone, Copy, Debug)]
struct Scope {
    videos: u32,
    page_size: u32,
    created: Option<Point>,
    deleted: Option<Point>,
    /// The stream stops after this many videos, and another resumes.
    stop: usize,
    read_ahead: usize,
}

impl Scope {
    /// Every case of a listing of this many videos. If its two changes are not `apart`, they come at
    /// the same point.
    fn all(videos: u32, apart: bool) -> impl Iterator<Item = Self> {
        let points = move |places: u32| {
            let at = move |time| (0..places).map(move |place| Some((time, place)));
            [None].into_iter().chain((0..=videos as usize).flat_map(at))
        };
        let changes = points(videos + 1)
            .flat_map(move |created| points(videos).map(move |deleted| (created, deleted)))
            .filter(move |(created, deleted): &(Option<Point>, Option<Point>)| {
                apart || created.zip(*deleted).is_none_or(|(one, other)| one.0 == other.0)
            });
        changes.flat_map(move |(created, deleted)| {
            let stops = 0..=videos as usize + usize::from(created.is_some());
            stops.flat_map(move |stop| {
                (1..=3).flat_map(move |page_size| {
                    [0, 1].map(move |read_ahead| Self {
                        videos,
                        page_size,
                        created,
                        deleted,
                        stop,
                        read_ahead,
                    })
                })
            })
        })
    }
}

/// The listing in ascending order. A token is the last video before its page.
#[derive(Debug)]
struct Listed {
    api: ApiVersion,
    videos: Vec<u32>,
    requests: u64,
}

impl Listed {
    fn answer(&mut self, request: &RawRequest) -> Reply {
        self.requests += 1;
        let limit: usize = request.query("limit").unwrap().parse().unwrap();
        let after: Option<u32> = request.query("token").map(|token| token.parse().unwrap());
        let start = self.videos.partition_point(|video| after.is_some_and(|last| *video <= last));
        let end = self.videos.len().min(start + limit);
        let page = &self.videos[start..end];
        let more = end < self.videos.len();
        let token = page.last().filter(|_| more).map(ToString::to_string);
        Reply::ok(match self.api {
            ApiVersion::V3 => page_v3(page, token.as_deref()),
            _ => page_v1(page, token.as_deref(), self.videos.len() as u64),
        })
    }
}

/// A server and a client that serve many cases.
struct Rig {
    _server: FaultServer,
    listed: Arc<Mutex<Listed>>,
    client: Client,
}

impl Rig {
    async fn start(api: ApiVersion) -> Self {
        let listed = Arc::new(Mutex::new(Listed { api, videos: Vec::new(), requests: 0 }));
        let served = Arc::clone(&listed);
        let server =
            FaultServer::start(move |request, _| served.lock().unwrap().answer(request)).await;
        let client = Client::builder().api_key("key").base_url(server.base_url()).api(api);
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        Self { _server: server, listed, client }
    }

    fn open(&self, scope: &Scope, cursor: Option<&Cursor>) -> VideoStream {
        let query = self.client.videos().page_size(scope.page_size).read_ahead(scope.read_ahead);
        match cursor {
            Some(cursor) => query.resume_from(cursor.to_string().parse().unwrap()).stream(),
            None => query.stream(),
        }
    }

    /// Walks once, and says what was wrong.
    async fn walk(&self, scope: &Scope) -> Result<(), String> {
        let before: Vec<u32> = (0..scope.videos).map(|number| 2 * number + 1).collect();
        {
            let mut listed = self.listed.lock().unwrap();
            (listed.videos, listed.requests) = (before.clone(), 0);
        }
        let mut videos = self.open(scope, None);
        let (mut got, mut sent) = (Vec::new(), 0);
        loop {
            self.change(scope, got.len());
            if got.len() == scope.stop {
                let cursor = videos.cursor();
                sent += videos.stats().requests;
                drop(videos);
                videos = self.open(scope, Some(&cursor));
            }
            match videos.next().await {
                Some(Ok(video)) => got.push(video.video_id.parse::<u32>().unwrap()),
                Some(Err(error)) => return Err(error.to_string()),
                None => break,
            }
        }
        sent += videos.stats().requests;
        if videos.end() != Some(End::Exhausted) || !videos.cursor().is_finished() {
            return Err(format!("it ended with {:?}", videos.end()));
        }
        let listed = self.listed.lock().unwrap();
        let lost = before.iter().filter(|id| listed.videos.contains(id) && !got.contains(id));
        let lost: Vec<_> = lost.collect();
        let repeated = (1..got.len()).any(|at| got[..at].contains(&got[at]));
        if !lost.is_empty() || repeated {
            return Err(format!("{got:?}, lost {lost:?}"));
        }
        if scope.created.is_none() && scope.deleted.is_none() && scope.read_ahead == 0 {
            let (size, videos) = (scope.page_size as usize, before.len());
            let pages = videos.div_ceil(size).max(1);
            // Within a page, the resumed stream asks for it again.
            let again = usize::from(!scope.stop.is_multiple_of(size) && scope.stop < videos);
            if (sent, listed.requests) != ((pages + again) as u64, (pages + again) as u64) {
                return Err(format!("{sent} requests for {pages} pages, {again} of them again"));
            }
        }
        Ok(())
    }

    /// Makes the changes that are due after this many videos.
    fn change(&self, scope: &Scope, got: usize) {
        let listed = &mut self.listed.lock().unwrap().videos;
        if let Some((_, place)) = scope.created.filter(|(time, _)| *time == got) {
            let video = 2 * place;
            if let Err(at) = listed.binary_search(&video) {
                listed.insert(at, video);
            }
        }
        if let Some((_, place)) = scope.deleted.filter(|(time, _)| *time == got) {
            listed.retain(|video| *video != 2 * place + 1);
        }
    }
}

#[test]
fn no_small_walk_loses_or_repeats_a_video() {
    let apart = count("APART", 3);
    let walk_all = |api| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let rig = Rig::start(api).await;
            let mut walks = 0_u64;
            let all = |videos| Scope::all(videos, u64::from(videos) <= apart);
            for scope in (0..=MOST_VIDEOS).flat_map(all) {
                if let Err(wrong) = rig.walk(&scope).await {
                    panic!("{api}: {wrong}, in {scope:?}");
                }
                walks += 1;
            }
            walks
        })
    };
    let walks: u64 = thread::scope(|scope| {
        let threads =
            [ApiVersion::V1, ApiVersion::V3].map(|api| scope.spawn(move || walk_all(api)));
        threads.map(|thread| thread.join().unwrap()).iter().sum()
    });
    println!("{walks} walks, 0 lost, 0 repeated");
}
