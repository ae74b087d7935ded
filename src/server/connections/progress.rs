//! The state of a connection, and how long the client may take. Pure logic over times.

use std::time::Duration;

use tokio::time::Instant;

use crate::http::settings::TimeLimits;

/// The progress of a connection.
///
/// The client's time runs while the server waits for it: for the head of a request, for the rest of a body after the
/// response, or for room to write more of a response. It does not run while a request is being handled: handlers limit
/// the bodies that they read, and a response may take as long as its client keeps reading.
#[derive(Debug)]
pub struct Progress {
    limits: TimeLimits,
    turn: Turn,
    /// When the current write began to block.
    blocked_since: Option<Instant>,
    /// How long it may block. Blocking uses this up, and each written byte adds some.
    patience: Duration,
    /// Whether all responses have been sent, and no request is being handled.
    quiet: bool,
}

#[derive(Debug, Clone, Copy)]
enum Turn {
    /// A request is being handled.
    Server,
    /// A request may come.
    Client { until: Instant, began: bool, idle: Duration },
}

impl Progress {
    /// A new connection.
    pub fn new(limits: TimeLimits, now: Instant) -> Self {
        let turn = Turn::Client { until: now + limits.head, began: true, idle: limits.head };
        Self { limits, turn, blocked_since: None, patience: limits.unread, quiet: true }
    }

    /// A request has arrived: its head is complete.
    pub fn request_began(&mut self) {
        self.turn = Turn::Server;
        self.quiet = false;
    }

    /// Its response has been produced. With `may_send_body`, the rest of its body may still arrive, unnoticed.
    pub fn request_ended(&mut self, may_send_body: bool, now: Instant) {
        let idle = if may_send_body { self.limits.head } else { self.limits.idle };
        self.turn = Turn::Client { until: now + idle, began: false, idle };
    }

    /// Bytes arrived.
    pub fn received(&mut self, now: Instant) {
        if let Turn::Client { until, began: began @ false, .. } = &mut self.turn {
            (*until, *began) = (now + self.limits.head, true);
        }
    }

    /// There is no room to send more.
    pub fn blocked(&mut self, now: Instant) {
        self.blocked_since.get_or_insert(now);
    }

    /// Bytes were written.
    pub fn sent(&mut self, bytes: usize, now: Instant) {
        let earned = Duration::from_secs_f64(bytes as f64 / f64::from(self.limits.bytes_per_second));
        if let Some(since) = self.blocked_since.take() {
            self.patience = self.patience.saturating_sub(now.saturating_duration_since(since));
            // The time for the next request begins only when the client has the response.
            if let Turn::Client { until, began: false, idle } = &mut self.turn {
                *until = now + *idle;
            }
        }
        self.patience = self.patience.saturating_add(earned).min(self.limits.unread);
    }

    /// Everything was written.
    pub fn flushed(&mut self) {
        self.quiet = matches!(self.turn, Turn::Client { .. });
    }

    /// Whether the next write belongs to no request.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether a write blocks.
    pub fn is_blocked(&self) -> bool {
        self.blocked_since.is_some()
    }

    /// When the connection is dropped, unless something happens before.
    pub fn deadline(&self) -> Option<Instant> {
        match (self.blocked_since, self.turn) {
            (Some(since), _) => Some(since + self.patience),
            (None, Turn::Client { until, .. }) => Some(until),
            (None, Turn::Server) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn connected() -> (Progress, Instant) {
        let start = Instant::now();
        (Progress::new(TimeLimits::default(), start), start)
    }

    #[test]
    fn a_head_that_trickles_in_gains_no_time() {
        let (mut progress, start) = connected();
        for second in 0..9 {
            progress.received(start + seconds(second));
        }
        assert_eq!(progress.deadline(), Some(start + seconds(10)));
        progress.request_began();
        progress.request_ended(false, start + seconds(100));
        assert_eq!(progress.deadline(), Some(start + seconds(175)));
        for second in 170..180 {
            progress.received(start + seconds(second));
        }
        assert_eq!(
            progress.deadline(),
            Some(start + seconds(180)),
            "from its first byte, the next head has ten seconds"
        );
    }

    #[test]
    fn the_rest_of_a_body_has_the_time_of_a_head() {
        let (mut progress, start) = connected();
        progress.request_began();
        progress.request_ended(true, start);
        assert_eq!(progress.deadline(), Some(start + seconds(10)));
        for second in 1..20 {
            progress.received(start + seconds(second));
        }
        assert_eq!(progress.deadline(), Some(start + seconds(11)));
    }

    #[test]
    fn a_connection_is_quiet_between_requests() {
        let (mut progress, start) = connected();
        assert!(progress.is_quiet());
        progress.request_began();
        progress.flushed();
        assert!(!progress.is_quiet(), "the response is not complete");
        progress.request_ended(false, start);
        assert!(!progress.is_quiet(), "its end is still to be written");
        progress.flushed();
        assert!(progress.is_quiet());
    }

    #[test]
    fn no_time_runs_while_a_request_is_answered() {
        let (mut progress, start) = connected();
        progress.request_began();
        progress.received(start + seconds(1));
        progress.sent(10, start + seconds(1000));
        assert_eq!(progress.deadline(), None);
    }

    #[test]
    fn an_answer_goes_on_as_long_as_it_is_read() {
        let (mut progress, start) = connected();
        progress.request_began();
        let mut now = start;
        // An hour at 5,000 bytes a second, in lumps.
        for _ in 0..360 {
            progress.blocked(now);
            progress.blocked(now + seconds(1));
            assert!(progress.is_blocked());
            now += seconds(10);
            assert!(progress.deadline().unwrap() > now, "{:?}", now - start);
            progress.sent(50_000, now);
            assert_eq!(progress.deadline(), None);
        }
        // After the client has received the whole response, it has the full time for its next request.
        progress.blocked(now);
        progress.request_ended(false, now);
        assert_eq!(progress.deadline(), Some(now + seconds(20)));
        progress.sent(60_000, now + seconds(15));
        assert_eq!(progress.deadline(), Some(now + seconds(90)));
    }

    #[test]
    fn an_answer_that_is_read_byte_by_byte_ends() {
        let (mut progress, start) = connected();
        progress.request_began();
        let mut now = start;
        let ended = loop {
            progress.blocked(now);
            let next = now + seconds(1);
            if progress.deadline().unwrap() <= next {
                break next;
            }
            progress.sent(1, next);
            now = next;
        };
        assert!(ended - start <= seconds(21), "{:?}", ended - start);
    }
}
