//! Who has signed in from a browser, and how often somebody tried in vain. In memory only: a restart signs everybody out.
//! I/O thread; time comes in as an argument.
//!
//! A sign-in is a secret of its own, never the token: what a browser keeps is worth nothing to another Tenon or after a
//! restart.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use parking_lot::Mutex;
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Sign-ins at once; one more ends the one that was not used for longest.
const MOST_OPEN: usize = 64;
/// A sign-in that was not used for so long is over.
const LIFETIME: Duration = Duration::from_secs(7 * 86_400);
/// Wrong tokens in a row before an address has to wait: a person's slips.
const FREE_TRIES: u32 = 5;
/// The longest that an address waits for its next try, so that nobody is kept out for long by another's tries.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Wrong tokens are forgotten after this.
const FORGIVEN: Duration = Duration::from_secs(900);
/// Addresses whose tries are remembered.
const MOST_ADDRESSES: usize = 1000;
/// Cookies of our name that are looked at: others on this host may set any number.
const MOST_COOKIES: usize = 8;

/// The cookie's name. Browsers send a host's cookies to each of its ports, so it has the port in it.
pub fn cookie_name(port: u16) -> String {
    format!("tenon_{port}")
}

#[derive(Default)]
pub struct SignIns(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Those used last behind.
    open: VecDeque<SignIn>,
    tries: HashMap<IpAddr, Tries>,
}

struct SignIn {
    secret: String,
    used: Instant,
    ended: CancellationToken,
}

impl Drop for SignIn {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

/// What a request that came in by a sign-in knows of it: cancelled when that ends. Requests carry it as an extension.
#[derive(Clone)]
pub struct SignedIn(pub CancellationToken);

struct Tries {
    failed: u32,
    last: Instant,
}

/// Why nobody was signed in.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    WrongToken,
    /// The token was not looked at; the next try counts after this.
    TooManyTries(Duration),
}

impl SignIns {
    /// Somebody at `from` has shown a token, which is the `right` one or not; the new sign-in's secret.
    pub fn sign_in(&self, from: IpAddr, now: Instant, right: bool) -> Result<String, Refused> {
        let inner = &mut *self.0.lock();
        let from = network(from);
        inner.tries.retain(|_, tries| now.duration_since(tries.last) < FORGIVEN);
        if let Some(wait) = inner.tries.get(&from).and_then(|tries| tries.wait(now)) {
            return Err(Refused::TooManyTries(wait));
        }
        if !right {
            inner.count_failure(from, now);
            return Err(Refused::WrongToken);
        }
        inner.tries.remove(&from);
        // Twice 122 bits of the process's cryptographic generator.
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        if inner.open.len() == MOST_OPEN {
            inner.open.pop_front();
        }
        inner.open.push_back(SignIn { secret: secret.clone(), used: now, ended: CancellationToken::new() });
        Ok(secret)
    }

    /// The sign-in that a cookie of this name is of, if any; it is used now.
    pub fn used(&self, headers: &HeaderMap, name: &str, now: Instant) -> Option<SignedIn> {
        let inner = &mut *self.0.lock();
        inner.open.retain(|open| now.duration_since(open.used) < LIFETIME);
        let mut open = inner.open.remove(inner.find(headers, name)?)?;
        open.used = now;
        let signed_in = SignedIn(open.ended.clone());
        inner.open.push_back(open);
        Some(signed_in)
    }

    /// Ends the sign-in of that cookie, if it is one.
    pub fn sign_out(&self, headers: &HeaderMap, name: &str) {
        let inner = &mut *self.0.lock();
        while let Some(at) = inner.find(headers, name) {
            inner.open.remove(at);
        }
    }
}

impl Inner {
    fn find(&self, headers: &HeaderMap, name: &str) -> Option<usize> {
        cookies(headers, name).take(MOST_COOKIES).find_map(|cookie| {
            let is_it = |open: &SignIn| bool::from(open.secret.as_bytes().ct_eq(cookie.as_bytes()));
            self.open.iter().position(is_it)
        })
    }

    fn count_failure(&mut self, from: IpAddr, now: Instant) {
        if self.tries.len() == MOST_ADDRESSES
            && !self.tries.contains_key(&from)
            && let Some(oldest) = self.tries.iter().min_by_key(|(_, tries)| tries.last).map(|(at, _)| *at)
        {
            self.tries.remove(&oldest);
        }
        let tries = self.tries.entry(from).or_insert(Tries { failed: 0, last: now });
        tries.failed += 1;
        tries.last = now;
    }
}

