//! The events of a job, as server-sent events. Each stream polls the database, so that it also sends what other servers
//! store.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{http::header::HeaderMap, web::Bytes};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep},
};

use super::{
    messages::{GenerationJobSummary, OutcomeEvent, OutcomeReply, Progress},
    model::StoredOutcome,
    queries::{self, FullJob},
    settings::GenerationSettings,
};
use crate::{
    auth::model::{Identity, UserId},
    concurrency::ConcurrencyLimit,
    db::DbConnection,
    error::Error,
    http::caller::Author,
    jobs::model::{JobId, JobStatus},
};

/// The most concurrent streams of a server: each polls the database about once a second.
pub const STREAMS_AT_ONCE: usize = 100;
/// The most concurrent streams of a user.
pub const STREAMS_OF_USER: usize = 10;
/// The id of the last event.
const END: &str = "end";
/// How long browsers wait before they connect again, in milliseconds.
const RETRY: u32 = 2000;

/// Limits the number of streams.
pub struct EventStreams {
    all: ConcurrencyLimit,
    of_users: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl EventStreams {
    /// Creates the limits.
    pub fn new(patience: Duration) -> Self {
        Self { all: ConcurrencyLimit::new(STREAMS_AT_ONCE, patience), of_users: Arc::default() }
    }

    /// A permit for one more stream on this server.
    pub fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.all.try_permit().ok_or(Error::Busy)
    }

    /// A permit for one more stream of a user.
    fn place_of(&self, user_id: UserId) -> Result<PlaceOfUser, Error> {
        let mut of_users = lock(&self.of_users);
        let count = of_users.entry(user_id).or_default();
        if *count >= STREAMS_OF_USER {
            return Err(Error::Busy);
        }
        *count += 1;
        Ok(PlaceOfUser { user_id, of_users: Arc::clone(&self.of_users) })
    }
}

/// A permit for a stream of a user, released when it is dropped.
struct PlaceOfUser {
    user_id: UserId,
    of_users: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Drop for PlaceOfUser {
    fn drop(&mut self) {
        let mut of_users = lock(&self.of_users);
        if let Some(count) = of_users.get_mut(&self.user_id) {
            *count -= 1;
            if *count == 0 {
                of_users.remove(&self.user_id);
            }
        }
    }
}

fn lock(of_users: &Mutex<HashMap<UserId, usize>>) -> MutexGuard<'_, HashMap<UserId, usize>> {
    of_users.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often a stream polls, and how often it shows that it is alive.
#[derive(Debug, Clone, Copy)]
pub struct EventTimes {
    /// How often it polls the database.
    pub poll: Duration,
    /// After how long without an event it sends a comment, so that proxies keep the connection open.
    pub heartbeat: Duration,
}

impl Default for EventTimes {
    fn default() -> Self {
        Self { poll: Duration::from_secs(1), heartbeat: Duration::from_secs(15) }
    }
}

/// The events that a client has already received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The outcomes up to this number.
    After(i32),
    /// All.
    End,
}

impl Position {
    /// Parses `Last-Event-ID`.
    pub fn of(headers: &HeaderMap) -> Result<Self, Error> {
        let Some(field) = headers.get("last-event-id") else { return Ok(Self::After(0)) };
        let position = match field.to_str() {
            Ok(END) => Some(Self::End),
            Ok(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok().map(Self::After),
            _ => None,
        };
        position.ok_or_else(|| Error::BadRequest("Last-Event-ID is not an id from this stream".into()))
    }
}

/// The events of a job for one client.
pub struct Feed {
    author: Author,
    id: JobId,
    settings: Arc<GenerationSettings>,
    teller: Teller,
    user_id: Option<UserId>,
    places: (OwnedSemaphorePermit, Option<PlaceOfUser>),
}

impl Feed {
    /// Starts after the events that the client has already received.
    pub fn new(
        author: Author,
        id: JobId,
        settings: Arc<GenerationSettings>,
        position: Position,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self { author, id, settings, teller: Teller::new(position), user_id: None, places: (permit, None) }
    }

