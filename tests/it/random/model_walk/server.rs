//! The server of a case: pages of the model's account, which may overlap, and faults.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use heygen_videos::{ApiVersion, Client, ClientBuilder};
use serde_json::{Value, json};

use super::case::Trouble;
use super::reference::{Account, FIRST_TIME, SortKey, page_after};
use crate::support::fault::{FaultServer, Mark, RawRequest, Reply};

/// What the server lists, and what it was asked.
#[derive(Debug)]
pub(super) struct Shop {
    api: ApiVersion,
    pub(super) account: Account,
    pub(super) script: VecDeque<Trouble>,
    /// How many videos of a page the next one shows again.
    overlap: usize,
    /// The video after which the page of each token begins.
    places: HashMap<String, Option<SortKey>>,
    pub(super) last_limit: Option<usize>,
    pub(super) requests: u64,
}

impl Shop {
    fn answer(&mut self, request: &RawRequest) -> Reply {
        let limit: usize = request.query("limit").unwrap().parse().unwrap();
        self.last_limit = Some(limit);
        self.requests += 1;
        let after = match request.query("token") {
            Some(token) => self.places[token].clone(),
            None => None,
        };
        match self.script.pop_front() {
            Some(Trouble::Failure) => return Reply::new(500, "{}"),
            Some(Trouble::EmptyPage) => {
                let token = self.token(after);
                return self.page(vec![], Some(token));
            }
            None => {}
        }
        let (keys, next) = page_after(&self.account, after.as_ref(), limit, self.overlap);
        let videos = keys.iter().map(|key| self.video(key)).collect();
        let token = next.map(|place| self.token(Some(place)));
        self.page(videos, token)
    }

    /// A token that was never sent before.
    fn token(&mut self, place: Option<SortKey>) -> String {
        let token = format!("t{}", self.places.len());
        self.places.insert(token.clone(), place);
        token
    }

    fn video(&self, key: &SortKey) -> Value {
        let facts = &self.account[key];
        let id = if self.api == ApiVersion::V3 { "id" } else { "video_id" };
        let created_at = facts.created_at.map(|date| date + FIRST_TIME);
        json!({ id: key.id(), "status": facts.status, "created_at": created_at })
    }

    fn page(&self, videos: Vec<Value>, token: Option<String>) -> Reply {
        let body = match self.api {
            ApiVersion::V3 => {
                json!({ "data": videos, "has_more": token.is_some(), "next_token": token })
            }
            _ => {
                // A total of 0 on a later page is an error, so an emptied account sends no total.
                let total = Some(self.account.len()).filter(|total| *total > 0);
                json!({ "code": 100, "data": { "videos": videos, "token": token, "total": total } })
            }
        };
        Reply::ok(body.to_string())
    }
}

/// The running server and its shop.
pub(super) struct Server {
    server: FaultServer,
    shop: Arc<Mutex<Shop>>,
    mark: Mark,
}

impl Server {
    pub(super) async fn start(api: ApiVersion, overlap: usize) -> Self {
        let shop = Shop {
            api,
            account: Account::new(),
            script: VecDeque::new(),
            overlap,
            places: HashMap::new(),
            last_limit: None,
            requests: 0,
        };
        let shop = Arc::new(Mutex::new(shop));
        let (served, mark) = (Arc::clone(&shop), Mark::new());
        let own = mark.clone();
        let server = FaultServer::start(move |request, _| match own.is_on(request) {
            true => served.lock().unwrap().answer(request),
            false => Reply::close(),
        });
        Self { server: server.await, shop, mark }
    }

    /// The only client that the server answers.
    pub(super) fn client(&self, api: ApiVersion) -> ClientBuilder {
        self.mark.on(Client::builder().api_key("key").base_url(self.server.base_url()).api(api))
    }

    pub(super) fn shop(&self) -> MutexGuard<'_, Shop> {
        self.shop.lock().unwrap()
    }
}
