//! The client of a request, behind trusted proxies.

use std::{
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderName},
};
use ipnet::{IpNet, Ipv6Net};

use crate::error::Error;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Header fields that proxies add to forwarded requests.
const SIGNS_OF_A_PROXY: [HeaderName; 3] =
    [FORWARDED_FOR, HeaderName::from_static("forwarded"), HeaderName::from_static("via")];

/// The client of a request. [`crate::http::observe::observe`] determines it once; handlers take it as an argument.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its address, or the address of the nearest untrusted proxy.
    pub address: IpAddr,
    /// Whether a trusted proxy reports that the request came over TLS.
    pub encrypted: bool,
    /// Whether it is on this machine, and not behind an untrusted proxy.
    pub local: bool,
    /// The id of the request, in the log and in the response.
    pub request_id: String,
}

impl Client {
    /// Determines the client from the peer and the header fields of a request.
    ///
    /// The `X-Forwarded-For` and `X-Forwarded-Proto` of a peer in `trusted` are trusted. The last address in the former
    /// that is not trusted itself is the client, because anyone can write the addresses before it.
    pub fn of(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet], request_id: String) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip().to_canonical());
        if !is_trusted(&peer) {
            let direct = !SIGNS_OF_A_PROXY.iter().any(|name| headers.contains_key(name));
            return Self { address: peer, encrypted: false, local: peer.is_loopback() && direct, request_id };
        }
        let mut address = peer;
        let hops: Vec<&str> = headers.get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        for hop in hops.iter().flat_map(|line| line.split(',')).rev() {
            let Some(hop) = parse(hop.trim()) else { break };
            address = hop;
            if !is_trusted(&hop) {
                break;
            }
        }
        let proto = headers.get_all(FORWARDED_PROTO).filter_map(|value| value.to_str().ok()).next_back();
        let encrypted = proto
            .and_then(|line| line.rsplit(',').next())
            .is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
        Self { address, encrypted, local: address.is_loopback(), request_id }
    }

    /// The client of a request, if it has been determined.
    pub fn known(req: &impl HttpMessage) -> Option<Self> {
        req.extensions().get::<Self>().cloned()
    }
}

/// The address or network that counts as one client: an IPv4 address, or an IPv6 /64 network.
pub fn subnet(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => Ipv6Net::new(v6, 64).map_or(address, |net| net.network().into()),
        v4 => v4,
    }
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    address.or_else(|_| text.trim_matches(['[', ']']).parse()).ok().map(|address: IpAddr| address.to_canonical())
}

impl FromRequest for Client {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::known(req).ok_or_else(|| Error::Internal("the client of a request was not determined".into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(HeaderName, &str)]) -> Client {
        let trusted = ["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.clone(), value.parse().unwrap());
        }
        Client::of(Some(peer.parse().unwrap()), &map, &trusted, "id".into())
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let same = |a: &str, b: &str| subnet(a.parse().unwrap()) == subnet(b.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }

    #[test]
    fn only_trusted_proxies_are_trusted() {
        let told = [(FORWARDED_FOR, "198.51.100.7"), (FORWARDED_PROTO, "https")];
        let through = client("10.1.2.3:80", &told);
        assert_eq!(
            (through.address.to_string().as_str(), through.encrypted, through.local),
            ("198.51.100.7", true, false)
        );
        let liar = client("203.0.113.9:80", &told);
        assert_eq!((liar.address.to_string().as_str(), liar.encrypted), ("203.0.113.9", false));
    }

    #[test]
    fn the_last_address_that_is_not_trusted_counts() {
        for (lines, address) in [
            (vec!["1.1.1.1, 198.51.100.7, 10.0.0.5"], "198.51.100.7"),
            (vec!["1.1.1.1", "198.51.100.7:4711, 10.0.0.5"], "198.51.100.7"),
            (vec!["1.1.1.1, unknown, 10.0.0.5"], "10.0.0.5"),
            (vec!["[2001:db8::1]:443"], "2001:db8::1"),
            (vec!["::ffff:198.51.100.7"], "198.51.100.7"),
            (vec![""], "10.1.2.3"),
            (vec![], "10.1.2.3"),
        ] {
            let headers: Vec<_> = lines.iter().map(|line| (FORWARDED_FOR, *line)).collect();
            assert_eq!(client("10.1.2.3:80", &headers).address.to_string(), address, "{lines:?}");
        }
    }

    #[test]
    fn requests_through_an_untrusted_local_proxy_are_not_local() {
        let nobody = |headers: &[(HeaderName, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name.clone(), value.parse().unwrap());
            }
            Client::of(Some("127.0.0.1:80".parse().unwrap()), &map, &[], "id".into()).local
        };
        assert!(nobody(&[]));
        for name in SIGNS_OF_A_PROXY {
            assert!(!nobody(&[(name, "127.0.0.1")]));
        }
        assert!(!client("127.0.0.1:80", &[(FORWARDED_FOR, "198.51.100.7")]).local);
        assert!(client("127.0.0.1:80", &[(FORWARDED_FOR, "127.0.0.1")]).local);
    }
}
