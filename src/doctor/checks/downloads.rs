//! Where downloads come from, and what stands between.

use crate::doctor::facts::{Answer, Facts, Origin, Trouble};
use crate::doctor::{Finding, Severity};
use crate::problem::{Problem, kinds};

pub fn mirror(facts: &Facts) -> Option<Finding> {
    let (origin, reason) =
        facts.downloads.origins.iter().filter(|origin| origin.is_mirror).find_map(|origin| match &origin.answer {
            Some(Answer::Nothing(reason)) => Some((origin, reason)),
            _ => None,
        })?;
    let problem = Problem::new(&kinds::MIRROR_UNREACHABLE, format!("the mirror {} does not answer", origin.host))
        .why(format!("{reason}; downloads try it first, and then the public origin"))
        .fix("check the connection and the VPN")
        .fix("correct DEVENV_MIRROR, or `mirror` in the settings file");
    Some(Finding::new(Severity::WillHurt, problem))
}

pub fn failing(facts: &Facts) -> Option<Finding> {
    let (host, how) = facts.downloads.origins.iter().find_map(|origin| match &origin.answer {
        Some(Answer::Failing(how)) => Some((&origin.host, how)),
        _ => None,
    })?;
    let others = facts.downloads.origins.iter().any(|origin| origin.answer == Some(Answer::Fine));
    let problem =
        Problem::new(&kinds::MIRROR_FAILING, format!("{host} answers, but has nothing to give at the moment"));
    let how = match how {
        Trouble::Pause => "it asks for a pause, since there were too many downloads".to_owned(),
        Trouble::Fails(words) => format!("it says that it fails: {words}"),
        Trouble::Page => "it sends a page for a browser in place of downloads".to_owned(),
    };
    let problem = problem.why(match others {
        true => format!("{how}; downloads pass it over and take another mirror"),
        false => format!("{how}; downloads from there fail"),
    });
    let problem = problem
        .fix("wait a while, then: devenv doctor")
        .fix("set DEVENV_MIRROR to another mirror, or several with a comma between them");
    Some(Finding::new(Severity::WillHurt, problem))
}

pub fn login(facts: &Facts) -> Option<Finding> {
    let wants = |origin: &&Origin| origin.answer == Some(Answer::LoginWanted);
    let origin = facts.downloads.origins.iter().find(wants)?;
    let host = &origin.host;
    let problem = match origin.has_login {
        true => Problem::new(&kinds::MIRROR_LOGIN, format!("{host} no longer takes the login that is stored for it"))
            .why("a password or token that has changed or run out is refused, and so is every download"),
        false => {
            Problem::new(&kinds::MIRROR_LOGIN, format!("{host} wants a login, and there is none on this computer"))
                .why("every download from there is refused without one")
        }
    };
    Some(Finding::new(Severity::WillHurt, problem.fix(format!("docker login {host}"))))
}

/// A proxy looks names up by itself, so that they need not be known here.
pub fn names(facts: &Facts) -> Option<Finding> {
    if !facts.downloads.proxies.is_empty() {
        return None;
    }
    let origins = &facts.downloads.origins;
    let has_mirror = origins.iter().any(|origin| origin.is_mirror && origin.answer == Some(Answer::Fine));
    let origin = origins.iter().find(|origin| origin.name_found == Some(false) && (origin.is_mirror || !has_mirror))?;
    let problem = Problem::new(&kinds::NAMES_NOT_FOUND, format!("the name {} leads nowhere from here", origin.host))
        .why("this computer can't look it up (DNS), so that nothing can be downloaded from there")
        .fix("check the connection and the VPN")
        .fix("set DEVENV_MIRROR to your organisation's mirror");
    Some(Finding::new(Severity::WillHurt, problem))
}

