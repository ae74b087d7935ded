//! Shared by the test binaries: databases, and a private PostgreSQL cluster.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod aws;
pub mod bank;
pub mod database;
pub mod drafting;
pub mod http_fake;
pub mod ministack;
pub mod postgres;
pub mod program;
pub mod upstream;

/// Makes two tests of each function that it lists: `name::sqlite` and `name::postgres`. The functions take a
/// `TestDatabase`, or a type that implements `From<TestDatabase>`. A function that is not listed is dead code for the
/// compiler.
#[allow(unused_macros, reason = "one test binary is of PostgreSQL alone")]
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {$(
        mod $story {
            #[test]
            fn sqlite() {
                super::$story($crate::common::database::TestDatabase::sqlite().into());
            }

            #[test]
            fn postgres() {
                if let Some(database) = $crate::common::database::TestDatabase::postgres() {
                    super::$story(database.into());
                }
            }
        }
    )+};
}
#[allow(unused_imports, reason = "one test binary is of PostgreSQL alone")]
pub(crate) use on_both;
