//! The engine's errors in plain words.
//!
//! Two pure steps: an error of the client crate becomes a [`Fault`] of one of a few kinds; a fault, together with what was
//! being done, becomes a problem. Engines answer almost every failure with status 500, so the text decides; the substrings
//! were measured on engines 20.10, 26.1, 28.5 and Podman's compatible API.

use bollard::errors::Error;

use super::client_error::{io_kind, is_unreadable, text_of};
use super::meanings::meaning;
use crate::problem::{Asked, Exit, Problem, kinds};

/// An error of the engine, told apart as far as a decision needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The engine's own words.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Nothing is there to connect to.
    Missing,
    /// Something was there, but does not answer.
    Stopped,
    Permission,
    Hung,
    /// Something else answers where the engine should.
    Foreign,
    /// An answer that is none of an engine's.
    Unreadable,
    /// The connection broke in the middle.
    Lost,
    TooOld,
    PortTaken,
    NameTaken,
    AddressesUsedUp,
    DiskFull,
    CommandMissing,
    FolderMissing,
    FileForFolder,
    UserUnknown,
    /// A program made for another kind of processor.
    WrongProcessor,
    ReadOnly,
    /// A program that may not be executed.
    NotPermitted,
    NotFound,
    /// A mirror does not have it, and its origin can't be asked.
    NotAtMirror,
    NotRunning,
    Unauthorised,
    RateLimited,
    Unreachable,
    /// What is downloaded from answers that it can't at the moment.
    SourceFailing,
    /// A page for people, or another program, where downloads should come from.
    SourceForeign,
    /// What is downloaded from accepts questions and answers none.
    SourceSilent,
    /// What is given as a mirror is no name of one.
    MirrorName,
    /// The clock does not fit the other side's certificate.
    ClockWrong,
    /// Nobody here knows who has signed the other side's certificate.
    Untrusted,
    WrongPlatform,
    /// An engine that was killed holds on to what it ran before.
    Leftover,
    /// The download arrived damaged or broke off.
    BrokenDownload,
    Other,
}

/// What was being done when a fault happened, for the words of the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    Connect,
    Look,
    /// What is downloaded, as a person calls it, and for whom.
    Download {
        unit: String,
        what: String,
    },
    Build {
        unit: String,
    },
    Create {
        unit: String,
    },
    Start {
        unit: String,
    },
    Stop {
        unit: String,
    },
    Run {
        unit: String,
        command: String,
    },
}

impl FaultKind {
    /// Whether nothing at all is there.
    pub fn is_absence(self) -> bool {
        matches!(self, Self::Missing | Self::Stopped)
    }
}

impl Fault {
    /// Whether the same may go well a while later: the engine has too much to do, no room, or is gone.
    pub fn is_passing(&self) -> bool {
        matches!(self.kind, FaultKind::Hung | FaultKind::Lost | FaultKind::DiskFull) || self.kind.is_absence()
    }

    pub(super) fn from_client(error: &Error) -> Self {
        let message = text_of(error);
        let kind = match error {
            Error::SocketNotFoundError(_) => FaultKind::Missing,
            Error::RequestTimeoutError => FaultKind::Hung,
            // A page instead of an answer: something else listens where the engine should.
            Error::DockerResponseServerError { .. } if message.trim_start().starts_with('<') => FaultKind::Foreign,
            Error::DockerResponseServerError { .. } | Error::DockerStreamError { .. } => meaning(&message),
            Error::DockerContainerWaitError { .. } => FaultKind::Other,
            other if is_unreadable(other) => FaultKind::Unreadable,
            other => io_kind(other).unwrap_or_else(|| meaning(&message)),
        };
        Self { kind, message }
    }

    /// A fault that came as text alone.
    pub(super) fn from_text(message: String) -> Self {
        Self { kind: meaning(&message), message }
    }

    /// The problem that a person sees.
    pub fn problem(&self, doing: &Doing) -> Problem {
        let problem = self.of_the_engine().or_else(|| self.of_the_computer(doing)).unwrap_or_else(|| match doing {
            Doing::Download { unit, what } => self.of_a_download(unit, what),
            Doing::Connect | Doing::Look if self.kind == FaultKind::Unreadable => {
                foreign("where Docker should be, something else answers, with nothing that Docker would say".to_owned())
            }
            _ => self.of_a_unit(doing),
        });
        if self.message.is_empty() { problem } else { problem.detail(self.message.clone()) }
    }

