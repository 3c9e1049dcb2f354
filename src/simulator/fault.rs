//! `Fault`, a wrong response, and the `Script` that decides which request gets it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::random::{FAULTS, draw};

/// A wrong response that the simulator sends to a request.
///
/// Only a valid request gets a fault, that is, one that would otherwise get a page. See
/// [`Simulator::script`](super::Simulator::script). An error body has the format of the requested
/// version of the API. It has the code that HeyGen documents for the status, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// An error with this HTTP status, 200 to 599. Any other number is sent as 500.
    ///
    /// A redirect (3xx) leads back to the simulator, so a client that follows it shows up in
    /// [`recorded`](super::Simulator::recorded).
    Status(u16),
    /// An error with this HTTP status and this `Retry-After`, which is sent unchanged even if it is
    /// invalid. A text that cannot be a header value is left out.
    StatusRetryAfter(u16, String),
    /// An error with HTTP status 200: the body has no data but this code and message.
    Code {
        /// The code of the API. 100 means success, so it makes the response a success without data.
        code: i64,
        /// The message.
        message: String,
    },
    /// An empty page whose token leads to the requested page, so no video is lost. The token is
    /// different each time.
    EmptyPage,
    /// The requested page with a token that repeats. A client that stops only at a missing token
    /// never stops.
    ///
    /// A page that was requested with a token returns that same token. The next request for the
    /// page gets the correct response. The first page, which is requested without a token, returns a
    /// token for the second page, and the second page then returns this token every time.
    RepeatToken,
    /// The correct response with this delay, in addition to
    /// [`latency`](super::SimulatorBuilder::latency).
    Latency(Duration),
}

/// The faults that have not been sent yet.
#[derive(Debug)]
pub(super) struct Script {
    seed: u64,
    rate: f64,
    in_order: VecDeque<Fault>,
    by_number: BTreeMap<u64, Fault>,
}

impl Script {
    pub(super) fn new(seed: u64, rate: f64) -> Self {
        Self { seed, rate, in_order: VecDeque::new(), by_number: BTreeMap::new() }
    }

    pub(super) fn push(&mut self, fault: Fault) {
        self.in_order.push_back(fault);
    }

    pub(super) fn put(&mut self, number: u64, fault: Fault) {
        self.by_number.insert(number, fault);
    }

    /// The fault of a request: the one set for its number, or the next in order, or a random one.
    pub(super) fn take(&mut self, number: u64) -> Option<Fault> {
        self.by_number
            .remove(&number)
            .or_else(|| self.in_order.pop_front())
            .or_else(|| self.random(number))
    }

