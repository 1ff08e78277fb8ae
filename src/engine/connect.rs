//! Opens a connection to an engine, and finds the one that answers.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout_at};

use super::Engine;
use super::address::{Address, SaidBy, Wanted, wanted};
use super::explain::{Doing, Fault, FaultKind};
use super::places::{Flavour, flavour_at};
use crate::host::Surroundings;
use crate::problem::Problem;

/// Seconds that an answer's first byte may take. Stops and downloads have their own limits.
const ANSWER_LIMIT_S: u64 = 120;

/// How long one that nobody chose, and nobody has used, may keep those after it waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long those before it may still come forward when one has answered.
const GRACE: Duration = Duration::from_millis(250);

/// After this, one that has accepted the question and says nothing hangs.
const HANGS: Duration = Duration::from_millis(3500);

/// An engine that was asked whether it is there, and what came instead of an answer.
#[derive(Debug, Clone)]
pub struct Silent {
    pub address: Address,
    pub fault: Fault,
    /// Who listens there and hangs, where the system tells.
    pub listener: Option<Listener>,
}

/// A process that listens where an engine should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub pid: u32,
    /// What it was started with.
    pub command: Vec<String>,
}

/// Why there is no engine to work with.
#[derive(Debug, Clone)]
pub enum Unfound {
    /// Somebody chose one that can't be connected to.
    Unusable(Problem),
    Silent {
        /// None of these answers; empty = there is nothing in any usual place.
        asked: Vec<Silent>,
        /// The one that the last command used, if that was in a usual place.
        last: Option<Flavour>,
    },
}

impl Engine {
    /// Finds the engine to use: the one that somebody chose, or of those in the usual places the one used the last time, or the
    /// first that answers. While the one of last time is only slow, no other one takes its place: it has the data.
    ///
    /// # Errors
    /// None answers, or the one of last time does not. One that hangs is given up within 5 s.
    pub async fn find(surroundings: &Surroundings, last_url: Option<&str>) -> Result<Self, Unfound> {
        let mut addresses = match wanted(surroundings).map_err(Unfound::Unusable)? {
            Wanted::This(address) => vec![address],
            Wanted::Any(addresses) => addresses,
        };
        if let Some(last) = addresses.iter().position(|address| Some(address.url()) == last_url) {
            addresses[..=last].rotate_right(1);
            if addresses.len() > 1 {
                match tokio::time::timeout(HANGS, ask(&addresses[0])).await {
                    Ok(Ok(client)) => return Ok(Self::at(addresses.swap_remove(0), client, surroundings)),
                    Ok(Err(_)) => {}
                    Err(_) => {
                        let address = addresses.swap_remove(0);
                        let last = Some(address.flavour().clone());
                        let asked = vec![Silent::new(address, hung()).await];
                        return Err(Unfound::Silent { asked, last });
                    }
                }
            }
        }
        match first_to_answer(&addresses).await {
            Ok((chosen, client)) => Ok(Self::at(addresses.swap_remove(chosen), client, surroundings)),
            Err(faults) => {
                let silent = addresses.into_iter().zip(faults);
                let asked = silent.map(|(address, fault)| Silent::new(address, fault));
                let asked = futures_util::future::join_all(asked).await;
                let last = last_url.map(|url| flavour_at(url, surroundings));
                Err(Unfound::Silent { asked, last: last.filter(|last| *last != Flavour::Unknown) })
            }
        }
    }

    fn at(address: Address, client: Docker, surroundings: &Surroundings) -> Self {
        let client = client.with_request_modifier(mend_login_header);
        Self { client, mirrors: surroundings.mirrors.clone(), address }
    }

    /// One that answers nothing, for where nothing is asked of it.
    ///
    /// # Errors
    /// None that a person could meet.
    pub fn absent() -> Result<Self, Problem> {
        // Nobody listens on the lowest port of this computer.
        let address = Address::new("http://127.0.0.1:1".to_owned(), SaidBy::Usual, Flavour::Unknown);
        let client = open(address.url()).map_err(|fault| fault.problem(&Doing::Connect))?;
        Ok(Self::at(address, client, &Surroundings::default()))
    }

    /// Where it is, and who says so.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Runs a request with a limit, so that an engine that hangs is told from one that works.
    ///
    /// # Errors
    /// What the request answered, or [`FaultKind::Hung`].
    pub(super) async fn within<T>(
        limit: Duration,
        request: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, Fault> {
        match tokio::time::timeout(limit, request).await {
            Ok(answer) => answer.map_err(|error| Fault::from_client(&error)),
            Err(_) => Err(hung()),
        }
    }
}

impl Unfound {
    /// What a person is told who can do nothing more than read.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unusable(problem) => problem.clone(),
            Self::Silent { asked, .. } => match asked.iter().min_by_key(|silent| silent.fault.kind.is_absence()) {
                Some(Silent { address, fault, .. }) => address.explain(fault, &Doing::Connect),
                None => Fault { kind: FaultKind::Missing, message: String::new() }.problem(&Doing::Connect),
            },
        }
    }
}