    /// Faults of the engine as a whole, whatever was being done.
    fn of_the_engine(&self) -> Option<Problem> {
        let problem = match self.kind {
            FaultKind::Missing => Problem::new(&kinds::ENGINE_MISSING, "Docker is not running on this computer")
                .why("devenv runs databases and apps with it, and found none in the usual places")
                .fix("start Docker Desktop, or: sudo systemctl start docker")
                .fix("not installed yet? https://docs.docker.com/get-docker"),
            FaultKind::Stopped => Problem::new(&kinds::ENGINE_STOPPED, "Docker is installed, but it is not running")
                .why("it was there before and does not answer now")
                .fix("start Docker Desktop, or: sudo systemctl start docker"),
            FaultKind::Permission => {
                Problem::new(&kinds::ENGINE_PERMISSION, "you may not use Docker on this computer yet")
                    .why("your user is not in the group `docker`")
                    .fix("sudo usermod -aG docker \"$USER\" && newgrp docker")
            }
            FaultKind::Hung => Problem::new(&kinds::ENGINE_HUNG, "Docker does not answer")
                .why("it accepted a question and then said nothing for too long")
                .fix("restart Docker Desktop, or: sudo systemctl restart docker"),
            FaultKind::Foreign => {
                foreign(format!("where Docker should be, something else answers: {}", self.first_line()))
            }
            FaultKind::Lost => Problem::new(&kinds::ENGINE_LOST, "the connection to Docker broke")
                .why("it was stopped or restarted in the meantime")
                .fix("devenv up            # goes on where it stopped"),
            FaultKind::TooOld => {
                Problem::new(&kinds::ENGINE_VERSION, "this Docker and this devenv do not understand each other")
                    .why("Docker 20.10 or later is needed")
                    .fix("update Docker: https://docs.docker.com/engine/install")
            }
            _ => return None,
        };
        Some(problem)
    }

    /// Faults of this computer that may meet any step.
    fn of_the_computer(&self, doing: &Doing) -> Option<Problem> {
        let unit = doing.unit();
        match self.kind {
            FaultKind::DiskFull => Some(
                Problem::new(&kinds::DISK_FULL, format!("the disk is full; `{unit}` could not go on"))
                    .why("Docker found no space left where it keeps downloads and data")
                    .fix("docker system df        # shows what takes the space")
                    .fix("free some space, then: devenv up"),
            ),
            FaultKind::AddressesUsedUp => Some(
                Problem::new(&kinds::ADDRESSES_USED_UP, "Docker has no private addresses left for another environment")
                    .why("every project takes a range of them; a VPN may take some as well")
                    .fix("devenv down            # in environments you no longer need"),
            ),
            _ => None,
        }
    }

    fn of_a_unit(&self, doing: &Doing) -> Problem {
        let unit = doing.unit();
        let sentence = doing.failed();
        match self.kind {
            FaultKind::PortTaken => Problem::new(&kinds::PORT_TAKEN, format!("`{unit}` cannot use its port"))
                .why("another program is listening there")
                .fix("devenv up            # takes another one from now on"),
            FaultKind::NameTaken => Problem::new(&kinds::NAME_TAKEN, sentence)
                .why("something of the same name exists that devenv did not make")
                .fix("remove it, then: devenv up"),
            FaultKind::CommandMissing => Problem::new(&kinds::COMMAND_MISSING, sentence)
                .why(format!("its program was not found: {}", self.first_line()))
                .fix("correct `run` in dev.yaml"),
            FaultKind::WrongProcessor => Problem::new(&kinds::WRONG_PROCESSOR, sentence)
                .why("its program was made for another kind of processor, or for another system")
                .fix("choose another version in dev.yaml, or build it on this computer"),
            FaultKind::ReadOnly => Problem::new(&kinds::READ_ONLY, sentence)
                .why("a folder that it writes to can only be read")
                .fix("look at the rights of the disk that the repo is on, then: devenv up"),
            FaultKind::NotPermitted => Problem::new(&kinds::NOT_PERMITTED, sentence)
                .why(format!("a file or folder of it may not be used: {}", self.first_line()))
                .fix("if it is a script of the repo: chmod +x SCRIPT, then: devenv up"),
            FaultKind::FolderMissing => Problem::new(&kinds::FOLDER_MISSING, sentence)
                .why("a folder of this computer that it needs is gone")
                .fix("bring the folder back, then: devenv up"),
            FaultKind::FileForFolder => Problem::new(&kinds::FILE_FOR_FOLDER, sentence)
                .why("a file stands where it needs a folder, or the other way round")
                .fix("look at `files` in dev.yaml"),
            FaultKind::UserUnknown => Problem::new(&kinds::USER_UNKNOWN, sentence)
                .why("the user that it is to run as does not exist in it")
                .fix("choose another version or a build of your own"),
            FaultKind::NotRunning => {
                Problem::new(&kinds::NOT_RUNNING, format!("`{unit}` is not running")).fix("devenv up")
            }
            FaultKind::NotFound => Problem::new(&kinds::REMOVED_BY_HAND, sentence)
                .why("something that belongs to it was removed in the meantime")
                .fix("devenv up            # makes it again; data is kept"),
            _ => {
                let problem = Problem::new(&kinds::ENGINE_ERROR, sentence)
                    .why(self.first_line())
                    .fix("devenv up --verbose   # shows Docker's own words");
                // One that can't even say what there is can't be worked with.
                match doing {
                    Doing::Connect | Doing::Look => problem.exit(Exit::Engine).fix("restart Docker, then: devenv up"),
                    _ => problem,
                }
            }
        }
    }

