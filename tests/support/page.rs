//! The page of `devenv ui` as a test opens it: its process, its address, and requests of any kind.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{Folder, Ran, Running};

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
        let running = Running::start(folder.command(&["ui", "--json"]));
        let told: serde_json::Value = serde_json::from_str(&running.wait_for_line("\"url\"")).unwrap();
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

    /// The path of the address with the key.
    pub fn entrance(&self) -> &str {
        &self.url[self.url.find("/open").unwrap()..]
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
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
