//! The database's URL: parsed once, its password never shown.

use std::{fmt, path::PathBuf, str::FromStr};

use secrecy::{ExposeSecret, SecretString};

use super::DatabaseSettings;

/// Where the database is. `Debug` and `Display` name the database and keep the password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `postgres://user:password@host/database`, as libpq reads it, several hosts included.
    Postgres(SecretString),
    /// `sqlite://relative/path.db` or `sqlite:///absolute/path.db`.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    /// The messages never repeat the text, which may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if !percent_encoding_is_valid(text) {
                return Err(
                    "has a % that is not followed by two hexadecimal digits: write %25 for the character itself",
                );
            }
            let authority = text.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
            if text.contains('@') && !authority.is_some_and(|authority| authority.contains('@')) {
                // libpq would take a part of the password for a port or a parameter, and repeat it in its error.
                return Err(
                    "has an @ behind its first /, ? or #: write these as %2F, %3F and %23 in user and password",
                );
            }
            if authority.is_some_and(|authority| authority.matches('@').count() > 1) {
                // libpq would take the rest of the password for a part of the host, and repeat it in its error.
                return Err("has more than one @ before its database: write %40 for those in user and password");
            }
            return Ok(Self::Postgres(text.into()));
        }
        match text.strip_prefix("sqlite://") {
            Some("") => Err("names no file: write sqlite://tripos.db or sqlite:///absolute/path.db"),
            Some(":memory:") => Err("must name a file: a database in memory would be another one for each connection"),
            Some(path) if path.contains(['?', '#']) => Err("takes no parameters for SQLite: write the path alone"),
            Some(path) => Ok(Self::Sqlite(path.into())),
            None => Err("has an unknown scheme: write sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE"),
        }
    }
}

fn percent_encoding_is_valid(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

impl DatabaseUrl {
    /// The URL for libpq, with time limits for connecting and for a peer that went silent, where it sets none itself.
    pub(super) fn postgres_with_limits(&self, settings: &DatabaseSettings) -> String {
        let Self::Postgres(url) = self else { return String::new() };
        let mut url = url.expose_secret().to_owned();
        let connect = settings.connect_timeout.as_secs().max(1);
        let silent = settings.statement_timeout.as_millis();
        for (name, value) in [
            ("connect_timeout", connect.to_string()),
            ("keepalives_idle", "10".into()),
            ("keepalives_interval", "5".into()),
            ("keepalives_count", "3".into()),
            ("tcp_user_timeout", silent.to_string()),
            ("application_name", "tripos".into()),
        ] {
            if !url.contains(&format!("{name}=")) {
                let separator = if url.contains('?') { '&' } else { '?' };
                url = format!("{url}{separator}{name}={value}");
            }
        }
        url
    }

    /// Whether the database is a server, which may come up later.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// The text in one line, without the URL or the passwords of URLs, should a driver have repeated them.
    ///
    /// Nothing else is replaced: a password may well be a part of other words.
    pub(super) fn redact(&self, message: &str) -> String {
        let Self::Postgres(url) = self else { return message.to_owned() };
        let url = url.expose_secret();
        let mut message = message.replace(url, "DATABASE_URL");
        for (before, password, after) in passwords(url) {
            message = message.replace(&format!("{before}{password}{after}"), &format!("{before}***{after}"));
        }
        message.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The passwords as they stand, with what surrounds them: between the first colon of the authority and its @, and as
/// parameters.
fn passwords(url: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let authority = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    let user_info = authority.and_then(|authority| authority.rsplit_once('@'));
    let password = user_info.and_then(|(user_info, _)| user_info.split_once(':')).map(|(_, password)| password);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let parameters = query.split('&').filter_map(|parameter| parameter.split_once("password="));
    let parameters = parameters.map(|(_, password)| ("password=", password, ""));
    let all = password.map(|password| (":", password, "@")).into_iter().chain(parameters);
    all.filter(|(_, password, _)| !password.is_empty())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(url) => {
                let url = url.expose_secret();
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "postgres://{}", place.split('?').next().unwrap_or_default())
            }
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_apart_by_their_scheme() {
        assert!(matches!("sqlite://a.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if *path == *"a.db"));
        assert!(matches!("sqlite:///a.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if *path == *"/a.db"));
        assert!(matches!("postgresql://h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        for bad in [
            "",
            "postgres:typo",
            "mysql://h/d",
            "sqlite://",
            "sqlite://:memory:",
            "sqlite://a?b",
            "postgres://u:%zz@h/d",
            "postgres://u:pass/word@h/d",
            "postgres://u:pass?word@h/d",
            "postgres://u:pass#word@h/d",
            "postgres://u:pass@word@h/d",
        ] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_password_is_never_shown() -> Result<(), &'static str> {
        for text in [
            "postgres://ada:s3cr%40et@db:5432/tripos?sslmode=require",
            "postgres://ada:s3cr%40et@a,b/tripos",
            "postgres:///tripos?user=ada&password=s3cr%40et&host=db",
        ] {
            let url: DatabaseUrl = text.parse()?;
            assert!(!format!("{url} {url:?}").contains("s3cr"), "{url:?}");
            assert!(!url.redact(&format!("cannot use {text}, or a part of it: {}", &text[11..])).contains("s3cr"));
        }
        Ok(())
    }

    #[test]
    fn a_password_that_is_a_part_of_words_leaves_them_whole() -> Result<(), &'static str> {
        let text = "connection to server at \"127.0.0.1\", port 1 failed:\n\tConnection refused";
        for url in ["postgres://ada:p@127.0.0.1:1/tripos", "postgres://127.0.0.1:1/tripos?user=p&password=o"] {
            let told = url.parse::<DatabaseUrl>()?.redact(text);
            assert_eq!(told, "connection to server at \"127.0.0.1\", port 1 failed: Connection refused");
        }
        Ok(())
    }
}