    pub(super) fn first_line(&self) -> String {
        plain(self.message.lines().next().unwrap_or_default())
    }
}

/// The problem that these words of the engine make when it was asked for this.
pub fn answered(asked: Asked, words: &str) -> Problem {
    let unit = "db".to_owned();
    Fault::from_text(words.to_owned()).problem(&match asked {
        Asked::Look => Doing::Look,
        Asked::Download => Doing::Download { unit, what: "PostgreSQL 17".to_owned() },
        Asked::Create => Doing::Create { unit },
        Asked::Start => Doing::Start { unit },
    })
}

impl Doing {
    fn unit(&self) -> &str {
        match self {
            Self::Connect | Self::Look => "devenv",
            Self::Download { unit, .. }
            | Self::Build { unit }
            | Self::Create { unit }
            | Self::Start { unit }
            | Self::Stop { unit }
            | Self::Run { unit, .. } => unit,
        }
    }

    fn failed(&self) -> String {
        match self {
            Self::Connect => "Docker could not be used".to_owned(),
            Self::Look => "what is running could not be found out".to_owned(),
            Self::Download { unit, what } => format!("{what} for `{unit}` could not be downloaded"),
            Self::Build { unit } => format!("`{unit}` could not be built"),
            Self::Create { unit } => format!("`{unit}` could not be set up"),
            Self::Start { unit } => format!("`{unit}` could not be started"),
            Self::Stop { unit } => format!("`{unit}` could not be stopped"),
            Self::Run { unit, command } => format!("`{command}` could not be run in `{unit}`"),
        }
    }
}

