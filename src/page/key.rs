//! Who may come in: a random key in the address that is printed, exchanged for a cookie that no other site can use.

use http::HeaderMap;
use http::header::COOKIE;

use crate::words::hex;

/// The key of one page, made anew each time that it is opened.
pub struct Key {
    port: u16,
    /// In the address that is printed; good for as long as the page is there, so that it can be opened in another browser too.
    printed: String,
    /// In the cookie. Whoever reads the address over somebody's shoulder does not know it.
    session: String,
}

/// Where the key is exchanged.
pub const ENTRANCE: &str = "/open";

impl Key {
    /// # Errors
    /// The system has no random bytes to give.
    pub fn new(port: u16) -> anyhow::Result<Self> {
        let (printed, session) = (crate::host::random::<16>()?, crate::host::random::<32>()?);
        Ok(Self { port, printed: hex(&printed), session: hex(&session) })
    }

    /// The address to open.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{ENTRANCE}?key={}", self.port, self.printed)
    }

    /// Whether a host is this page. Any other name that leads here is somebody's who wants to read along.
    pub fn is_host(&self, host: &str) -> bool {
        let name = host.strip_suffix(&format!(":{}", self.port));
        matches!(name, Some("127.0.0.1" | "localhost"))
    }

    /// Whether the query of an address holds the key.
    pub fn is_printed_in(&self, query: &str) -> bool {
        query.split('&').filter_map(|pair| pair.strip_prefix("key=")).any(|given| is_same(given, &self.printed))
    }

    /// The cookie in exchange for the key. Cookies know no ports, so its name tells two pages apart.
    pub fn cookie(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name(), self.session)
    }

    pub fn is_held_by(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|all| all.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.into_iter().any(|(key, given)| key == name && is_same(given, &self.session))
    }

    fn cookie_name(&self) -> String {
        format!("devenv-{}", self.port)
    }
}

/// Takes as long for a wrong beginning as for a wrong end, so that nobody gets closer by measuring.
fn is_same(one: &str, other: &str) -> bool {
    let different = one.bytes().zip(other.bytes()).fold(0, |different, (one, other)| different | (one ^ other));
    one.len() == other.len() && different == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(key: &Key, cookie: &str) -> bool {
        key.is_held_by(&HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]))
    }

    #[test]
    fn only_the_printed_key_opens_and_only_its_cookie_is_one() {
        let (key, other) = (Key::new(4711).unwrap(), Key::new(4711).unwrap());
        let query = |key: &Key| key.url().split_once('?').unwrap().1.to_owned();
        assert!(key.is_printed_in(&query(&key)) && key.is_printed_in(&format!("x=1&{}", query(&key))));
        for wrong in
            [query(&other), "key=".into(), String::new(), query(&key)[..20].into(), format!("{}0", query(&key))]
        {
            assert!(!key.is_printed_in(&wrong), "{wrong}");
        }
        let pair = |key: &Key| key.cookie().split(';').next().unwrap().to_owned();
        assert!(holds(&key, &pair(&key)) && holds(&key, &format!("a=b; {}; c=d", pair(&key))));
        assert!(!holds(&key, &pair(&other)) && !holds(&key, "devenv-4711=") && !holds(&key, "a=b"));
        // The key of the address is no cookie, nor the other way round.
        assert!(!holds(&key, &format!("devenv-4711={}", &query(&key)[4..])));
    }

    #[test]
    fn a_host_is_this_computer_by_its_usual_names_and_the_right_port() {
        let key = Key::new(4711).unwrap();
        assert!(key.is_host("127.0.0.1:4711") && key.is_host("localhost:4711"));
        for wrong in ["127.0.0.1", "evil.example:4711", "localhost:80", "localhost.evil.example:4711", "[::1]:4711", ""]
        {
            assert!(!key.is_host(wrong), "{wrong}");
        }
    }
}
