//! The database URL. It is parsed once, and its password is never shown.

use std::{fmt, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

use super::DatabaseSettings;

/// The database URL. `Debug` and `Display` show the database, but not the password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `postgres://user:password@host/database`, as libpq reads it, several hosts included.
    Postgres(SecretString),
    /// `sqlite://relative/path.db` or `sqlite:///absolute/path.db`.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    /// The messages never contain the text, which may contain a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if !percent_encoding_is_valid(text) {
                return Err("has a % without two hexadecimal digits after it: write %25 for a literal %");
            }
            let authority = text.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
            if text.contains('@') && !authority.is_some_and(|authority| authority.contains('@')) {
                // libpq would read part of the password as a port or a parameter, and its error would contain it.
                return Err(
                    "has an @ after the first /, ? or #: write %2F, %3F and %23 in user and password; elsewhere, write %40 for @",
                );
            }
            if authority.is_some_and(|authority| authority.matches('@').count() > 1) {
                // libpq would read the rest of the password as part of the host, and its error would contain it.
                return Err("has more than one @ before the database: in user and password, write %40");
            }
            check_for_libpq(text)?;
            return Ok(Self::Postgres(text.into()));
        }
        match text.strip_prefix("sqlite://") {
            Some("") => Err("contains no file: write sqlite://tripos.db or sqlite:///absolute/path.db"),
            Some(":memory:") => Err("must contain a file: every connection would have its own in-memory database"),
            Some(path) if path.contains(['?', '#']) => Err("must not have parameters for SQLite: write only the path"),
            Some(path) => Ok(Self::Sqlite(path.into())),
            None => Err("has an unknown scheme: write sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE"),
        }
    }
}

fn percent_encoding_is_valid(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

/// Rejects what libpq would reject with an error that contains part of the URL, which may be part of the password.
fn check_for_libpq(url: &str) -> Result<(), &'static str> {
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("contains white space or a control character: in user and password, write %20 for a space");
    }
    if url.contains("%00") {
        return Err("contains %00, which PostgreSQL does not allow in names and passwords");
    }
    let (address, query) = parts(url);
    let authority = address.split('/').next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    if !hosts.split(',').all(is_host) {
        return Err(
            "has a port that is not a number from 1 to 65535, or no host: write postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        );
    }
    if query.is_some_and(|query| query.split('&').any(|parameter| parameter.matches('=').count() != 1)) {
        return Err("has a parameter that is not NAME=VALUE: write %26 and %3D for & and = in values");
    }
    Ok(())
}

/// Whether this is a host, possibly empty, with a valid port if there is a colon.
fn is_host(text: &str) -> bool {
    let port = match text.strip_prefix('[') {
        Some(address) => address.split_once(']').filter(|(address, _)| !address.is_empty()).map(|(_, port)| port),
        None => Some(text.find(':').map_or("", |colon| text.split_at(colon).1)),
    };
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse().is_ok_and(|port: u16| port > 0);
    port.is_some_and(|port| port.is_empty() || port == ":" || port.strip_prefix(':').is_some_and(is_port))
}