    /// Polls the database, and returns the new events. Also looks up the token.
    pub async fn poll(&mut self) -> Result<String, Error> {
        let (id, after) = (self.id, self.teller.seen);
        // The status is read first: if it says that the job has ended, all outcomes are stored.
        let read = move |conn: &mut DbConnection, user: Identity| {
            let job = queries::find_full(conn, id)?.ok_or(Error::NotFound("job"))?;
            Ok((user.user_id, job, queries::outcomes(conn, id, after)?))
        };
        let (user_id, job, outcomes) = self.author.read(read).await?;
        self.user_id = Some(user_id);
        Ok(self.teller.tell(&job, outcomes, &self.settings))
    }

    /// Takes a permit for a stream of the user, who is known after the first poll.
    pub fn take_place(&mut self, streams: &EventStreams) -> Result<(), Error> {
        self.places.1 = self.user_id.map(|user_id| streams.place_of(user_id)).transpose()?;
        Ok(())
    }

    /// Whether all events have been sent.
    pub fn has_ended(&self) -> bool {
        self.teller.ended
    }

    /// The stream, starting with the events that were polled first, until the job or this server ends, or the client
    /// may no longer read it.
    pub fn events(self, first: String) -> impl Stream<Item = Result<Bytes, Error>> {
        let begin = format!("retry: {RETRY}\n\n{first}");
        stream::unfold((self, Some(begin)), |(mut feed, first)| async move {
            let text = match first {
                Some(first) => Some(first),
                None => feed.next().await,
            };
            text.map(|text| (Ok(text.into()), (feed, None)))
        })
    }

    async fn next(&mut self) -> Option<String> {
        let (times, stop) = (self.settings.event_times, self.author.app().stop.clone());
        let since = Instant::now();
        while !self.teller.ended {
            tokio::select! {
                () = stop.stopped() => return None,
                () = sleep(times.poll) => {}
            }
            match self.poll().await {
                Ok(events) if !events.is_empty() => return Some(events),
                // A database that is busy or unavailable for a moment may soon be back.
                Ok(_) | Err(Error::Busy | Error::Contended | Error::Unavailable(_)) => {}
                Err(error) => {
                    log::debug!("an event stream ended: {error}");
                    return None;
                }
            }
            if since.elapsed() >= times.heartbeat {
                return Some(": still here\n\n".to_owned());
            }
        }
        None
    }
}

/// Tracks which events were sent.
struct Teller {
    /// The last number that was seen.
    seen: i32,
    /// The client has the outcomes up to this number.
    known: i32,
    counts: Progress,
    status: Option<(JobStatus, Option<String>)>,
    ended: bool,
}

impl Teller {
    fn new(position: Position) -> Self {
        let known = match position {
            Position::After(number) => number,
            Position::End => i32::MAX,
        };
        Self { seen: 0, known, counts: Progress::of(0), status: None, ended: false }
    }

    /// Returns the new events.
    fn tell(&mut self, full: &FullJob, outcomes: Vec<StoredOutcome>, settings: &GenerationSettings) -> String {
        let (job, asked, ..) = full;
        let mut events = String::new();
        self.counts.asked = asked.asked;
        for outcome in outcomes {
            self.seen = outcome.number;
            self.counts.add(outcome.outcome, outcome.disagreed, 1);
            if outcome.number > self.known {
                let number = outcome.number.to_string();
                let told = OutcomeEvent { outcome: OutcomeReply::from(outcome), progress: self.counts };
                event(&mut events, "outcome", Some(&number), &told);
            }
        }
        self.ended = job.finished_at.is_some();
        let status = Some((job.status, job.failure.clone()));
        if self.ended || self.status != status {
            let summary = GenerationJobSummary::new(full, self.counts, settings);
            event(&mut events, "status", self.ended.then_some(END), &summary);
            self.status = status;
        }
        events
    }
}

/// Appends an event. The JSON contains no line breaks.
fn event(events: &mut String, kind: &str, id: Option<&str>, data: &impl Serialize) {
    let Ok(data) = serde_json::to_string(data) else { return };
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    let _ = write!(events, "event: {kind}\n{id}data: {data}\n\n");
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn positions_are_numbers_or_the_end() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static("last-event-id"), HeaderValue::from_static(text));
            Position::of(&headers).ok()
        };
        assert_eq!(of("7"), Some(Position::After(7)));
        assert_eq!(of("end"), Some(Position::End));
        for wrong in ["", "-1", "+1", "1.5", "99999999999", "End"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        assert_eq!(Position::of(&HeaderMap::new()).unwrap(), Position::After(0));
    }
}