impl Tries {
    /// How long the next try has to wait, twice as long after each.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let beyond = self.failed.checked_sub(FREE_TRIES)?;
        let wait = Duration::from_secs(1 << beyond.min(16)).min(LONGEST_WAIT);
        wait.checked_sub(now.duration_since(self.last)).filter(|wait| !wait.is_zero())
    }
}

/// What counts as one address: of IPv6, the network that one customer is given.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

/// The values of the cookies of this name.
fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const NAME: &str = "tenon_9876";
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn cookie(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(text).unwrap())])
    }

    #[test]
    fn a_sign_in_is_known_by_its_cookie_until_it_ends() {
        let (all, now) = (SignIns::default(), Instant::now());
        let secret = all.sign_in(HERE, now, true).unwrap();
        assert!(secret.len() == 64 && secret != all.sign_in(HERE, now, true).unwrap());
        for (text, expected) in [
            (format!("{NAME}={secret}"), true),
            (format!("a=b; {NAME}={secret}; c"), true),
            // Another port's server has set one too.
            (format!("{NAME}=other; {NAME}={secret}"), true),
            (format!("tenon_9877={secret}"), false),
            (format!("{NAME}={}", &secret[1..]), false),
            (format!("{NAME}="), false),
            (format!("{}{NAME}={secret}", format!("{NAME}=x; ").repeat(MOST_COOKIES)), false),
        ] {
            assert_eq!(all.used(&cookie(&text), NAME, now).is_some(), expected, "{text}");
        }
        let own = cookie(&format!("{NAME}={secret}"));
        let later = now + LIFETIME - Duration::from_secs(1);
        assert!(all.used(&own, NAME, later).is_some());
        assert!(all.used(&own, NAME, later + LIFETIME / 2).is_some(), "it was used");
        let SignedIn(ended) = all.used(&own, NAME, later).unwrap();
        assert!(!ended.is_cancelled());
        all.sign_out(&own, NAME);
        assert!(ended.is_cancelled(), "what it opened hears of it");
        assert!(all.used(&own, NAME, later).is_none());
        let secret = all.sign_in(HERE, now, true).unwrap();
        assert!(all.used(&cookie(&format!("{NAME}={secret}")), NAME, now + LIFETIME).is_none());
    }

    #[test]
    fn sign_ins_are_bounded() {
        let (all, now) = (SignIns::default(), Instant::now());
        let secrets: Vec<_> = (0..=MOST_OPEN).map(|_| all.sign_in(HERE, now, true).unwrap()).collect();
        let known =
            secrets.iter().map(|secret| all.used(&cookie(&format!("{NAME}={secret}")), NAME, now).is_some());
        assert_eq!(known.filter(|known| !known).count(), 1);
    }

    #[test]
    fn too_many_tries_wait_and_never_for_long() {
        let (all, mut now) = (SignIns::default(), Instant::now());
        for _ in 0..FREE_TRIES {
            assert_eq!(all.sign_in(HERE, now, false), Err(Refused::WrongToken));
        }
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(all.sign_in(HERE, now, true), Err(Refused::TooManyTries(wait)), "also the right one");
            now += wait;
            assert_eq!(all.sign_in(HERE, now, false), Err(Refused::WrongToken));
        }
        let elsewhere: IpAddr = "10.0.0.1".parse().unwrap();
        assert!(all.sign_in(elsewhere, now, true).is_ok(), "another address does not wait");
        now += LONGEST_WAIT;
        assert!(all.sign_in(HERE, now, true).is_ok());
        assert_eq!(all.sign_in(HERE, now, false), Err(Refused::WrongToken), "and all is forgiven");
        assert!(all.sign_in(HERE, now, true).is_ok());
    }

    #[test]
    fn addresses_are_bounded_and_one_network_is_one_address() {
        let (all, now) = (SignIns::default(), Instant::now());
        for n in 0..2 * MOST_ADDRESSES as u32 {
            let from = IpAddr::V4(n.into());
            assert_eq!(all.sign_in(from, now, false), Err(Refused::WrongToken));
        }
        assert_eq!(all.0.lock().tries.len(), MOST_ADDRESSES);
        let later = now + FORGIVEN;
        for n in 0..FREE_TRIES {
            let from: IpAddr = format!("2001:db8::{n}").parse().unwrap();
            assert_eq!(all.sign_in(from, later, false), Err(Refused::WrongToken));
        }
        assert_eq!(all.0.lock().tries.len(), 1);
        let refused = all.sign_in("2001:db8::ffff".parse().unwrap(), later, true);
        assert!(matches!(refused, Err(Refused::TooManyTries(_))), "{refused:?}");
    }
}
