//! How many connections each address has open.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

use crate::http::client::subnet;

/// Counts the open connections of each address. An IPv6 /64 network counts as one.
#[derive(Debug)]
pub struct Shares {
    most: usize,
    exempt: Vec<IpNet>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl Shares {
    /// The limit for each address that is not exempt; 0 is no limit.
    pub fn new(most: usize, exempt: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self { most, exempt, open: Mutex::default() })
    }

    /// Counts one more connection from `peer`, until the returned value is dropped. `None` if it has reached its limit.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Share> {
        let peer = peer.to_canonical();
        if self.most == 0 || self.exempt.iter().any(|net| net.contains(&peer)) {
            return Some(Share(None));
        }
        let address = subnet(peer);
        let mut open = self.lock();
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share(Some((self.clone(), address))))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection of an address, or one that is not counted.
#[derive(Debug)]
pub struct Share(Option<(Arc<Shares>, IpAddr)>);

impl Drop for Share {
    fn drop(&mut self) {
        let Some((shares, address)) = &self.0 else { return };
        let mut open = shares.lock();
        if let Some(count) = open.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                open.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_share() {
        let shares = Shares::new(2, vec!["10.0.0.0/8".parse().unwrap()]);
        let take = |address: &str| shares.take(address.parse().unwrap());
        let mut held = vec![take("192.0.2.1").unwrap(), take("::ffff:192.0.2.1").unwrap()];
        assert!(take("192.0.2.1").is_none());
        held.push(take("192.0.2.2").unwrap());
        held.extend((0..5).map(|_| take("10.1.2.3").unwrap()));
        held.push(take("2001:db8::1").unwrap());
        held.push(take("2001:db8::2").unwrap());
        assert!(take("2001:db8::ffff:3").is_none(), "a network of 64 bits counts as one");
        assert!(take("2001:db8:0:1::1").is_some());
        held.remove(0);
        assert!(take("192.0.2.1").is_some());
        held.clear();
        assert!(shares.lock().is_empty(), "nothing is kept of those who left");
    }

    #[test]
    fn zero_is_no_limit() {
        let shares = Shares::new(0, Vec::new());
        let held: Vec<Share> = (0..100).map(|_| shares.take("192.0.2.1".parse().unwrap()).unwrap()).collect();
        assert_eq!(held.len(), 100);
    }
}
