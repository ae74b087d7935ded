//! `tripos user`.

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use super::{
    output::{List, ListArgs, print},
    pool,
};
use crate::{
    auth::{
        model::{Role, UserId},
        passwords,
    },
    clock::Clock,
    config::Config,
    db::DbConnection,
    error::{Error, Slug},
    users::{
        admin,
        messages::UserReply,
        model::{DisplayName, Email, NewPassword, NewUser, User as StoredUser},
        queries, tokens,
    },
};

const DAY: i64 = 24 * 60 * 60;
/// How many users are read at a time.
const BATCH: i64 = 500;

#[derive(Debug, Subcommand)]
pub enum User {
    /// Create a user and print an API token, which is shown only once
    Create {
        /// The e-mail address
        #[arg(long, value_parser = str::parse::<Email>)]
        email: Email,
        /// The role: learner, author or admin
        #[arg(long, default_value = "learner", value_parser = str::parse::<Role>)]
        role: Role,
        /// The display name [default: the local part of the address]
        #[arg(long, value_parser = str::parse::<DisplayName>)]
        name: Option<DisplayName>,
    },
    /// Set a user's password, read from the terminal or the first line of stdin; ends the user's sessions
    Password {
        /// The e-mail address
        #[arg(long, value_parser = str::parse::<Email>)]
        email: Email,
    },
    /// Set a user's role
    Role {
        /// The e-mail address
        #[arg(long, value_parser = str::parse::<Email>)]
        email: Email,
        /// The role: learner, author or admin
        #[arg(long, value_parser = str::parse::<Role>)]
        role: Role,
    },
    /// Disable a user: sessions and tokens are rejected from the next request on
    Disable {
        /// The e-mail address
        #[arg(long, value_parser = str::parse::<Email>)]
        email: Email,
    },
    /// Enable a disabled user
    Enable {
        /// The e-mail address
        #[arg(long, value_parser = str::parse::<Email>)]
        email: Email,
    },
    /// List the users: address, role, state, creation time, id
    List(ListArgs),
}

pub fn manage(action: User, config: &Config) -> Result<(), Error> {
    match action {
        User::Create { email, role, name } => create(config, &email, role, name),
        User::Password { email } => set_password(config, &email),
        User::Role { email, role } => {
            pool(config)?.write(|conn| {
                // Lock the admins before other users, as everywhere, so that there is no deadlock.
                queries::lock_admins(conn)?;
                let user = find(conn, &email)?;
                if role != user.role {
                    admin::keep_one(conn, user.id)?;
                }
                Ok(queries::set_role(conn, user.id, role)?)
            })?;
            log::info!("{} now has the role {role}", email.as_str());
            Ok(())
        }
        User::Disable { email } => set_disabled(config, &email, true),
        User::Enable { email } => set_disabled(config, &email, false),
        User::List(args) => list(&args, config),
    }
}

fn set_disabled(config: &Config, email: &Email, disabled: bool) -> Result<(), Error> {
    let now = Clock::system().now();
    let changed = pool(config)?.write(|conn| {
        // Lock the admins before other users, as everywhere, so that there is no deadlock.
        queries::lock_admins(conn)?;
        let user = find(conn, email)?;
        if user.disabled_at.is_some() == disabled {
            return Ok(false);
        }
        if disabled {
            admin::keep_one(conn, user.id)?;
        }
        queries::set_disabled(conn, user.id, disabled.then_some(now))?;
        Ok(true)
    })?;
    let state = if disabled { "disabled" } else { "enabled" };
    let when = if changed { "now" } else { "already" };
    log::info!("{} is {when} {state}", email.as_str());
    Ok(())
}

/// The user with this address.
pub fn find(conn: &mut DbConnection, email: &Email) -> Result<StoredUser, Error> {
    let found = queries::find_by_email(conn, email)?;
    found.ok_or_else(|| Error::Refused(format!("there is no user {}", email.as_str())))
}

fn create(config: &Config, email: &Email, role: Role, name: Option<DisplayName>) -> Result<(), Error> {
    let (id, now) = (UserId::new(), Clock::system().now());
    let display_name = name.as_ref().map_or(email.local_part(), |name| name.as_str());
    let new = NewUser { id, email: email.as_str(), display_name, password_hash: None, role };
    let created = pool(config)?.write(|conn| {
        queries::insert(conn, &new)?;
        tokens::issue(conn, id, "command line", now, Some(now.plus_seconds(365 * DAY)))
    });
    match created {
        Ok((_, secret)) => {
            log::info!(user_id:% = id; "created {role} {}", email.as_str());
            print(&secret)
        }
        Err(Error::Conflict(Slug::EmailTaken, _)) => {
            Err(Error::Refused(format!("the user {} already exists", email.as_str())))
        }
        Err(error) => Err(error),
    }
}

fn set_password(config: &Config, email: &Email) -> Result<(), Error> {
    let pool = pool(config)?;
    // Check the user before asking for a password.
    pool.read(|conn| find(conn, email))?;
    let hash = passwords::hash(ask(email)?.expose_secret().as_bytes())?;
    let now = Clock::system().now();
    let ended = pool.write(|conn| {
        let user = find(conn, email)?;
        queries::set_password(conn, user.id, &hash)?;
        Ok(queries::revoke_sessions(conn, user.id, None, now)?)
    })?;
    log::info!("set the password of {} and ended {ended} session(s)", email.as_str());
    Ok(())
}

/// Reads a password twice from the terminal without echo, or once from the first line of stdin if that is not a terminal.
fn ask(email: &Email) -> Result<SecretString, Error> {
    let failed = |error: std::io::Error| Error::Refused(format!("cannot read the password: {error}"));
    let text = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password(format!("Password for {}: ", email.as_str())).map_err(failed)?;
        if rpassword::prompt_password("Repeat the password: ").map_err(failed)? != first {
            return Err(Error::Refused("the two passwords differ".into()));
        }
        first
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    NewPassword::try_from(text)
        .map(|password| password.0)
        .map_err(|what| Error::Refused(format!("the password {what}")))
}

fn list(args: &ListArgs, config: &Config) -> Result<(), Error> {
    let pool = pool(config)?;
    let (mut list, mut after) = (List::new(args), None);
    loop {
        let users = pool.read(|conn| Ok(queries::page(conn, None, after, BATCH)?))?;
        let is_last = (users.len() as i64) < BATCH;
        after = users.last().map(|user| user.id);
        for user in users {
            let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
            let StoredUser { id, email, role, created_at, .. } = &user;
            let text = format!("{email:<40}  {:<7}  {state:<8}  {created_at:.0}  {id}", role.as_str());
            if !list.item(text, &UserReply::from(user))? {
                return Ok(());
            }
        }
        if is_last {
            return list.end();
        }
    }
}
