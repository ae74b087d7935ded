//! Periodic work of a server. No response depends on it.

use std::time::Duration;

use actix_web::web;

use crate::{
    auth,
    error::Error,
    http::{idempotency, state::State},
    questions::{self, similarity::live::Sketches},
};

/// The interval.
const EVERY: Duration = Duration::from_secs(60);
/// How long expired and revoked tokens are kept in the table, in seconds.
const KEPT: i64 = 30 * 24 * 60 * 60;

/// Runs the periodic work every minute until the server stops.
pub async fn keep(app: &State, sketches: &web::Data<Sketches>) {
    let mut turns = tokio::time::interval(EVERY);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let outcomes = [
            once(app).await,
            normalize_texts(app).await,
            refresh_sketches(app, sketches).await,
            app.db.check_storage().await,
        ];
        for outcome in outcomes {
            if let Err(error) = outcome {
                log::log!(error.log_level(), "maintenance: {error}");
            }
        }
    }
}

/// Updates the sketches for near-duplicates, so that no request waits long for it.
async fn refresh_sketches(app: &State, sketches: &web::Data<Sketches>) -> Result<(), Error> {
    let turn = sketches.turn().await?;
    let sketches = sketches.clone();
    let refresh = move |conn: &mut _| {
        let _turn = &turn;
        sketches.refresh(conn)
    };
    app.db.read(refresh).await
}

/// Rewrites texts that an older release, still running next to this one, has stored meanwhile.
async fn normalize_texts(app: &State) -> Result<(), Error> {
    app.db.write(|conn| questions::normalization::run(conn).map(drop)).await
}

/// Stores when tokens were last used. Deletes what is no longer needed: rate limits of idle clients, stored responses
/// after a day, tokens that expired or were revoked a month ago.
pub async fn once(app: &State) -> Result<(), Error> {
    let now = app.clock.now();
    app.limits.tidy();
    let uses = app.recent_tokens.take_unwritten(now);
    app.db
        .write(move |conn| {
            auth::queries::touch(conn, &uses)?;
            idempotency::queries::purge(conn, now)?;
            auth::queries::purge_tokens(conn, now.plus_seconds(-KEPT))?;
            Ok(())
        })
        .await
}