pub fn proxy(facts: &Facts) -> Option<Finding> {
    let proxy = facts.downloads.proxies.iter().find(|proxy| proxy.answers == Some(false))?;
    let problem = Problem::new(&kinds::PROXY_UNREACHABLE, format!("the proxy {} does not answer", proxy.address))
        .why(format!("{} names it, and everything that apps fetch goes there", proxy.variable))
        .fix("check the VPN, or start what listens there")
        .fix(format!("unset {}        # where you don't need one", proxy.variable));
    Some(Finding::new(Severity::WillHurt, problem))
}

pub fn certificates(facts: &Facts) -> Option<Finding> {
    let (variable, path) = facts.downloads.missing_certificates.first()?;
    let what = format!("{variable} names {}, which is not there", path.display());
    let problem = Problem::new(&kinds::CERTIFICATES_MISSING, what)
        .why("programs that read it trust nobody, so that every secure connection fails")
        .fix("correct the path")
        .fix(format!("unset {variable}        # the system's own certificates are used then"));
    Some(Finding::new(Severity::WillHurt, problem))
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{Downloads, Proxy};

    fn origins(origins: &[(bool, Option<Answer>, Option<bool>)]) -> Facts {
        let origin = |(is_mirror, answer, name_found): &(bool, Option<Answer>, Option<bool>)| Origin {
            host: if *is_mirror { "mirror.example" } else { "docker.io" }.to_owned(),
            is_mirror: *is_mirror,
            answer: answer.clone(),
            name_found: *name_found,
            has_login: false,
        };
        let downloads = Downloads { origins: origins.iter().map(origin).collect(), ..Downloads::default() };
        Facts { downloads, ..Facts::default() }
    }

    #[test]
    fn where_downloads_come_from_has_to_answer() {
        let refused = || Some(Answer::Nothing("connection refused".into()));
        let busy = || Some(Answer::Failing(Trouble::Fails("status 503".into())));
        let cases: [(Check, Facts); 10] = [
            (failing, origins(&[(true, busy(), None)])),
            (failing, origins(&[(true, Some(Answer::Fine), None), (true, refused(), None)])),
            (mirror, origins(&[(true, refused(), Some(true))])),
            (mirror, origins(&[(true, Some(Answer::Fine), None)])),
            (mirror, origins(&[(true, None, None)])),
            (login, origins(&[(true, Some(Answer::LoginWanted), None)])),
            (login, origins(&[(true, Some(Answer::Fine), None)])),
            (names, origins(&[(false, None, Some(false))])),
            (names, origins(&[(true, Some(Answer::Fine), None), (false, None, Some(false))])),
            (names, origins(&[(false, Some(Answer::Fine), Some(true))])),
        ];
        judge(
            &cases,
            &[
                Some("will_hurt mirror-failing"),
                None,
                Some("will_hurt mirror-unreachable"),
                None,
                None,
                Some("will_hurt mirror-login"),
                None,
                Some("will_hurt names-not-found"),
                None,
                None,
            ],
        );
    }

    #[test]
    fn what_stands_between_has_to_work() {
        let through = |answers| {
            let proxy = Proxy { variable: "HTTPS_PROXY".into(), address: "proxy.example:3128".into(), answers };
            Facts { downloads: Downloads { proxies: vec![proxy], ..Downloads::default() }, ..Facts::default() }
        };
        let named = |missing: &[&str]| {
            let missing = missing.iter().map(|path| ("SSL_CERT_FILE".to_owned(), path.into())).collect();
            Facts { downloads: Downloads { missing_certificates: missing, ..Downloads::default() }, ..Facts::default() }
        };
        let cases: [(Check, Facts); 5] = [
            (proxy, through(Some(false))),
            (proxy, through(Some(true))),
            (proxy, through(None)),
            (certificates, named(&["/etc/corp.pem"])),
            (certificates, named(&[])),
        ];
        judge(&cases, &[Some("will_hurt proxy-unreachable"), None, None, Some("will_hurt certificates-missing"), None]);
    }
}
