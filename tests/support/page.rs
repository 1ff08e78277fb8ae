//! The page of `devenv ui` as a test opens it: its process, its address, and requests of any kind.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Folder, Ran, Running};

/// Nothing that is to be told takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// A page that is open, and ends with the test.
pub struct Page {
    running: Option<Running>,
    /// With the key.
    pub url: String,
    pub port: u16,
}

/// An answer to a request: its status, and all of it.
pub struct Answered {
    pub status: u16,
    pub text: String,
}

impl Page {
    pub fn open(folder: &Folder) -> Self {
        Self::start(folder.command(&["ui", "--json"]))
    }

    /// With the command as it is given.
    pub fn start(command: Command) -> Self {
        let running = Running::start(command);
        let told: Value = serde_json::from_str(&running.wait_for_line("\"url\"")).unwrap();
        let url = told["url"].as_str().unwrap().to_owned();
        assert_eq!(told["opened"], false, "nobody sits at a terminal");
        let port = url.trim_start_matches("http://127.0.0.1:").split('/').next().unwrap().parse().unwrap();
        Self { running: Some(running), url, port }
    }

    /// The process that shows it.
    pub fn process(&self) -> u32 {
        self.running.as_ref().unwrap().id()
    }

    /// Ends it as Ctrl-C does.
    pub fn end(mut self) -> Ran {
        self.running.take().unwrap().signal_after(Duration::ZERO, Signal::INT)
    }

    /// Reads along with everything that is new.
    pub fn events(&self, cookie: &str) -> Events {
        let mut stream = self.connect();
        // Of the old version, so that the answer comes as it is and not in numbered pieces.
        let request = format!("GET /events HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nCookie: {cookie}\r\n\r\n", self.port);
        stream.write_all(request.as_bytes()).unwrap();
        Events { lines: BufReader::new(stream).lines(), last: Value::Null }
    }

    /// Wants something to be done, as the page's buttons do.
    pub fn wish(&self, cookie: &str, wish: &str) -> Answered {
        let origin = format!("Origin: http://127.0.0.1:{}\r\n", self.port);
        self.ask(cookie, "POST /wishes", &format!("{origin}Content-Type: application/json\r\n"), wish)
    }

    /// The path of the address with the key.
    pub fn entrance(&self) -> &str {
        &self.url[self.url.find("/open").unwrap()..]
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// Sends a request as it is written, with `{port}` for the port; answers what came until the other side had said all.
    pub fn raw(&self, request: &str) -> Answered {
        let mut stream = self.connect();
        // Whoever does not want to hear all of it closes early.
        let _ = stream.write_all(request.replace("{port}", &self.port.to_string()).as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answered { status: text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0), text }
    }

    /// The cookie in exchange for the key.
    pub fn cookie(&self) -> String {
        let entered = self
            .raw(&format!("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\nConnection: close\r\n\r\n", self.entrance()));
        assert_eq!(entered.status, 303, "{}", entered.text);
        let line = entered.text.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict"), "{line}");
        line.split(';').next().unwrap().to_owned()
    }

    /// A request with the cookie and these headers beside it, each with its line end.
    pub fn ask(&self, cookie: &str, head: &str, headers: &str, body: &str) -> Answered {
        self.raw(&format!(
            "{head} HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\nCookie: {cookie}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// What is told to whoever reads along.
pub struct Events {
    lines: std::io::Lines<BufReader<TcpStream>>,
    last: Value,
}

impl Events {
    /// The next picture that is like this.
    pub fn picture(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        self.next("{", is_meant)
    }

    /// The next line of output with this text: all that is told of it.
    pub fn line(&mut self, text: &str) -> Value {
        let has_text = |line: &&Value| line[4].as_str().unwrap().contains(text);
        let lines = self.next("[", |lines| lines.as_array().unwrap().iter().any(|line| has_text(&line)));
        lines.as_array().unwrap().iter().find(has_text).unwrap().clone()
    }

    /// The next document that begins so and is like this.
    fn next(&mut self, begins: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let line = self.lines.next().map(Result::unwrap);
            // Now and then comes an empty word, which says that there is nothing new.
            let Some(line) = line.filter(|_| began.elapsed() < LIMIT) else { break };
            let Some(document) = line.strip_prefix("data: ").filter(|text| text.starts_with(begins)) else { continue };
            self.last = serde_json::from_str(document).unwrap();
            if is_meant(&self.last) {
                return self.last.clone();
            }
        }
        panic!("it was not told; the last was {:#}", self.last);
    }
}

/// The state of a service or app in a picture.
pub fn state<'a>(picture: &'a Value, name: &str) -> &'a str {
    let row = picture["rows"].as_array().unwrap().iter().find(|row| row["name"] == name);
    row.and_then(|row| row["state"].as_str()).unwrap_or_default()
}