/// The engine's jargon replaced by words that a developer knows.
///
/// A last resort for texts that no rule knows: the engine's exact words stay under details.
fn plain(text: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("OCI runtime create failed: ", ""),
        ("Error response from daemon: ", ""),
        ("container", "service"),
        ("daemon", "Docker"),
        ("image", "download"),
        ("volume", "data folder"),
        ("mounting", "connecting"),
        ("mount", "folder"),
        ("network", "connection"),
        ("registry", "server"),
        ("manifest", "version"),
        ("socket", "connection"),
        ("digest", "checksum"),
        ("pull", "download"),
        ("layer", "part"),
    ];
    WORDS.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn foreign(why: String) -> Problem {
    Problem::new(&kinds::ENGINE_FOREIGN, "what answers is not Docker")
        .why(why)
        .fix("look at DOCKER_HOST and `docker context ls`: one of them leads there")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::meanings::MEANINGS;

    fn answered(message: &str) -> Fault {
        Fault::from_client(&Error::DockerResponseServerError { status_code: 500, message: message.to_owned() })
    }

    #[test]
    fn engines_of_all_generations_are_understood() {
        let table = [
            (
                "driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:18090 failed: port is already allocated",
                FaultKind::PortTaken,
            ),
            (
                "Error starting userland proxy: listen tcp4 127.0.0.1:18099: bind: address already in use",
                FaultKind::PortTaken,
            ),
            (
                "failed to bind host port for 127.0.0.1:18099:172.28.0.3:80/tcp: address already in use",
                FaultKind::PortTaken,
            ),
            ("Conflict. The container name \"/X\" is already in use by container \"ID\".", FaultKind::NameTaken),
            (
                "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
                FaultKind::AddressesUsedUp,
            ),
            ("write /x/GetImageBlob1: no space left on device", FaultKind::DiskFull),
            ("manifest for postgres:99 not found: manifest unknown: manifest unknown", FaultKind::NotFound),
            ("Head \"http://r/v2/x/manifests/17\": no basic auth credentials", FaultKind::Unauthorised),
            (
                "pull access denied for r/x, repository does not exist or may require 'docker login': denied: \n<!DOCTYPE html><h1>Hotel",
                FaultKind::SourceForeign,
            ),
            (
                "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access",
                FaultKind::Unauthorised,
            ),
            ("toomanyrequests: You have reached your pull rate limit.", FaultKind::RateLimited),
            ("Get \"http://r/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused", FaultKind::Unreachable),
            ("lookup registry.invalid on 10.0.0.1:53: no such host", FaultKind::Unreachable),
            ("filesystem layer verification failed for digest sha256:ab", FaultKind::BrokenDownload),
            (
                "happened during read: Digest did not match, expected sha256:ab, got sha256:cd",
                FaultKind::BrokenDownload,
            ),
            (
                "choosing an image from manifest list docker://r/x:1: no image found in image index for architecture \"amd64\"",
                FaultKind::WrongPlatform,
            ),
            ("exec: \"x\": executable file not found in $PATH: unknown", FaultKind::CommandMissing),
            (
                "unable to start container process: exec: \"/run.sh\": stat /run.sh: no such file or directory: unknown",
                FaultKind::CommandMissing,
            ),
            ("task 2421eff410001add: already exists", FaultKind::Leftover),
            ("netavark: unable to execute nft: No such file or directory (os error 2)", FaultKind::Other),
            ("Container ab is not running", FaultKind::NotRunning),
            ("No such container: ab", FaultKind::NotFound),
        ];
        for (message, kind) in table {
            assert_eq!(answered(message).kind, kind, "{message}");
        }
    }

    #[test]
    fn what_says_nothing_like_an_engine_is_none() {
        let told = |message: &str, column, doing: &Doing| {
            let error = Error::JsonDataError { message: message.to_owned(), column };
            Fault::from_client(&error).problem(doing).kind.id
        };
        assert_eq!(told("expected value at line 1 column 1", 1, &Doing::Look), "engine-foreign");
        assert_eq!(
            told("invalid type: map, expected a sequence at line 1 column 0", 0, &Doing::Connect),
            "engine-foreign"
        );
        assert_eq!(
            told("unknown variant `dozing`, expected one of `running` at line 1 column 812", 812, &Doing::Look),
            "engine-error"
        );
        assert_eq!(told("expected value at line 1 column 1", 1, &Doing::Start { unit: "db".into() }), "engine-error");
    }

    #[test]
    fn every_problem_has_a_fix_and_no_jargon() {
        let kinds = MEANINGS.iter().map(|(text, _)| answered(text)).chain([
            Fault { kind: FaultKind::Missing, message: String::new() },
            Fault { kind: FaultKind::Stopped, message: String::new() },
            Fault { kind: FaultKind::Permission, message: String::new() },
            Fault { kind: FaultKind::Hung, message: String::new() },
            Fault { kind: FaultKind::Lost, message: String::new() },
            answered("container daemon image volume network registry"),
        ]);
        let doings = [
            Doing::Connect,
            Doing::Download { unit: "db".into(), what: "PostgreSQL 17".into() },
            Doing::Create { unit: "db".into() },
            Doing::Start { unit: "db".into() },
            Doing::Run { unit: "api".into(), command: "npm ci".into() },
        ];
        for fault in kinds {
            for doing in &doings {
                let problem = fault.problem(doing);
                assert!(!problem.fixes.is_empty(), "{problem:?}");
                let text = format!("{} {} {}", problem.what, problem.why, problem.fixes.join(" "));
                for word in ["container", "daemon", "image", "volume", "registry", "socket", "layer", "digest"] {
                    assert!(!text.to_lowercase().contains(word), "{word}: {text}");
                }
            }
        }
    }
}
