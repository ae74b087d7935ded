//! What a database error means: a conflict with another transaction, an unavailable server, or else a bug of ours.
//!
//! Diesel exposes no SQLSTATE, only a kind for some errors. The others are recognized by their texts, which PostgreSQL
//! and Citus write in English ([`super::check_language`]).

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::Error;

/// The beginnings of error messages about a conflict with another transaction, and their causes.
const RACES: [(&str, &str); 4] = [
    ("database is locked", "SQLite, after its time limit"),
    ("deadlock detected", "PostgreSQL, 40P01"),
    ("canceling statement due to lock timeout", "PostgreSQL with a lock_timeout, 55P03"),
    ("canceling the transaction since it was involved in a distributed deadlock", "Citus, 40P01"),
];

/// The beginnings of error messages about an unavailable server behind the queried one. Citus relays errors of a worker
/// or of libpq, with the SQLSTATE of the worker or XX000.
const AWAY: [(&str, &str); 17] = [
    ("connection to the remote node ", "Citus, 08006: no connection to a worker"),
    ("could not establish any connections to the node ", "Citus, 08006: none within citus.node_connection_timeout"),
    ("terminating connection due to ", "a worker that stops, 57P01, or that drops a session, 57P05"),
    ("terminating connection because of ", "a worker one of whose processes crashed, 57P02"),
    ("the database system is ", "a worker that starts, stops or recovers, 57P03"),
    ("sorry, too many clients already", "a worker without a free connection, 53300"),
    ("remaining connection slots are reserved ", "the same, 53300"),
    ("too many connections for ", "the same, of a role or a database, 53300"),
    ("server closed the connection unexpectedly", "libpq: a worker that has died"),
    ("SSL connection has been closed unexpectedly", "libpq: the same, over TLS"),
    ("SSL SYSCALL error", "libpq: the same, over TLS"),
    ("could not connect to ", "libpq before 14: a worker that does not listen"),
    ("connection to server ", "libpq since 14: the same"),
    ("could not send data to server", "libpq: a broken connection to a worker"),
    ("could not receive data from server", "libpq: the same"),
    ("no connection to the server", "libpq: the same"),
    ("connection not open", "Citus: the same"),
];

fn begins_with_one_of(text: &str, starts: &[(&str, &str)]) -> bool {
    starts.iter().any(|(start, _)| text.starts_with(start))
}

/// Whether an error may come from a dead connection.
pub(super) fn may_be_dead(error: &Error) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand, Unknown};
    match error {
        Error::Database(DieselError::DatabaseError(kind, _)) => {
            matches!(kind, ClosedConnection | UnableToSendCommand | Unknown)
        }
        Error::Database(DieselError::BrokenTransactionManager | DieselError::RollbackErrorOnCommit { .. }) => true,
        _ => false,
    }
}

/// Whether the queried server is available but reports that one behind it is not: a Citus worker, which may soon be back.
pub(super) fn is_away(error: &Error) -> bool {
    let Error::Database(DieselError::DatabaseError(kind, info)) = error else { return false };
    match kind {
        // On a live connection: 08000, 08001, 08004 or 08006, with any text.
        DatabaseErrorKind::ClosedConnection => true,
        DatabaseErrorKind::Unknown => begins_with_one_of(info.message(), &AWAY),
        _ => false,
    }
}

/// A conflict with another transaction, so that a retry helps.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LostRace {
    /// The other transaction changed or locked the same rows.
    Rows,
    /// The other transaction created the same row, or deleted a row that this one refers to. Contains the violated
    /// constraint and the values.
    Constraint(String),
}

impl LostRace {
    pub(super) fn of(error: &Error) -> Option<Self> {
        let Error::Database(DieselError::DatabaseError(kind, info)) = error else {
            return matches!(error, Error::Contended).then_some(Self::Rows);
        };
        match kind {
            DatabaseErrorKind::SerializationFailure => Some(Self::Rows),
            DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation => {
                Some(Self::Constraint(format!("{} {}", info.message(), info.details().unwrap_or_default())))
            }
            DatabaseErrorKind::Unknown => begins_with_one_of(info.message(), &RACES).then_some(Self::Rows),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_distinguished() {
        use DatabaseErrorKind::{
            CheckViolation, ClosedConnection, ReadOnlyTransaction, SerializationFailure, UniqueViolation, Unknown,
        };
        #[derive(Debug, PartialEq)]
        enum Means {
            RunAgain,
            Away,
            Ours,
        }
        use Means::{Away, Ours, RunAgain};
        let mut cases = vec![
            (SerializationFailure, "could not serialize access due to concurrent update", RunAgain),
            (UniqueViolation, "duplicate key value violates unique constraint \"users_email_key\"", RunAgain),
            (
                ClosedConnection,
                "connection to the remote node tripos@worker-1:5432 failed with the following error: \
              connection to server at \"worker-1\" (10.0.0.7), port 5432 failed: Connection refused",
                Away,
            ),
            (ClosedConnection, "of a text that nobody knows", Away),
            (
                Unknown,
                "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally",
                Away,
            ),
            (Unknown, "could not establish any connections to the node worker-1:5432 after 30000 ms", Away),
            (Unknown, "terminating connection due to administrator command", Away),
            (Unknown, "terminating connection because of crash of another server process", Away),
            (Unknown, "the database system is starting up", Away),
            (Unknown, "the database system is shutting down", Away),
            (Unknown, "the database system is in recovery mode", Away),
            (Unknown, "sorry, too many clients already", Away),
            (Unknown, "remaining connection slots are reserved for roles with the SUPERUSER attribute", Away),
            (Unknown, "canceling statement due to statement timeout", Ours),
            (Unknown, "relation \"attempts\" does not exist", Ours),
            (Unknown, "the table is not a deadlock detected", Ours),
            (CheckViolation, "deadlock detected", Ours),
            (ReadOnlyTransaction, "cannot execute INSERT in a read-only transaction", Ours),
        ];
        cases.extend(RACES.map(|(text, _)| (Unknown, text, RunAgain)));
        cases.extend(AWAY.map(|(text, _)| (Unknown, text, Away)));
        for (kind, text, means) in cases {
            let told = format!("{kind:?}: {text}");
            let error = Error::Database(DieselError::DatabaseError(kind, Box::new(text.to_owned())));
            let found = match (LostRace::of(&error), is_away(&error)) {
                (Some(_), false) => RunAgain,
                (None, true) => Away,
                (None, false) => Ours,
                (Some(race), true) => panic!("{told} is both: {race:?}"),
            };
            assert_eq!(found, means, "{told}");
        }
    }
}
