//! A real browser without a window, driven as a person does: by what can be seen and pressed, found by the names that a screen
//! reader speaks.
//!
//! It is spoken to over a pipe, in the protocol of its developer tools; that takes no other program and no library.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

/// Nothing that a page is waited for takes longer.
const LIMIT: Duration = Duration::from_secs(40);

/// What a browser says of whatever it was loading when a network interface came or went, as they do with every service that other
/// tests start and stop; the page has to cope with it.
const NETWORK_CHANGED: &str = "net::ERR_NETWORK_CHANGED";

/// One tab of a browser of its own, which ends with the test.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
    session: Option<String>,
    last: u64,
    events: VecDeque<Value>,
    /// How often something was clicked.
    pub clicks: usize,
    profile: PathBuf,
}

/// What can be pressed or read, by its role and the name that is spoken.
pub type Control<'a> = (&'a str, &'a str);

impl Browser {
    /// # Panics
    /// There is no Chromium: these tests fail then, they are never skipped.
    pub fn start(place: &Path) -> Self {
        // Its pipes are to be the third and fourth of a process, which only a shell can arrange.
        const PIPED: &str = "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null";
        let profile = place.join("browser");
        let mut command = Command::new("sh");
        command.args(["-c", PIPED, "sh", &program(), "--headless=new", "--remote-debugging-pipe", "--no-sandbox"]);
        command.args(["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"]);
        command.arg(format!("--user-data-dir={}", profile.display())).arg("about:blank");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (tell, answers) = channel();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|number| number > 0) {
                message.pop();
                if tell.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
                message.clear();
            }
        });
        let input = child.stdin.take().unwrap();
        let mut browser =
            Self { child, input, answers, session: None, last: 0, events: VecDeque::new(), clicks: 0, profile };
        browser.take_tab();
        browser
    }

    fn take_tab(&mut self) {
        let tab = self.call("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = self.call("Target.attachToTarget", json!({ "targetId": tab, "flatten": true }));
        self.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network", "DOM", "Accessibility"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
        self.size(1360, 860);
    }

    /// Opens an address and waits until all of it is there.
    pub fn open(&mut self, url: &str) {
        self.events.clear();
        let opened = self.call("Page.navigate", json!({ "url": url }));
        if opened["errorText"] == NETWORK_CHANGED {
            return self.open(url);
        }
        assert!(opened["errorText"].is_null(), "{url}: {opened}");
        self.event("Page.loadEventFired");
    }

    /// The value of an expression, awaited where it is a promise.
    pub fn value(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = loop {
            match self.try_call("Runtime.evaluate", asked.clone()) {
                Ok(answer) => break answer,
                // The page begins anew by itself when it was interrupted while it was loaded.
                Err(error) if ["navigated", "destroyed", "context"].iter().any(|it| error.to_string().contains(it)) => {
                }
                Err(error) => panic!("{expression}: {error}"),
            }
        };
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true, asked with each frame that the browser paints.
    pub fn wait_until(&mut self, expression: &str) {
        let milliseconds = LIMIT.as_millis() - 5000;
        let script = format!(
            "new Promise((done) => {{ const began = performance.now(); const look = () => {{
                if ({expression}) done(true); else if (performance.now() - began > {milliseconds}) done(false);
                else requestAnimationFrame(look); }}; look(); }})"
        );
        if self.value(&script) != true {
            self.screenshot("waited-in-vain");
            self.give_up(&format!("it never came to {expression}"));
        }
    }

    /// Waits until something is there that has this role and name, and is seen.
    pub fn wait_for(&mut self, control: Control) {
        self.find(control);
    }

    /// Presses the one visible thing of this role and name, with the mouse.
    pub fn click(&mut self, control: Control) {
        let began = Instant::now();
        let quads = loop {
            let node = json!({ "backendNodeId": self.find(control) });
            // It may just be replaced by another one.
            let seen = self.try_call("DOM.scrollIntoViewIfNeeded", node.clone());
            match seen.and_then(|_| self.try_call("DOM.getContentQuads", node)) {
                Ok(quads) if quads["quads"][0].is_array() => break quads,
                Ok(_) | Err(_) => assert!(began.elapsed() < LIMIT, "{control:?} is nowhere"),
            }
        };
        let corner = |index: usize| quads["quads"][0][index].as_f64().unwrap();
        let (x, y) = ((corner(0) + corner(4)) / 2.0, (corner(1) + corner(5)) / 2.0);
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let press = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", press);
        }
        self.clicks += 1;
    }

    /// Types into what has the focus.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Presses a key by its name.
    pub fn press(&mut self, key: &str) {
        /// What the browser itself acts on is known to it by number.
        const NUMBERS: &[(&str, u32)] =
            &[("Tab", 9), ("Enter", 13), ("Escape", 27), ("ArrowLeft", 37), ("ArrowRight", 39)];
        let number = NUMBERS.iter().find(|(name, _)| *name == key).map_or(0, |(_, number)| *number);
        let typed = if key == "Enter" { "\r" } else { key };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" && typed.len() == 1 { typed } else { "" };
            let press = json!({ "type": kind, "key": key, "code": key, "text": text, "windowsVirtualKeyCode": number });
            self.call("Input.dispatchKeyEvent", press);
        }
    }

    pub fn size(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// `light` or `dark`, as the person has it everywhere.
    pub fn prefer(&mut self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call("Emulation.setEmulatedMedia", json!({ "features": [feature] }));
    }

    /// Keeps what is seen, to be looked at by a person: `target/tmp/page/NAME.png`.
    pub fn screenshot(&mut self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
        std::fs::create_dir_all(&folder).unwrap();
        // What moves to its end is there.
        self.value(
            "document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
                .forEach((one) => one.finish())",
        );
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        let bytes = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    /// What the browser complained about, and every address that it asked.
    pub fn complaints_and_requests(&mut self) -> (Vec<String>, Vec<String>) {
        // Everything before this answer has been told.
        self.call("Runtime.evaluate", json!({ "expression": "0" }));
        let (mut complaints, mut requests) = (Vec::new(), Vec::new());
        for event in &self.events {
            let what = &event["params"];
            if event.to_string().contains(NETWORK_CHANGED) {
                continue;
            }
            match event["method"].as_str().unwrap() {
                "Network.loadingFailed" => complaints.push(what.to_string()),
                "Log.entryAdded" if what["entry"]["level"] == "error" => complaints.push(what["entry"].to_string()),
                "Runtime.exceptionThrown" => complaints.push(what["exceptionDetails"].to_string()),
                "Network.requestWillBeSent" => requests.push(what["request"]["url"].as_str().unwrap().to_owned()),
                _ => {}
            }
        }
        (complaints, requests)
    }

    /// The browser's number of the one that is seen.
    fn find(&mut self, (role, name): Control) -> u64 {
        let began = std::time::Instant::now();
        loop {
            let root = self.call("DOM.getDocument", json!({ "depth": 0 }))["root"]["nodeId"].clone();
            let asked = json!({ "nodeId": root, "role": role, "accessibleName": name });
            let found = self.call("Accessibility.queryAXTree", asked);
            let nodes = found["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false);
            let nodes: Vec<u64> = nodes.filter_map(|node| node["backendDOMNodeId"].as_u64()).collect();
            match nodes.as_slice() {
                [one] => return *one,
                [] if began.elapsed() < LIMIT => drop(self.value("new Promise(requestAnimationFrame)")),
                [] => {
                    self.screenshot("not-found");
                    self.give_up(&format!("there is no {role} called {name:?}"));
                }
                several => panic!("there are {} {role}s called {name:?}", several.len()),
            }
        }
    }

    /// Fails, and tells all that may say why.
    fn give_up(&mut self, why: &str) -> ! {
        let page = self.value("document.body.innerText");
        let (complaints, requests) = self.complaints_and_requests();
        panic!("{why}\n{complaints:#?}\n{requests:#?}\nthe page says:\n{}", page.as_str().unwrap_or_default());
    }

    /// Waits for an event.
    fn event(&mut self, method: &str) -> Value {
        loop {
            if let Some(event) = self.events.iter().find(|event| event["method"] == method) {
                return event.clone();
            }
            self.receive();
        }
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let shown = parameters.to_string();
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{method} {shown}: {error}"))
    }

    /// The answer, or why there is none.
    fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let Some(answer) = self.receive() else { continue };
            if answer["id"] == self.last {
                let error = answer["error"].clone();
                return if error.is_null() { Ok(answer["result"].clone()) } else { Err(error) };
            }
        }
    }

    /// An answer; events are kept.
    fn receive(&mut self) -> Option<Value> {
        let message =
            self.answers.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("the browser has gone, or says nothing"));
        if message["method"].is_null() {
            return Some(message);
        }
        self.events.push_back(message);
        None
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn program() -> String {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let found = names.iter().find(|name| folders.iter().any(|folder| folder.join(name).exists()));
    let missing = "this test needs Chromium; start all tests with tests/run, or: apt-get install chromium";
    found.unwrap_or_else(|| panic!("{missing}")).to_string()
}
