//! What the test binaries share: databases of their own, and a private PostgreSQL cluster.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod bank;
pub mod database;
pub mod postgres;
pub mod program;

/// Declares stories that are told on SQLite and on PostgreSQL: `fn name(database: TestDatabase) { … }`.
#[allow(unused_macros, reason = "one story is of PostgreSQL alone")]
macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($subject:ident: $kind:ty) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            fn story($subject: $kind) $body

            #[test]
            fn sqlite() {
                story(<$kind>::from($crate::common::database::TestDatabase::sqlite()));
            }

            #[test]
            fn postgres() {
                if let Some(database) = $crate::common::database::TestDatabase::postgres() {
                    story(<$kind>::from(database));
                }
            }
        }
    )*};
}
#[allow(unused_imports, reason = "one story is of PostgreSQL alone")]
pub(crate) use on_both;
