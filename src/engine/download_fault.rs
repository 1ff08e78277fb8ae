//! Why a download failed, in plain words: what came from where.

use super::explain::{Doing, Fault, FaultKind};
use crate::model::ImageRef;
use crate::problem::{Problem, kinds};
use crate::words;

/// A fault of a download, with where it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadFault {
    pub(super) fault: Fault,
    pub(super) source: Source,
    /// Mirrors that were asked before, and answered that they have none of it.
    pub(super) without: Vec<String>,
}

/// Where something is downloaded from, by its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Origin(String),
    /// A mirror of an organisation; the origin could not be reached.
    Mirror(String),
}

impl Source {
    pub fn of(image: &ImageRef) -> Self {
        Self::Origin(host(&image.repository).to_owned())
    }

    pub fn at(mirror: &str) -> Self {
        Self::Mirror(host(mirror).to_owned())
    }
}

fn host(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

impl DownloadFault {
    /// What a mirror answered; one that has none of it is noted.
    pub(super) fn of_mirror(fault: Fault, mirror: &str, without: &mut Vec<String>) -> Self {
        if fault.kind == FaultKind::NotFound {
            without.push(host(mirror).to_owned());
        }
        Self { fault, source: Source::at(mirror), without: Vec::new() }
    }

    /// The problem that a person sees.
    pub fn problem(&self, doing: &Doing) -> Problem {
        const LOGIN: &str = "docker login HOST ";
        let mut problem = self.fault.problem(doing);
        let host = match &self.source {
            Source::Origin(host) | Source::Mirror(host) => host,
        };
        for fix in problem.fixes.iter_mut().filter(|fix| fix.starts_with(LOGIN)) {
            *fix = if host == "docker.io" { "docker login".to_owned() } else { format!("docker login {host}") };
        }
        let is_about_it =
            !matches!(self.fault.kind, FaultKind::MirrorName | FaultKind::NotAtMirror | FaultKind::DiskFull);
        if is_about_it && matches!(self.source, Source::Mirror(_)) {
            let place =
                format!("that is the mirror {host}; where it comes from cannot be reached from this computer either");
            problem.why = format!("{}\n{place}", problem.why);
            problem.fixes.retain(|fix| !fix.starts_with("set DEVENV_MIRROR"));
            problem = problem.fix("correct DEVENV_MIRROR, or `mirror` in the settings file, if that is the wrong one");
        }
        if self.fault.kind == FaultKind::NotAtMirror {
            problem.why = format!("{}\nasked: the mirror {host}", problem.why);
        }
        if self.fault.kind == FaultKind::NotFound && matches!(self.source, Source::Origin(_)) {
            problem.why = format!("{}\n{}", problem.why, self.answered(host));
        }
        problem
    }

    /// Who said that there is none.
    fn answered(&self, origin: &str) -> String {
        let mirrors: Vec<String> = self.without.iter().map(|mirror| format!("the mirror {mirror}")).collect();
        match mirrors.as_slice() {
            [] => format!("asked: {origin}"),
            all => format!("asked: {}, then {origin}; neither has it", words::list(all)),
        }
    }
}

impl Fault {
    pub(super) fn of_a_download(&self, unit: &str, what: &str) -> Problem {
        let sentence = format!("{what} for `{unit}` could not be downloaded");
        match self.kind {
            FaultKind::NotFound => Problem::new(&kinds::DOWNLOAD_NOT_FOUND, format!("there is no {what} to download"))
                .why(format!("`{unit}` asks for it in dev.yaml, but it is not offered under this name and version"))
                .fix("correct the version in dev.yaml")
                .fix("docs/catalog.md of devenv lists the versions that are known to work"),
            FaultKind::NotAtMirror => Problem::new(&kinds::DOWNLOAD_NOT_FOUND, format!("there is no {what} to download"))
                .why(format!(
                    "`{unit}` asks for it, your organisation's mirror does not have it, and where it comes from cannot be \
                     reached from this computer"
                ))
                .fix("correct the version in dev.yaml, if it is not the one you meant")
                .fix("ask those who run the mirror, or check the connection, VPN and proxy"),
            FaultKind::Unauthorised => Problem::new(&kinds::DOWNLOAD_UNAUTHORISED, sentence)
                .why("whoever offers it wants a login, or there is none of this name")
                .fix("docker login HOST     # with the host that stands before the first / of its name")
                .fix("correct its name in dev.yaml, if it is not the one you meant"),
            FaultKind::RateLimited => Problem::new(&kinds::DOWNLOAD_RATE_LIMITED, sentence)
                .why("too many downloads from your internet address in the last hours")
                .fix("docker login          # a free account has a higher limit")
                .fix("set DEVENV_MIRROR to your organisation's mirror"),
            FaultKind::Unreachable => Problem::new(&kinds::DOWNLOAD_UNREACHABLE, sentence)
                .why("whoever offers it cannot be reached from this computer")
                .fix("check the connection, VPN and proxy, then: devenv up")
                .fix("set DEVENV_MIRROR to your organisation's mirror"),
            FaultKind::SourceFailing => Problem::new(&kinds::DOWNLOAD_FAILING, sentence)
                .why("whoever offers it answers that it cannot at the moment: it is overloaded, or being mended")
                .fix("wait a few minutes, then: devenv up")
                .fix("set DEVENV_MIRROR to your organisation's mirror"),
            FaultKind::SourceForeign => Problem::new(&kinds::DOWNLOAD_FOREIGN, sentence)
                .why("a page for people came in the place of the download: the login page of a Wi-Fi, or the message of a proxy")
                .fix("open any page in a browser and log in there, or connect the VPN, then: devenv up"),
            FaultKind::SourceSilent => Problem::new(&kinds::DOWNLOAD_SILENT, sentence)
                .why("whoever offers it took the question and then said nothing for too long")
                .fix("check the connection, VPN and proxy, then: devenv up")
                .fix("set DEVENV_MIRROR to another mirror of your organisation"),
            FaultKind::MirrorName => Problem::new(&kinds::MIRROR_NAME, format!("`{}` is no mirror's name", self.message))
                .why(format!("DEVENV_MIRROR or the settings file says so, and {what} for `{unit}` was to come from there"))
                .fix("write a host, with its port and a folder if it has them: mirror.example:5000/team")
                .fix("unset DEVENV_MIRROR          # to download from where things come from"),
            FaultKind::ClockWrong => Problem::new(&kinds::CLOCK_WRONG, sentence)
                .why("the certificate of the other side is not valid at the time that this computer's clock shows")
                .fix("set the clock: sudo timedatectl set-ntp true")
                .fix("if the clock is right, the other side has to renew its certificate"),
            FaultKind::Untrusted => Problem::new(&kinds::DOWNLOAD_UNTRUSTED, sentence)
                .why("nobody that Docker knows has signed the certificate of the other side, or of a proxy in between")
                .fix("give Docker the certificate of your organisation, see https://docs.docker.com/engine/security/certificates"),
            FaultKind::WrongPlatform => Problem::new(&kinds::DOWNLOAD_PLATFORM, sentence)
                .why("it is not offered for this computer's kind of processor")
                .fix("choose another version in dev.yaml"),
            FaultKind::BrokenDownload => Problem::new(&kinds::DOWNLOAD_BROKEN, sentence)
                .why("it arrived damaged or broke off")
                .fix("devenv up             # tries again, keeping what has arrived"),
            _ => Problem::new(&kinds::DOWNLOAD_FAILED, sentence)
                .why(self.first_line())
                .fix("devenv up             # tries again")
                .fix("devenv up --verbose   # shows Docker's own words"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(kind: FaultKind, source: Source, without: &[&str]) -> String {
        let fault = Fault { kind, message: "manifest unknown".to_owned() };
        let without = without.iter().map(|name| (*name).to_owned()).collect();
        let doing = Doing::Download { unit: "db".to_owned(), what: "PostgreSQL 99".to_owned() };
        DownloadFault { fault, source, without }.problem(&doing).why
    }

    #[test]
    fn who_has_none_of_a_version_is_named() {
        let image = ImageRef { repository: "docker.io/library/postgres".into(), tag: "99".into() };
        let origin = || Source::of(&image);
        assert!(why(FaultKind::NotFound, origin(), &[]).ends_with("\nasked: docker.io"));
        let both = why(FaultKind::NotFound, origin(), &["mirror.example:5000"]);
        assert!(both.ends_with("\nasked: the mirror mirror.example:5000, then docker.io; neither has it"));
        let alone = why(FaultKind::NotAtMirror, Source::at("mirror.example/team"), &[]);
        assert!(alone.ends_with("\nasked: the mirror mirror.example"), "{alone}");
    }
}