impl Silent {
    async fn new(address: Address, fault: Fault) -> Self {
        let listener = if fault.kind == FaultKind::Hung { listener(&address).await } else { None };
        Self { address, fault, listener }
    }
}

/// The system tells who began to listen, also of one that does nothing any more.
async fn listener(address: &Address) -> Option<Listener> {
    const LIMIT: Duration = Duration::from_millis(200);
    let path = address.url().strip_prefix("unix://")?;
    let stream = tokio::time::timeout(LIMIT, tokio::net::UnixStream::connect(path)).await.ok()?.ok()?;
    let pid = u32::try_from(stream.peer_cred().ok()?.pid()?).ok()?;
    Some(Listener { pid, command: crate::host::command_of(pid) })
}

fn hung() -> Fault {
    Fault { kind: FaultKind::Hung, message: String::new() }
}

fn open(address: &str) -> Result<Docker, Fault> {
    let opened = if address.starts_with("unix://") {
        Docker::connect_with_unix(address, ANSWER_LIMIT_S, API_DEFAULT_VERSION)
    } else {
        Docker::connect_with_host(address)
    };
    opened.map_err(|error| Fault::from_client(&error))
}

/// Asks one whether it is there.
async fn ask(address: &Address) -> Result<Docker, Fault> {
    let client = open(address.url())?;
    let answer = client.ping().await.map_err(|error| Fault::from_client(&error))?;
    if answer.trim() == "OK" {
        return Ok(client);
    }
    Err(Fault { kind: FaultKind::Foreign, message: answer.chars().take(200).collect() })
}

/// Asks all at once: the first in order that answers, unless one before it takes too long.
///
/// # Errors
/// What came from each instead of an answer.
async fn first_to_answer(addresses: &[Address]) -> Result<(usize, Docker), Vec<Fault>> {
    let began = Instant::now();
    let questions = addresses.iter().enumerate().map(|(index, address)| async move { (index, ask(address).await) });
    let mut questions: FuturesUnordered<_> = questions.collect();
    let mut faults: Vec<Option<Fault>> = vec![None; addresses.len()];
    let mut best: Option<(usize, Docker)> = None;
    let mut until = began + HANGS;
    while let Ok(Some((index, answer))) = timeout_at(until, questions.next()).await {
        match answer {
            Ok(client) => {
                if best.as_ref().is_none_or(|(best, _)| index < *best) {
                    best = Some((index, client));
                }
                until = (Instant::now() + GRACE).min(began + PATIENCE).max(Instant::now());
            }
            Err(fault) => faults[index] = Some(fault),
        }
        if let Some(sure) = best.take_if(|(best, _)| faults[..*best].iter().all(Option::is_some)) {
            return Ok(sure);
        }
    }
    best.ok_or_else(|| faults.into_iter().map(|fault| fault.unwrap_or_else(hung)).collect())
}