/// The part between the scheme and the parameters, and the parameters.
fn parts(url: &str) -> (&str, Option<&str>) {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split_once('?').map_or((rest, None), |(address, query)| (address, Some(query)))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl DatabaseUrl {
    /// The URL for libpq. Adds time limits for connecting and for an unresponsive server, unless the URL sets them.
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

    /// Whether the database is a server, which may become available later.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// The text in one line, without the URL and its passwords, in case a driver repeats them.
    ///
    /// A password is replaced only where it stands as in the URL or in quotes, because it may be part of other words.
    pub(super) fn redact(&self, message: &str) -> String {
        let Self::Postgres(url) = self else { return message.to_owned() };
        let url = url.expose_secret();
        let mut message = message.replace(url, "DATABASE_URL");
        for (before, password, after) in passwords(url) {
            message = message.replace(&format!("{before}{password}{after}"), &format!("{before}***{after}"));
            for form in [password.to_owned(), decoded(password)] {
                // A password that is also a name is not secret, and the message needs the name.
                if !names(url).any(|name| name == form) {
                    message = message.replace(&format!("\"{form}\""), "\"***\"");
                }
            }
        }
        // The name of the parameter may be the rest of a password after an &.
        if message.contains("invalid URI query parameter") && passwords(url).next().is_some() {
            return "DATABASE_URL has a parameter that PostgreSQL does not know; write %26 for an & in the password"
                .into();
        }
        message.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The passwords as written, with the text around them: between the first colon of the authority and its @, and in
/// parameters.
fn passwords(url: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let (address, _) = parts(url);
    let user_info = address.split('/').next().and_then(|authority| authority.rsplit_once('@'));
    let password = user_info.and_then(|(user_info, _)| user_info.split_once(':')).map(|(_, password)| password);
    let secret = parameters(url).filter(|(name, _)| decoded(name).ends_with("password"));
    let parameters = secret.map(|(_, password)| ("=", password, ""));
    let all = password.map(|password| (":", password, "@")).into_iter().chain(parameters);
    all.filter(|(_, password, _)| !password.is_empty())
}

fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    parts(url).1.unwrap_or_default().split('&').filter_map(|parameter| parameter.split_once('='))
}

/// The names of users, hosts and databases, and the values of parameters other than passwords.
fn names(url: &str) -> impl Iterator<Item = String> {
    let (address, _) = parts(url);
    let (authority, database) = address.split_once('/').unwrap_or((address, ""));
    let (user_info, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user = user_info.split(':').next().unwrap_or_default();
    let values = parameters(url).filter(|(name, _)| !decoded(name).ends_with("password")).map(|(_, value)| value);
    [user, database].into_iter().chain(hosts.split([',', ':'])).chain(values).map(decoded)
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(url) => {
                let (address, _) = parts(url.expose_secret());
                write!(f, "postgres://{}", address.split_once('@').map_or(address, |(_, place)| place))
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
    fn urls_are_distinguished_by_their_scheme() {
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
            "postgres://ada:hun ter2@h/d",
            "postgres://ada:hun\tter2@h/d",
            "postgres://ada:hun\u{a0}ter2@h/d",
            "postgres://ada:hunter2%00@h/d",
            "postgres:///d?user=ada&password=hun%20ter2%00x",
            "postgres://ada:hunter2",
            "postgres://ada:hunter2/db",
            "postgres://ada:hunter2#/db",
            "postgres://ada:99999/db",
            "postgres://ada:+1/db",
            "postgres://ada:p@h:5432,i:x/db",
            "postgres://ada:hunter2@[::1/db",
            "postgres://ada:hunter2@[]/db",
            "postgres://ada@h/d?password=hun&ter2",
            "postgres://ada@h/d?password=hun=ter2",
        ] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
        for good in [
            "postgres:///d",
            "postgres://",
            "postgres://h:/d",
            "postgres://ada:p@[::1]:5432,i,[::2]/d",
            "postgres://%2Frun%2Fpostgresql/d?sslmode=disable&application_name=a%20b",
        ] {
            good.parse::<DatabaseUrl>().unwrap();
        }
    }

    #[test]
    fn a_password_that_is_quoted_is_replaced_in_all_its_forms() {
        let redacted = |url: &str, message: &str| url.parse::<DatabaseUrl>().unwrap().redact(message);
        for url in ["postgres://ada:s3cr%40et@db/tripos", "postgres://db/tripos?user=ada&pass%77ord=s3cr%40et"] {
            for form in ["s3cr%40et", "s3cr@et"] {
                assert_eq!(redacted(url, &format!("invalid \"{form}\" for ada")), "invalid \"***\" for ada");
            }
        }
        let unknown = "invalid URI query parameter: \"ter2\"";
        assert!(!redacted("postgres://ada@db/tripos?password=hun&ter2=x", unknown).contains("ter2"));
        assert_eq!(redacted("postgres://ada@db/tripos?ter2=x", unknown), unknown);
        // The name of the user says who cannot sign in.
        let failed = "authentication failed for user \"tripos\"";
        assert_eq!(redacted("postgres://tripos:tripos@db/other", failed), failed);
    }

    #[test]
    fn the_password_is_never_shown() -> Result<(), &'static str> {
        for text in [
            "postgres://ada:s3cr%40et@db:5432/tripos?sslmode=require",
            "postgres://ada:s3cr%40et@a,b/tripos",
            "postgres:///tripos?user=ada&password=s3cr%40et&host=db",
            "postgres://ada@db/tripos?password=a@s3cr",
        ] {
            let url: DatabaseUrl = text.parse()?;
            assert!(!format!("{url} {url:?}").contains("s3cr"), "{url:?}");
            assert!(!url.redact(&format!("cannot use {text}, or a part of it: {}", &text[11..])).contains("s3cr"));
        }
        Ok(())
    }

    #[test]
    fn words_that_contain_the_password_stay_unchanged() -> Result<(), &'static str> {
        let text = "connection to server at \"127.0.0.1\", port 1 failed:\n\tConnection refused";
        for url in ["postgres://ada:p@127.0.0.1:1/tripos", "postgres://127.0.0.1:1/tripos?user=p&password=o"] {
            let told = url.parse::<DatabaseUrl>()?.redact(text);
            assert_eq!(told, "connection to server at \"127.0.0.1\", port 1 failed: Connection refused");
        }
        Ok(())
    }
}
