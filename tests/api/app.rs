//! A server for each test, and clients for it.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use actix_web::dev::ServerHandle;
use aws_config::SdkConfig;
use serde_json::{Value, json};
use tripos::{
    auth::model::{Role, UserId},
    aws::Aws,
    clock::Clock,
    concurrency::StopSignal,
    config::Config,
    db::{self, Db, types::Timestamp},
    http::settings::TimeLimits,
    server,
    users::{self, model::NewUser},
};

use crate::{common::database::TestDatabase, contract};

/// 2026-11-23T10:00:00Z, where every test's clock starts.
const START: i64 = 1_795_428_000_000_000;

/// The password of users who sign up.
pub const PASSWORD: &str = "correct horse battery";

/// AWS without credentials.
pub fn no_aws() -> Aws {
    Aws::with_config(SdkConfig::builder().build())
}

/// A running server, stopped when dropped.
pub struct TestApp {
    pub database: TestDatabase,
    pub address: SocketAddr,
    pub db: Db,
    clock: Arc<AtomicI64>,
    elapsed: Arc<AtomicI64>,
    handle: ServerHandle,
    stop: StopSignal,
    thread: Option<JoinHandle<()>>,
}

impl From<TestDatabase> for TestApp {
    fn from(database: TestDatabase) -> Self {
        Self::spawn(database, &[], no_aws())
    }
}

impl TestApp {
    pub fn spawn(database: TestDatabase, settings: &[(&str, &str)], aws: Aws) -> Self {
        Self::serve(database.config(settings), database, aws)
    }

    /// A server with these time limits for connections.
    pub fn with_time_limits(database: TestDatabase, limits: TimeLimits) -> Self {
        Self::configured(database, &[], |config| config.http.time_limits = limits)
    }

    /// A server with these settings, and with changes that no variable can make.
    pub fn configured(database: TestDatabase, settings: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Self {
        let mut config = database.config(settings);
        change(&mut config);
        Self::serve(config, database, no_aws())
    }

    fn serve(config: Config, database: TestDatabase, aws: Aws) -> Self {
        let (clock, elapsed) = (Arc::new(AtomicI64::new(START)), Arc::new(AtomicI64::new(0)));
        let (told, passed) = (Arc::clone(&clock), Arc::clone(&elapsed));
        let clock_of_server =
            Clock::from_fn(move || Timestamp::from_microseconds(told.load(Ordering::SeqCst)).unwrap())
                .with_elapsed(move || Duration::from_micros(passed.load(Ordering::SeqCst).unsigned_abs()));
        let (send, receive) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let bound = server::bind(&config, clock_of_server, aws);
            actix_web::rt::System::new().block_on(async {
                let bound = bound.unwrap();
                send.send((bound.address, bound.server.handle(), bound.app.clone().into_inner())).unwrap();
                futures_util::future::join(bound.server, bound.workers.run()).await.0.unwrap();
            });
        });
        let (address, handle, state) = receive.recv().expect("the server starts");
        let (db, stop) = (state.db.clone(), state.stop.clone());
        Self { database, address, db, clock, elapsed, handle, stop, thread: Some(thread) }
    }

    /// A server with these settings in addition to the default ones.
    pub fn with(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::spawn(database, settings, no_aws())
    }

    /// Advances the clock.
    pub fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        self.elapsed.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Sets the wall clock back. The monotonic time stays.
    pub fn set_clock_back(&self, seconds: i64) {
        self.clock.fetch_sub(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub fn learner(&self, name: &str) -> Client {
        self.user(name, Role::Learner)
    }

    pub fn author(&self, name: &str) -> Client {
        self.user(name, Role::Author)
    }

    pub fn user(&self, name: &str, role: Role) -> Client {
        let (id, now) = (UserId::new(), Timestamp::from_microseconds(START).unwrap());
        let email = format!("{name}@example.org");
        let new = NewUser { id, email: &email, display_name: name, password_hash: None, role };
        let (_, token) = db::transaction(&mut self.database.connect(), |conn| {
            users::queries::insert(conn, &new)?;
            users::tokens::issue(conn, id, "test", now, None)
        })
        .unwrap();
        self.with_authorization(Some(format!("Bearer {token}")))
    }

    /// Another token for programs of an existing user.
    pub fn token_of(&self, name: &str) -> Client {
        let (email, now) = (format!("{name}@example.org"), Timestamp::from_microseconds(START).unwrap());
        let (_, token) = db::transaction(&mut self.database.connect(), |conn| {
            let user = users::queries::find_by_email(conn, &email.parse().unwrap())?.expect("an account");
            users::tokens::issue(conn, user.id, "test", now, None)
        })
        .unwrap();
        self.with_token(&token)
    }

    pub fn admin(&self, name: &str) -> Client {
        self.user(name, Role::Admin)
    }

    /// A user who signs up and signs in.
    pub fn signed_in(&self, name: &str) -> Client {
        let credentials = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        self.anonymous().post("/api/v1/users", &credentials).expect(201);
        self.sign_in(name)
    }

    /// A user with this role who signs up and signs in.
    pub fn signed_in_as(&self, name: &str, role: Role) -> Client {
        let client = self.signed_in(name);
        let role = role.as_str();
        self.database.execute(&format!("UPDATE users SET role = '{role}' WHERE email = '{name}@example.org'"));
        client
    }

    /// A new session of a user.
    pub fn sign_in(&self, name: &str) -> Client {
        let credentials = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        let session = self.anonymous().post("/api/v1/sessions", &credentials).expect(201);
        self.with_token(session["token"].as_str().expect("a token"))
    }

    pub fn with_token(&self, token: &str) -> Client {
        self.with_authorization(Some(format!("Bearer {token}")))
    }

    pub fn anonymous(&self) -> Client {
        self.with_authorization(None)
    }

    pub fn with_authorization(&self, authorization: Option<String>) -> Client {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .build()
            .new_agent();
        Client { agent, base: format!("http://{}", self.address), authorization }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.stop();
        let stopped = self.handle.stop(false);
        actix_web::rt::System::new().block_on(stopped);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A client of the server.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    pub authorization: Option<String>,
}

/// Events as they arrive, until the server ends the stream. Comments are events without data.
pub struct Events(BufReader<ureq::BodyReader<'static>>);

/// An event.
#[derive(Debug)]
pub struct Event {
    pub kind: String,
    pub id: Option<String>,
    pub data: Value,
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let mut event = Event { kind: String::new(), id: None, data: Value::Null };
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            match line.trim_end().split_once(": ").unwrap_or_default() {
                ("event", kind) => event.kind = kind.to_owned(),
                ("id", id) => event.id = Some(id.to_owned()),
                ("data", data) => event.data = serde_json::from_str(data).expect("JSON"),
                ("", "") if !event.kind.is_empty() => return Some(event),
                ("", _) => event.kind = "comment".to_owned(),
                _ => {}
            }
        }
    }
}

/// The response of the server.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body of a response with this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// The problem document of an error with this status, checked for completeness.
    #[track_caller]
    pub fn problem(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:tripos:problem:{slug}"), "{problem}");
        assert_eq!(problem["status"], status);
        for field in ["title", "detail", "instance", "request_id"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {problem}");
        }
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        problem
    }
}