/// The client crate encodes logins with the standard base64 alphabet where engines expect the one safe for URLs.
fn mend_login_header(mut request: bollard::BollardRequest) -> bollard::BollardRequest {
    if let Some(value) = request.headers_mut().get_mut("x-registry-auth") {
        let safe = value.to_str().map(|text| text.replace('+', "-").replace('/', "_"));
        if let Ok(Ok(header)) = safe.map(|text| http::HeaderValue::from_str(&text)) {
            *value = header;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    use super::*;

    /// What listens in a place.
    #[derive(Clone, Copy)]
    enum Answer {
        Ok,
        /// Like [`Answer::Ok`], later than an engine in good health.
        Late,
        /// Accepts, and says nothing.
        Nothing,
        /// Nobody listens there any more.
        Gone,
        HangsUp,
        Garbage,
        Page,
    }

    fn listen(place: &Path, answer: Answer) {
        crate::host::create_folder(place.parent().unwrap()).unwrap();
        let listener = UnixListener::bind(place).unwrap();
        if matches!(answer, Answer::Gone) {
            return;
        }
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let page = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                let text = match answer {
                    Answer::Nothing => {
                        kept.push(stream);
                        continue;
                    }
                    Answer::HangsUp | Answer::Gone => continue,
                    Answer::Garbage => "220 mail.example ESMTP ready\r\n".to_owned(),
                    Answer::Ok | Answer::Late => page("OK"),
                    Answer::Page => page("<html>Welcome</html>"),
                };
                if matches!(answer, Answer::Late) {
                    tokio::time::sleep(PATIENCE * 3 / 2).await;
                }
                let mut question = [0; 1024];
                let _ = stream.read(&mut question).await;
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
    }

    struct Computer {
        place: tempfile::TempDir,
        surroundings: Surroundings,
    }

    const ENGINE: &str = "var/run/docker.sock";
    const COLIMA: &str = "home/.colima/dev/docker.sock";
    const RANCHER: &str = "home/.rd/docker.sock";
    const PODMAN: &str = "run/podman/podman.sock";

    impl Computer {
        fn with(places: &[(&str, Answer)]) -> Self {
            let place = tempfile::tempdir().unwrap();
            let surroundings = Surroundings::below(place.path());
            places.iter().for_each(|(path, answer)| listen(&place.path().join(path), *answer));
            Self { place, surroundings }
        }

        fn url(&self, path: &str) -> String {
            format!("unix://{}", self.place.path().join(path).display())
        }

        /// Which one is found, and after how long.
        async fn find(&self, last: Option<&str>) -> (Result<String, Unfound>, Duration) {
            let began = Instant::now();
            let last = last.map(|path| self.url(path));
            let found = Engine::find(&self.surroundings, last.as_deref()).await;
            (found.map(|engine| engine.address().flavour().to_string()), began.elapsed())
        }
    }

    #[tokio::test]
    async fn the_first_that_answers_is_used_and_a_hung_one_costs_a_moment() {
        let computer = Computer::with(&[(ENGINE, Answer::Nothing), (COLIMA, Answer::Ok), (PODMAN, Answer::Ok)]);
        let (found, took) = computer.find(None).await;
        assert_eq!(found.unwrap(), "Docker of Colima (profile dev)");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }

    #[tokio::test]
    async fn the_one_of_last_time_is_asked_first_and_another_if_it_is_gone() {
        let computer = Computer::with(&[(ENGINE, Answer::Ok), (COLIMA, Answer::Ok), (PODMAN, Answer::Nothing)]);
        assert_eq!(computer.find(None).await.0.unwrap(), "Docker Engine");
        assert_eq!(computer.find(Some(COLIMA)).await.0.unwrap(), "Docker of Colima (profile dev)");
        crate::host::remove_file(&computer.place.path().join(COLIMA));
        assert_eq!(computer.find(Some(COLIMA)).await.0.unwrap(), "Docker Engine");
    }

    #[tokio::test]
    async fn the_one_of_last_time_is_waited_for_and_no_other_takes_its_place() {
        let computer = Computer::with(&[(ENGINE, Answer::Ok), (COLIMA, Answer::Late), (PODMAN, Answer::Nothing)]);
        assert_eq!(computer.find(Some(COLIMA)).await.0.unwrap(), "Docker of Colima (profile dev)");
        let (found, took) = computer.find(Some(PODMAN)).await;
        let unfound = found.unwrap_err();
        assert_eq!(unfound.problem().kind.id, "engine-hung");
        assert!(took < Duration::from_secs(5), "{took:?}");
        let Unfound::Silent { last, .. } = unfound else { panic!("{unfound:?}") };
        assert_eq!(last, Some(Flavour::Podman));
    }

    #[tokio::test]
    async fn another_one_is_taken_where_that_of_last_time_refuses() {
        let computer = Computer::with(&[(ENGINE, Answer::Ok), (COLIMA, Answer::Gone), (PODMAN, Answer::HangsUp)]);
        for last in [COLIMA, PODMAN] {
            let (found, took) = computer.find(Some(last)).await;
            assert_eq!(found.unwrap(), "Docker Engine");
            assert!(took < Duration::from_millis(1500), "{took:?}");
        }
    }

    #[tokio::test]
    async fn where_none_answers_each_is_told_with_its_reason_in_time() {
        let computer = Computer::with(&[
            (ENGINE, Answer::Nothing),
            (COLIMA, Answer::Garbage),
            (RANCHER, Answer::Gone),
            (PODMAN, Answer::Page),
        ]);
        let (found, took) = computer.find(None).await;
        let Err(Unfound::Silent { asked: silent, last }) = found else { panic!("{found:?}") };
        let kinds: Vec<_> = silent.iter().map(|one| one.fault.kind).collect();
        assert_eq!(kinds, [FaultKind::Hung, FaultKind::Lost, FaultKind::Stopped, FaultKind::Foreign]);
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(Unfound::Silent { asked: silent, last }.problem().kind.id, "engine-hung");
    }

    #[tokio::test]
    async fn one_that_refuses_is_told_at_once() {
        let computer = Computer::with(&[(ENGINE, Answer::HangsUp)]);
        let (found, took) = computer.find(None).await;
        assert_eq!(found.unwrap_err().problem().kind.id, "engine-lost");
        assert!(took < Duration::from_millis(500), "{took:?}");
        let (found, took) = Computer::with(&[]).find(None).await;
        assert_eq!(found.unwrap_err().problem().kind.id, "engine-missing");
        assert!(took < Duration::from_millis(500), "{took:?}");
    }

    #[tokio::test]
    async fn no_other_one_is_used_than_the_one_that_was_chosen() {
        let mut computer = Computer::with(&[(ENGINE, Answer::Ok)]);
        computer.surroundings.docker_host = Some("unix:///nonexistent/engine.sock".to_owned());
        assert_eq!(computer.find(Some(ENGINE)).await.0.unwrap_err().problem().kind.id, "engine-elsewhere");
    }
}
