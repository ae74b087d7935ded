//! Checks of a request's URL and Host before routing.

use actix_web::{
    dev::ServiceRequest,
    http::{header, uri::Authority},
};
use percent_encoding::percent_decode_str;

use crate::{characters::is_hidden, error::Error};

/// The longest path with query, in bytes: 1,000 characters of a search may take 12,000.
pub const URL_LIMIT: usize = 16 * 1024;

/// Rejects a URL that RFC 3986 does not allow or that does not decode to text, and an invalid Host.
pub fn check(req: &ServiceRequest) -> Result<(), Error> {
    let url = req.uri().path_and_query().map_or("", |url| url.as_str());
    if url.len() > URL_LIMIT {
        return Err(Error::UrlTooLong(URL_LIMIT));
    }
    check_characters(url).map_err(Error::BadRequest)?;
    // Actix rejects requests with several Hosts, and HTTP/1.1 requests with none.
    match req.headers().get(header::HOST) {
        Some(host) if !is_host(host.as_bytes()) => Err(Error::BadRequest(
            "the header field Host must be a host name or an address, with or without a port".into(),
        )),
        _ => Ok(()),
    }
}

/// Whether this is a host, with or without a port. It may be empty, and must not contain a user.
fn is_host(host: &[u8]) -> bool {
    host.is_empty() || !host.contains(&b'@') && Authority::try_from(host).is_ok()
}

fn check_characters(url: &str) -> Result<(), String> {
    if let Some(c) = url.chars().find(|&c| !is_allowed(c)) {
        let encoded: String = c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect();
        return Err(format!("the URL contains {}, which must be written as {encoded}", shown(c)));
    }
    if !url.contains('%') {
        return Ok(());
    }
    let is_escape = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !url.split('%').skip(1).all(is_escape) {
        return Err("the URL contains a % without two hexadecimal digits: write % itself as %25".into());
    }
    let text = percent_decode_str(url).decode_utf8();
    let text = text.map_err(|_| "the URL contains bytes in percent-encoding that are not UTF-8".to_owned())?;
    // The database cannot store it in text, so nothing has such a name.
    if text.contains('\0') { Err("the URL contains a NUL character (%00)".into()) } else { Ok(()) }
}

/// A character in quotes, or the code point of an invisible one.
fn shown(c: char) -> String {
    if c.is_control() || is_hidden(c) { format!("U+{:04X}", u32::from(c)) } else { format!("'{c}'") }
}

/// RFC 3986: unreserved and reserved characters and the percent sign, without brackets, which only hosts may contain.
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?@!$&'()*+,;=%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_no_url_has_are_named_with_their_encoding() {
        let error = |url: &str| check_characters(url).unwrap_err();
        assert_eq!(error("/a?q=["), "the URL contains '[', which must be written as %5B");
        assert_eq!(error("/a?q=é"), "the URL contains 'é', which must be written as %C3%A9");
        assert_eq!(error("/a?q=\u{202e}"), "the URL contains U+202E, which must be written as %E2%80%AE");
        assert_eq!(error("/a?q=\\"), "the URL contains '\\', which must be written as %5C");
        for url in ["/]", "/{code}", "/a|b", "/a\\b", "/a^b", "/a`b", "/a?q=a>b", "/a\"b"] {
            assert!(error(url).contains("must be written as"), "{url}");
        }
        for url in ["/%", "/%1", "/%zz", "/a%2?b", "/%é"] {
            assert!(check_characters(url).is_err(), "{url}");
        }
        assert!(error("/%ff").contains("UTF-8"));
        assert!(error("/%C3/%A9").contains("UTF-8"));
        assert!(error("/%00").contains("NUL"));
    }

    #[test]
    fn what_rfc_3986_allows_passes() {
        for url in ["", "*", "/", "/a/b-c_d.e~f?x=1&y=%C3%A9+2;z=!$'()*,:@/?", "/%5B%5D%25"] {
            assert_eq!(check_characters(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for host in ["example.org", "example.org:8080", "[::1]:8080", "127.0.0.1", ""] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in ["a b", "user@example.org", "example.org/path", "http://example.org", "[::1"] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }
}