impl Client {
    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.request("GET", path, &[], b"")
    }

    /// The items of a list, from this page to the last one.
    #[track_caller]
    pub fn items(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let reply = self.get(&path);
            let mut page = reply.expect(200);
            items.append(page["items"].as_array_mut().expect("a list"));
            let link = reply.header("link").map(|link| link.strip_prefix('<').expect("a link"));
            next = link.map(|link| link.strip_suffix(">; rel=\"next\"").expect("the next page").to_owned());
            assert_eq!(next.is_some(), page.get("next_cursor").is_some());
        }
        items
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, body)
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, body)
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Reply {
        self.request("DELETE", path, &[], b"")
    }

    /// A POST with more header fields.
    #[track_caller]
    pub fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.request("POST", path, &headers, body.to_string().as_bytes())
    }

    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.send("PUT", path, body)
    }

    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.request(method, path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// A stream of events, which are read as they arrive.
    #[track_caller]
    pub fn events(&self, path: &str, last: Option<&str>) -> Events {
        let mut request = ureq::http::Request::builder().uri(format!("{}{path}", self.base));
        for (name, value) in [("authorization", self.authorization.as_deref()), ("last-event-id", last)] {
            request = value.iter().fold(request, |request, value| request.header(name, *value));
        }
        let response = self.agent.run(request.body(()).expect("a request")).expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events(BufReader::new(response.into_body().into_reader()))
    }

    #[track_caller]
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_vec()).expect("a request");
        let mut response = self.agent.run(request).expect("an answer");
        let bytes = response.body_mut().read_to_vec().expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let reply = Reply { status: response.status().as_u16(), headers: response.headers().clone(), text, bytes };
        // A compressed response has the same content, and HEAD has no body.
        if method != "HEAD" && reply.header("content-encoding").is_none() {
            contract::check(method, path, &reply);
        }
        reply
    }
}
