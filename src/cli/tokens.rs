//! `tripos token`.

use clap::{ArgGroup, Args, Subcommand};

use super::{
    number::number,
    output::{List, ListArgs, print},
    pool,
    users::find,
};
use crate::{
    auth::model::TokenId,
    clock::Clock,
    config::Config,
    error::{Error, Slug},
    users::{
        messages::TokenReply,
        model::{DisplayName, Email},
        queries, tokens,
    },
};

const DAY: i64 = 24 * 60 * 60;

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Create a token for a program and print it; it is shown only once
    Create(NewToken),
    /// List a user's valid sessions and tokens: kind, times of creation, last use and expiry, id, name
    List {
        /// The e-mail address of the user
        #[arg(long, value_parser = str::parse::<Email>)]
        email: Email,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Revoke sessions and tokens of a user: servers reject them from the next request on
    #[command(group = ArgGroup::new("which").required(true))]
    Revoke {
        /// The e-mail address of the user
        #[arg(long, value_parser = str::parse::<Email>)]
        email: Email,
        /// The ids, from `token list`
        #[arg(group = "which", value_parser = token_id)]
        ids: Vec<TokenId>,
        /// Revoke all of them
        #[arg(long, group = "which")]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub struct NewToken {
    /// The e-mail address of the user for whom the program acts
    #[arg(long, value_parser = str::parse::<Email>)]
    email: Email,
    /// A name that says what the token is for
    #[arg(long, value_parser = str::parse::<DisplayName>)]
    name: DisplayName,
    /// The number of days until it expires
    #[arg(long, default_value_t = 365, value_parser = number(1..=3650_i64))]
    days: i64,
}

fn token_id(text: &str) -> Result<TokenId, &'static str> {
    text.parse().map(TokenId).map_err(|_| "is not an id from `tripos token list`")
}

pub fn manage(action: Token, config: &Config) -> Result<(), Error> {
    match action {
        Token::Create(token) => create(&token, config),
        Token::List { email, list } => show(&email, &list, config),
        Token::Revoke { email, ids, all } => revoke(&email, &ids, all, config),
    }
}

fn create(token: &NewToken, config: &Config) -> Result<(), Error> {
    let now = Clock::system().now();
    let expires_at = now.plus_seconds(token.days * DAY);
    let issued = pool(config)?.write(|conn| {
        let user = find(conn, &token.email)?;
        // Other transactions that create a token for this user wait here, and then count this one.
        queries::lock(conn, user.id)?;
        tokens::issue(conn, user.id, token.name.as_str(), now, Some(expires_at))
    });
    let (about, secret) = issued.map_err(|error| match error {
        Error::Conflict(Slug::TooManyTokens, _) => {
            let (email, most) = (token.email.as_str(), tokens::MOST_TOKENS);
            Error::Refused(format!("{email} already has {most} tokens: revoke one with `tripos token revoke`"))
        }
        other => other,
    })?;
    log::info!(token_id:% = about.id; "created a token for {}, valid until {expires_at}", token.email.as_str());
    print(&secret)
}

fn show(email: &Email, args: &ListArgs, config: &Config) -> Result<(), Error> {
    let now = Clock::system().now();
    let tokens = pool(config)?.read(|conn| {
        let user = find(conn, email)?;
        Ok(queries::tokens_of(conn, user.id, now)?)
    })?;
    let mut list = List::new(args);
    for token in tokens {
        let time =
            |time: Option<crate::db::types::Timestamp>| time.map_or("never".to_owned(), |time| format!("{time:.0}"));
        let (used, ends) = (time(token.last_used_at), time(token.expires_at));
        let (kind, created, id, name) = (token.kind.as_str(), token.created_at, token.id, &token.name);
        let text = format!("{kind:<7}  created {created:.0}  used {used:<20}  expires {ends:<20}  {id}  {name}");
        if !list.item(text, &TokenReply::new(token, None, None))? {
            return Ok(());
        }
    }
    list.end()
}

/// Revokes all of these, or none if one of them does not exist.
fn revoke(email: &Email, ids: &[TokenId], all: bool, config: &Config) -> Result<(), Error> {
    let now = Clock::system().now();
    let ended = pool(config)?.write(|conn| {
        let user = find(conn, email)?;
        let good: Vec<TokenId> = queries::tokens_of(conn, user.id, now)?.iter().map(|token| token.id).collect();
        if let Some(id) = ids.iter().find(|id| !good.contains(id)) {
            let email = email.as_str();
            return Err(Error::Refused(format!("{email} has no valid token {id}: see `tripos token list`")));
        }
        let ids = if all { &good } else { ids };
        for id in ids {
            queries::revoke(conn, user.id, *id, now)?;
        }
        Ok(ids.len())
    })?;
    log::info!("revoked {ended} session(s) and token(s) of {}", email.as_str());
    Ok(())
}