    fn random(&self, number: u64) -> Option<Fault> {
        let random = draw(self.seed, FAULTS, number);
        // The upper 53 bits, which a float holds exactly, decide whether there is a fault. The
        // lower bits choose it.
        let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
        (share < self.rate).then(|| match random & 0x7ff {
            n if n % 5 == 0 => Fault::Status(429),
            n if n % 5 == 1 => Fault::StatusRetryAfter(429, "0".to_owned()),
            n if n % 5 == 2 => Fault::Status(500),
            n if n % 5 == 3 => Fault::Status(503),
            n => Fault::Latency(Duration::from_millis(1 + n / 5 % 20)),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::simulator::Simulator;
    use crate::simulator::test_client::{TestClient, escape};

    async fn simulator(videos: u64) -> (Simulator, TestClient) {
        let simulator = Simulator::builder().videos(videos).start().await.unwrap();
        let client = TestClient::to(&simulator).await;
        (simulator, client)
    }

    /// The ids and the token of a page of v1.
    fn read(page: &Value) -> (Vec<String>, Option<&str>) {
        let videos = page["data"]["videos"].as_array().unwrap();
        let ids = videos.iter().map(|video| video["video_id"].as_str().unwrap().to_owned());
        (ids.collect(), page["data"]["token"].as_str())
    }

    #[tokio::test]
    async fn errors_have_the_format_of_the_version_and_happen_once() {
        let (simulator, mut client) = simulator(5).await;
        for (fault, status, v1, v3) in [
            (Fault::Status(429), 429, json!(400_140), "rate_limit_exceeded"),
            (Fault::Status(403), 403, json!(400_562), "forbidden"),
            (Fault::Status(500), 500, json!(500), "internal_error"),
            (Fault::Status(42), 500, json!(500), "internal_error"),
            (Fault::Status(302), 302, json!(302), "error"),
            (Fault::Code { code: 7, message: String::new() }, 200, json!(7), "7"),
        ] {
            simulator.script(fault.clone());
            simulator.script(fault);
            let response = client.get("/v1/video.list").await;
            let code = response.body.pointer("/error/code").or_else(|| response.body.get("code"));
            assert_eq!((response.status, code), (status, Some(&v1)));
            assert_eq!(response.headers.contains("location:"), status == 302);
            let response = client.get("/v3/videos").await;
            assert_eq!((response.status, &response.body["error"]["code"]), (status, &json!(v3)));
        }
        simulator.script(Fault::Status(204));
        assert_eq!(client.get("/v1/video.list").await.status, 204);
        assert_eq!(client.get("/v1/video.list").await.status, 200);
    }

    #[tokio::test]
    async fn retry_after_is_sent_as_it_is() {
        let (simulator, mut client) = simulator(5).await;
        simulator.script(Fault::StatusRetryAfter(503, "Soon, maybe".to_owned()));
        simulator.script(Fault::StatusRetryAfter(429, "1\r\nx: y".to_owned()));
        let response = client.get("/v1/video.list").await;
        assert_eq!(response.status, 503);
        assert!(response.headers.contains("retry-after: soon, maybe"), "{}", response.headers);
        let response = client.get("/v1/video.list").await;
        assert_eq!((response.status, response.headers.contains("retry-after")), (429, false));
    }

    #[tokio::test]
    async fn empty_pages_lose_no_video() {
        let (simulator, mut client) = simulator(25).await;
        for number in [1, 2, 4, 7] {
            simulator.script_at(number, Fault::EmptyPage);
        }
        let pages = client.walk_v1("&limit=10").await;
        let sizes: Vec<_> = pages.iter().map(|page| read(page).0.len()).collect();
        assert_eq!(sizes, [0, 0, 10, 0, 10, 5]);
        let ids: Vec<_> = pages.iter().flat_map(|page| read(page).0).collect();
        assert_eq!(ids, simulator.ids());
        let mut tokens: Vec<_> = pages.iter().filter_map(|page| read(page).1).collect();
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), pages.len() - 1, "no token is sent twice");
    }

    #[tokio::test]
    async fn a_later_page_repeats_its_token_once() {
        let (simulator, mut client) = simulator(20).await;
        let first = client.get("/v1/video.list?limit=10").await.body;
        let token = read(&first).1.unwrap();
        let target = format!("/v1/video.list?limit=10&token={}", escape(token));
        simulator.script(Fault::RepeatToken);
        let repeated = client.get(&target).await.body;
        assert_eq!(read(&repeated), (simulator.ids()[10..].to_vec(), Some(token)));
        let right = client.get(&target).await.body;
        assert_eq!(read(&right), (simulator.ids()[10..].to_vec(), None));
    }

    #[tokio::test]
    async fn after_a_first_page_the_second_repeats_its_token_forever() {
        for (videos, second) in [(20, 10..20), (10, 10..10), (0, 0..0)] {
            let (simulator, mut client) = simulator(videos).await;
            simulator.script(Fault::RepeatToken);
            let first = client.get("/v1/video.list?limit=10").await.body;
            let token = read(&first).1.unwrap();
            let target = format!("/v1/video.list?limit=10&token={}", escape(token));
            let expected = (simulator.ids()[second].to_vec(), Some(token));
            for _ in 0..2 {
                assert_eq!(read(&client.get(&target).await.body), expected);
            }
        }
    }

    #[tokio::test]
    async fn a_refused_request_uses_up_no_fault() {
        let (simulator, mut client) = simulator(5).await;
        simulator.script(Fault::Status(500));
        assert_eq!(client.get("/v1/video.list?limit=500").await.status, 400);
        assert_eq!(client.get("/nowhere").await.status, 404);
        assert_eq!(client.get("/v1/video.list").await.status, 500);
    }

    #[tokio::test]
    async fn a_walk_with_random_faults_still_gets_every_video() {
        let builder = Simulator::builder().videos(500).fault_rate(0.5).seed(3);
        let simulator = builder.start().await.unwrap();
        let mut client = TestClient::to(&simulator).await;
        let (mut ids, mut token) = (Vec::new(), String::new());
        loop {
            let response = client.get(&format!("/v1/video.list?limit=10&token={token}")).await;
            if response.status != 200 {
                assert!([429, 500, 503].contains(&response.status));
                continue;
            }
            let (page, next) = read(&response.body);
            ids.extend(page);
            match next {
                Some(next) => token = escape(next),
                None => break,
            }
        }
        assert_eq!(ids, simulator.ids());
        assert!(simulator.requests() > 60);
    }

    #[test]
    fn the_fault_of_a_numbered_request_takes_precedence() {
        let mut script = Script::new(0, 0.0);
        script.push(Fault::Status(500));
        script.push(Fault::Status(503));
        script.put(2, Fault::EmptyPage);
        let taken: Vec<_> = (1..=4).map(|number| script.take(number)).collect();
        let expected =
            [Some(Fault::Status(500)), Some(Fault::EmptyPage), Some(Fault::Status(503)), None];
        assert_eq!(taken, expected);
    }

    #[test]
    fn random_faults_follow_the_rate_and_the_seed() {
        let faults = |seed, rate| -> Vec<_> {
            let mut script = Script::new(seed, rate);
            (0..10_000).map(|number| script.take(number)).collect()
        };
        let count = |faults: Vec<Option<Fault>>| faults.iter().flatten().count();
        assert_eq!(faults(1, 0.2), faults(1, 0.2));
        assert_ne!(faults(1, 0.2), faults(2, 0.2));
        assert!((1_800..2_200).contains(&count(faults(1, 0.2))));
        assert_eq!(count(faults(1, 0.0)), 0);
        assert_eq!(count(faults(1, 1.0)), 10_000);
        for wanted in [Fault::Status(429), Fault::Status(500), Fault::Status(503)] {
            assert!(faults(1, 0.2).contains(&Some(wanted)));
        }
    }
}
