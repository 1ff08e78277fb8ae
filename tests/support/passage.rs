//! A passage between the program and its engine, where requests and answers can be held up, broken and replaced.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::bed::Checkout;

/// What is done to a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// It never arrives, and the connection breaks.
    Cut,
    /// It arrives; the connection breaks after so many bytes of the answer.
    CutAnswer(usize),
    /// Its answer is this instead, byte for byte.
    Answer(String),
    /// From here on nothing comes through, this request included, and nobody is told.
    Freeze,
    /// It passes; this is done to the next request that begins so.
    AtNext(String, Box<Act>),
}

impl Act {
    /// An answer of the engine's: a status line's end (`409 Conflict`) and a message.
    pub fn refuse(status: &str, message: &str) -> Self {
        let body = serde_json::json!({ "message": message }).to_string();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}", body.len());
        Self::Answer(format!("{head}\r\n\r\n{body}"))
    }
}

struct Rule {
    /// How a request begins, for example `POST /containers/create`.
    begins: String,
    /// What it contains.
    with: Option<String>,
    /// What it does not contain.
    without: Option<String>,
    act: Act,
    times: usize,
}

#[derive(Default)]
struct State {
    open: Mutex<Vec<UnixStream>>,
    rules: Mutex<Vec<Rule>>,
    met: AtomicUsize,
    frozen: AtomicBool,
    closed: AtomicBool,
}

/// Hands everything through until it is told otherwise.
pub struct Passage {
    state: Arc<State>,
}

impl Passage {
    /// Stands between a checkout and its engine from now on.
    pub fn in_front_of(checkout: &mut Checkout) -> Self {
        let engine = checkout.variables["DOCKER_HOST"].trim_start_matches("unix://").to_owned();
        let path = checkout.place.path().join("passage.sock");
        // One that stood there before goes on with whom it let in.
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        checkout.set("DOCKER_HOST", &format!("unix://{}", path.display()));
        let state = Arc::<State>::default();
        let shared = state.clone();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|visitor| admit(visitor, &engine, &shared)));
        Self { state }
    }

    /// Does this to the next requests that begin so.
    pub fn at(&self, begins: &str, act: Act, times: usize) {
        self.rule((begins, None), None, act, times);
    }

    /// Does this to all requests that begin so and contain a text.
    pub fn at_those_with(&self, begins: &str, text: &str, act: Act) {
        self.rule((begins, Some(text)), None, act, usize::MAX);
    }

    /// The same, for the first of them only.
    pub fn at_first_with(&self, begins: &str, text: &str, act: Act) {
        self.rule((begins, Some(text)), None, act, 1);
    }

    /// The same, for those that do not contain a text.
    pub fn at_those_without(&self, begins: &str, text: &str, act: Act) {
        self.rule((begins, None), Some(text), act, usize::MAX);
    }

    /// The same, for the first of them only.
    pub fn at_first_without(&self, begins: &str, text: &str, act: Act, times: usize) {
        self.rule((begins, None), Some(text), act, times);
    }

    fn rule(&self, (begins, with): (&str, Option<&str>), without: Option<&str>, act: Act, times: usize) {
        let (begins, with, without) = (begins.to_owned(), with.map(str::to_owned), without.map(str::to_owned));
        self.state.rules.lock().unwrap().push(Rule { begins, with, without, act, times });
    }

    /// How many requests something was done to.
    pub fn met(&self) -> usize {
        self.state.met.load(Ordering::SeqCst)
    }

    /// From now on nothing comes through, and nobody is told.
    pub fn freeze(&self) {
        self.state.frozen.store(true, Ordering::SeqCst);
    }

    /// Every connection breaks, and each new one does.
    pub fn close(&self) {
        self.state.closed.store(true, Ordering::SeqCst);
        for stream in self.state.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// New connections are let through again.
    pub fn open(&self) {
        self.state.frozen.store(false, Ordering::SeqCst);
        self.state.closed.store(false, Ordering::SeqCst);
    }
}

fn admit(visitor: UnixStream, engine: &str, state: &Arc<State>) {
    let Ok(behind) = UnixStream::connect(engine) else { return };
    {
        let mut open = state.open.lock().unwrap();
        // Whoever closes says so first, and then takes all that are here.
        if state.closed.load(Ordering::SeqCst) {
            return;
        }
        open.extend([visitor.try_clone().unwrap(), behind.try_clone().unwrap()]);
    }
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let (answers, answered, limit, of) =
        (behind.try_clone().unwrap(), visitor.try_clone().unwrap(), left.clone(), state.clone());
    std::thread::spawn(move || pass_answers(answers, answered, &limit, &of));
    let state = state.clone();
    std::thread::spawn(move || pass_requests(visitor, behind, &left, &state));
}

fn pass_requests(mut from: UnixStream, mut to: UnixStream, left: &AtomicUsize, state: &State) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(number @ 1..) = from.read(&mut buffer) {
        let request = &buffer[..number];
        if state.frozen.load(Ordering::SeqCst) {
            return hold(&mut from, state);
        }
        match state.act_on(request) {
            None => {}
            Some(Act::AtNext(..)) => {}
            Some(Act::Freeze) => return hold(&mut from, state),
            Some(Act::CutAnswer(bytes)) => left.store(bytes, Ordering::SeqCst),
            Some(Act::Cut) => {
                let _ = from.shutdown(Shutdown::Both);
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
            Some(Act::Answer(text)) => {
                let _ = from.write_all(text.as_bytes());
                continue;
            }
        }
        if to.write_all(request).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn pass_answers(mut from: UnixStream, mut to: UnixStream, left: &AtomicUsize, state: &State) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(number @ 1..) = from.read(&mut buffer) {
        if state.frozen.load(Ordering::SeqCst) {
            return hold(&mut from, state);
        }
        let may = left.load(Ordering::SeqCst);
        if to.write_all(&buffer[..number.min(may)]).is_err() {
            // Who asked has gone away, and the engine has to know.
            let _ = from.shutdown(Shutdown::Both);
            break;
        }
        if may != usize::MAX {
            left.store(may.saturating_sub(number), Ordering::SeqCst);
            if may <= number {
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Kept open: whoever waits goes on waiting.
fn hold(from: &mut UnixStream, state: &State) {
    let mut buffer = [0; 1024];
    while state.frozen.load(Ordering::SeqCst) {
        if !from.read(&mut buffer).is_ok_and(|number| number > 0) {
            return;
        }
    }
}

impl State {
    fn act_on(&self, request: &[u8]) -> Option<Act> {
        let text = String::from_utf8_lossy(request);
        let mut rules = self.rules.lock().unwrap();
        let fits = |rule: &&mut Rule| {
            let without = rule.without.as_ref().is_none_or(|without| !text.contains(without));
            let with = rule.with.as_ref().is_none_or(|with| text.contains(with));
            rule.times > 0 && with && without && text.starts_with(&rule.begins)
        };
        let rule = rules.iter_mut().find(fits)?;
        rule.times -= 1;
        let act = rule.act.clone();
        match &act {
            Act::AtNext(begins, act) => {
                let (begins, act) = (begins.clone(), (**act).clone());
                rules.push(Rule { begins, with: None, without: None, act, times: 1 });
            }
            Act::Freeze => self.frozen.store(true, Ordering::SeqCst),
            _ => {}
        }
        self.met.fetch_add(1, Ordering::SeqCst);
        Some(act)
    }
}
