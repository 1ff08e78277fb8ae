//! The way to the world as services and apps have it, held against that of this computer.

use crate::doctor::facts::Facts;
use crate::doctor::{Finding, Severity};
use crate::problem::{Problem, kinds};

pub fn names(facts: &Facts) -> Option<Finding> {
    let inside = facts.inside.as_ref()?;
    if inside.found_here != Some(true) || inside.name_found != Some(false) {
        return None;
    }
    let name = &inside.name;
    let problem = Problem::new(&kinds::NAMES_INSIDE, format!("apps can't find {name}, although this computer can"))
        .why("they ask other name servers (DNS) than this computer, which is usual after a VPN was connected")
        .fix("restart Docker           # it takes over the name servers that are used now")
        .fix("or write the VPN's name servers as `dns` into Docker's own settings, `daemon.json`");
    Some(Finding::new(Severity::WillHurt, problem))
}

/// That it answers on this computer is known by then.
pub fn proxy(facts: &Facts) -> Option<Finding> {
    let proxy = facts.inside.as_ref()?.proxy.as_ref().filter(|proxy| proxy.answers == Some(false))?;
    let address = &proxy.address;
    let problem = Problem::new(&kinds::PROXY_INSIDE, format!("apps can't reach the proxy {address}"));
    let problem = match proxy.is_here {
        true => problem
            .why("it answers on this computer, and lets nobody in who comes from elsewhere; apps come from Docker's own addresses")
            .fix("let the proxy listen on all addresses of this computer, or on that of Docker too, mostly 172.17.0.1"),
        false => problem
            .why("this computer reaches it, but what runs in Docker does not: a firewall or a VPN is in the way")
            .fix("restart Docker after the VPN is connected")
            .fix("let the firewall pass what comes from Docker's own addresses"),
    };
    Some(Finding::new(Severity::WillHurt, problem.fix("or unset the variable, where apps need no proxy")))
}

pub fn certificates(facts: &Facts) -> Option<Finding> {
    let secure = facts.inside.as_ref()?.secure.as_ref().filter(|secure| secure.trusted == Some(false))?;
    let authorities = facts.downloads.certificates.map(|number| format!("the {number} ")).unwrap_or_default();
    let problem = Problem::new(&kinds::CERTIFICATES_INSIDE, format!("apps don't trust the certificate of {}", secure.host))
        .why(format!(
            "who has issued it is not among {authorities}authorities that devenv passes on to apps; organisations that look \
             into secure connections have one of their own"
        ))
        .fix("give its certificate to this computer:\n       sudo cp CERTIFICATE.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates")
        .fix("or name a file with it in NODE_EXTRA_CA_CERTS; then: devenv up");
    Some(Finding::new(Severity::WillHurt, problem))
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{Inside, ProxyInside, SecureInside};

    #[test]
    fn a_name_that_is_known_here_has_to_be_known_inside() {
        let looked = |here, inside| {
            let inside =
                Inside { name: "git.example".into(), found_here: here, name_found: inside, ..Inside::default() };
            Facts { inside: Some(inside), ..Facts::default() }
        };
        let cases: [(Check, Facts); 4] = [
            (names, looked(Some(true), Some(false))),
            (names, looked(Some(true), Some(true))),
            (names, looked(Some(false), Some(false))),
            (names, looked(Some(true), None)),
        ];
        judge(&cases, &[Some("will_hurt names-inside"), None, None, None]);
    }

    #[test]
    fn the_way_to_the_world_has_to_lead_there_from_inside_too() {
        let through = |address: &str, answers| {
            let is_here = address.starts_with("127.");
            let proxy = Some(ProxyInside { address: address.to_owned(), is_here, answers });
            Facts { inside: Some(Inside { proxy, ..Inside::default() }), ..Facts::default() }
        };
        let asked = |trusted| {
            let secure = Some(SecureInside { host: "mirror.example".into(), trusted });
            Facts { inside: Some(Inside { secure, ..Inside::default() }), ..Facts::default() }
        };
        let cases: [(Check, Facts); 7] = [
            (proxy, through("127.0.0.1:3128", Some(false))),
            (proxy, through("proxy.example:3128", Some(false))),
            (proxy, through("proxy.example:3128", Some(true))),
            (proxy, through("proxy.example:3128", None)),
            (certificates, asked(Some(false))),
            (certificates, asked(Some(true))),
            (certificates, asked(None)),
        ];
        let inside = Some("will_hurt proxy-inside");
        judge(&cases, &[inside, inside, None, None, Some("will_hurt certificates-inside"), None, None]);
        let why = |facts| proxy(&facts).unwrap().problem.why;
        assert_ne!(why(cases[0].1.clone()), why(cases[1].1.clone()));
    }
}
