//! Apps on this computer itself, where there is no engine at all: agreed to, supervised, gone without a trace.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Deref;

use crate::support::{Folder, Ran, Running};

/// A repo whose host apps are stopped when the test ends, whatever comes of it.
struct Shop(Folder);

impl Deref for Shop {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.command(&["down"]).output();
        for (pid, _) in self.processes() {
            signal(pid, rustix::process::Signal::KILL);
        }
    }
}

/// A web server in Python that answers with what `answer` evaluates to.
fn server(answer: &str) -> String {
    format!(
        "import http.server, os, sys\nclass H(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        \
         self.send_response(200); self.end_headers(); self.wfile.write(str({answer}).encode())\n    \
         def log_message(self, *a): pass\n\
         listening = http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), H)\n\
         print('listening', flush=True)\nlistening.serve_forever()\n"
    )
}

impl Shop {
    /// `PORT` in the manifest becomes one that nobody else wants.
    fn new(manifest: &str) -> Self {
        let shop = Self(Folder::empty());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        shop.write("dev.yaml", manifest.replace("PORT", &port.to_string()));
        shop
    }

    /// With the app `web`, which answers with its variable `GREETING`.
    fn greeting(more: &str) -> Self {
        let shop = Self::new(&format!(
            "apps:\n  web:\n    runtime: host\n    run: exec python3 server.py\n    port: PORT\n    env: {{ GREETING: hello }}\n{more}"
        ));
        shop.write("server.py", server("os.environ['GREETING']"));
        shop
    }

    fn change(&self, from: &str, to: &str) {
        self.write("dev.yaml", self.read("dev.yaml").replace(from, to));
    }

    #[track_caller]
    fn up(&self) -> Ran {
        self.run(&["up", "--yes"]).expect_success()
    }

    #[track_caller]
    fn row(&self, name: &str) -> serde_json::Value {
        let document = self.run(&["status", "--json"]).expect_success().json();
        document["services"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone()
    }

    #[track_caller]
    fn get(&self, name: &str) -> String {
        let port = u16::try_from(self.row(name)["port"].as_u64().unwrap()).unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Everything that runs on behalf of this repo: its number and its command line.
    fn processes(&self) -> Vec<(i32, String)> {
        let mark = format!("DEVENV_HOME={}", self.variables["DEVENV_HOME"]);
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse::<i32>().ok()?;
            let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).ok();
            let ours = read("environ")?.split(|byte| *byte == 0).any(|one| one == mark.as_bytes());
            ours.then(|| Some((pid, String::from_utf8_lossy(&read("cmdline")?).replace('\0', " "))))?
        });
        processes.collect()
    }

    #[track_caller]
    fn process(&self, with: &str) -> i32 {
        let found = self.processes();
        found.iter().find(|(_, line)| line.contains(with)).unwrap_or_else(|| panic!("no {with} in {found:?}")).0
    }
}

fn signal(pid: i32, signal: rustix::process::Signal) {
    let _ = rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal);
}

#[test]
fn nothing_runs_on_this_computer_before_it_was_agreed_to_once_and_again_when_it_changes() {
    let shop = Shop::greeting("    setup: [touch ran]\n");
    let refused = shop.run(&["up"]).expect_code(1);
    for text in ["[agreement-needed]", "web: sets up with touch ran", "web: runs exec python3 server.py", "up --yes"] {
        assert!(refused.stderr.contains(text), "{text} in {}", refused.stderr);
    }
    assert!(!shop.root().join("ran").exists() && shop.processes().is_empty());
    shop.up();
    assert!(shop.root().join("ran").exists());
    shop.run(&["down"]).expect_success();
    // Agreed to already.
    shop.run(&["up"]).expect_success();
    shop.change("exec python3 server.py", "exec python3 -u server.py");
    let changed = shop.run(&["up"]).expect_code(1).stderr;
    assert!(changed.contains("- web: runs exec python3 server.py"), "{changed}");
    assert!(changed.contains("+ web: runs exec python3 -u server.py") && !changed.contains("touch ran"), "{changed}");
    // What ran before goes on.
    assert_eq!(shop.get("web"), "hello");
    // A variable may decide what a program does.
    shop.change("-u server.py", "server.py");
    shop.change("GREETING: hello", "GREETING: bye");
    assert!(shop.run(&["up"]).expect_code(1).stderr.contains("+ web: sets GREETING=bye"));
    // And back to what was agreed to.
    shop.change("GREETING: bye", "GREETING: hello");
    shop.run(&["up"]).expect_success();
}

#[test]
fn it_outlives_the_command_and_the_terminal_and_is_stopped_with_everything_it_started() {
    let shop = Shop::greeting("");
    shop.change("exec python3", "(setsid sleep 7654 &) ; sleep 7655 & python3");
    shop.up();
    let supervisor = shop.process("supervise");
    signal(supervisor, rustix::process::Signal::HUP);
    assert_eq!(shop.get("web"), "hello");
    let status = shop.row("web");
    assert_eq!(
        (&status["kind"], &status["state"], &status["version"]),
        (&"app".into(), &"ready".into(), &"host".into())
    );
    for child in ["sleep 7654", "sleep 7655", "server.py"] {
        shop.process(child);
    }
    let again = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(again.events("plan")[0]["steps"], 0);
    shop.run(&["down"]).expect_success();
    assert_eq!(shop.processes(), []);
    assert_eq!(shop.row("web")["state"], "stopped");
    shop.run(&["up"]).expect_success();
    shop.run(&["restart", "web"]).expect_success();
    shop.run(&["down", "web"]).expect_success();
    assert_eq!(shop.processes(), []);
}

#[test]
fn a_crash_at_the_start_is_told_at_once_with_its_last_lines() {
    let shop =
        Shop::new("apps: { web: { runtime: host, run: 'echo first; echo no database >&2; exit 3', port: PORT } }\n");
    let up = shop.run(&["up", "--yes", "--json"]).expect_code(1);
    let problem = &up.events("problem")[0];
    assert!(problem["output"].as_array().unwrap().contains(&"no database".into()), "{problem}");
    assert!(up.events("done")[0]["elapsed_ms"].as_u64().unwrap() < 5000);
    assert_eq!(shop.processes(), []);
    let logs = shop.run(&["logs"]).expect_success().stdout;
    assert!(logs.contains("| first") && logs.contains("| no database"), "{logs}");
}

#[test]
fn a_tool_that_is_not_installed_is_explained() {
    let shop =
        Shop::new("apps: { web: { runtime: host, setup: [no-such-tool ci], run: 'node server.js', port: PORT } }\n");
    let up = shop.run(&["up", "--yes"]).expect_code(1).stderr;
    assert!(up.contains("[tool-missing]") && up.contains("`no-such-tool` is not installed"), "{up}");
    let shop = Shop::new("apps: { web: { runtime: host, run: 'PATH=/nowhere; npm start', port: PORT } }\n");
    let up = shop.run(&["up", "--yes"]).expect_code(1).stderr;
    assert!(up.contains("install npm") && up.contains("`runtime: node`"), "{up}");
}

#[test]
fn another_setting_replaces_it_and_its_values_are_those_of_this_computer() {
    let shop = Shop::greeting(
        "  worker: { runtime: host, run: 'echo \"asks $WEB at $(pwd)\"; exec sleep 7656', path: jobs, env: { WEB: \"${web.url}\" } }\n",
    );
    shop.write("jobs/readme", "");
    shop.up();
    let port = shop.row("web")["port"].clone();
    let logs = shop.run(&["logs", "worker"]).expect_success().stdout;
    let folder = shop.root().join("jobs");
    assert!(logs.contains(&format!("asks http://localhost:{port} at {}", folder.display())), "{logs}");
    let before = shop.process("sleep 7656");
    shop.change("GREETING: hello", "GREETING: bye");
    shop.up();
    assert_eq!(shop.get("web"), "bye");
    // What did not change was left alone.
    assert_eq!((shop.process("sleep 7656"), shop.row("web")["port"].clone()), (before, port));
}

#[test]
fn a_killed_supervisor_leaves_nothing_behind_that_the_next_up_does_not_find() {
    let shop = Shop::greeting("");
    shop.up();
    let port = shop.row("web")["port"].clone();
    let orphan = shop.process("server.py");
    signal(shop.process("supervise"), rustix::process::Signal::KILL);
    let told = |row: serde_json::Value| row["state"] == "stopped";
    while !told(shop.row("web")) {}
    shop.run(&["up"]).expect_success();
    assert_eq!((shop.get("web"), shop.row("web")["port"].clone()), ("hello".to_owned(), port));
    assert!(shop.process("server.py") != orphan && shop.processes().len() == 2, "{:?}", shop.processes());
    signal(shop.process("supervise"), rustix::process::Signal::KILL);
    shop.run(&["down"]).expect_success();
    assert_eq!(shop.processes(), []);
}

#[test]
fn what_crashes_after_it_was_ready_is_started_again() {
    let shop = Shop::greeting("");
    shop.up();
    let logs = Running::start(shop.command(&["logs", "-f"]));
    logs.wait_for_line("listening");
    signal(shop.process("server.py"), rustix::process::Signal::KILL);
    logs.wait_for_line("ended with 137, starts again in 1 s");
    logs.wait_for_line("listening");
    logs.kill();
    // Each time it looks as if all was well.
    let status = shop.run(&["status"]).expect_success().stdout;
    assert!(status.contains("it crashed with 137 and was started again once"), "{status}");
    shop.run(&["up"]).expect_success();
    assert_eq!(shop.get("web"), "hello");
}

#[test]
fn a_job_and_commands_run_beside_it_with_its_variables() {
    let shop = Shop::greeting(
        "    needs: [seed]\n  seed: { runtime: host, run: 'echo seeded > seeded', once: true }\n\
         tasks: { greet: { in: web, run: 'echo \"$GREETING\"; exit 7' } }\n",
    );
    shop.up();
    assert_eq!((shop.row("seed")["state"].clone(), shop.read("seeded").trim()), ("completed".into(), "seeded"));
    let ran = shop.run(&["exec", "web", "--", "sh", "-c", "echo $GREETING $HOST; exit 5"]).expect_code(5);
    assert_eq!(ran.stdout, "hello 127.0.0.1\n");
    assert_eq!(shop.run(&["run", "greet"]).expect_code(7).stdout, "hello\n");
}

#[test]
fn a_secret_stands_in_no_argument_and_in_no_file() {
    let mut shop = Shop::new(
        "apps:\n  web:\n    runtime: host\n    setup: ['test -n \"${secret.KEY}\"']\n    \
         run: 'echo got ${#KEY} && exec sleep 7657'\n    env: { KEY: \"${secret.KEY}\" }\nsecrets: { KEY: from a test }\n",
    );
    shop.0.set("KEY", "s3cr3t-value");
    shop.up();
    assert!(shop.run(&["logs"]).stdout.contains("got 12"));
    let lines: Vec<String> = shop.processes().into_iter().map(|(_, line)| line).collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| !line.contains("s3cr3t")), "{lines:?}");
    let mut open = vec![shop.place.path().join("state")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let text = std::fs::read(&path).unwrap();
            assert!(!String::from_utf8_lossy(&text).contains("s3cr3t"), "{}", path.display());
        }
    }
}

#[test]
fn what_runs_apart_cannot_refer_to_what_only_this_computer_reaches() {
    let shop = Folder::new(
        "services:\n  front: { use: nginx, env: { UPSTREAM: \"${web.url}\" } }\napps:\n  \
         web: { runtime: host, run: ./serve, port: 3000 }\n  other: { runtime: host@22, run: ./serve }\n",
    );
    let check = shop.run(&["check"]).expect_code(3).stderr;
    assert!(check.contains("[manifest-host-unreachable]") && check.contains("`${web.public_url}`"), "{check}");
    assert!(check.contains("[manifest-host-version]"), "{check}");
}

#[test]
fn a_step_ends_with_everything_it_started_when_its_time_is_over_and_when_up_is_killed() {
    let shop = Shop::new(
        "apps: { web: { runtime: host, setup: ['(setsid sleep 7658 &); echo begun; sleep 7659'], run: ./x, port: PORT } }\n",
    );
    let up = shop.run(&["up", "--yes", "--timeout", "1"]).expect_code(5).stderr;
    assert!(up.contains("[setup-deadline]"), "{up}");
    while !shop.processes().is_empty() {}
    let up = Running::start(shop.command(&["up", "--json"]));
    up.wait_for_line("\"line\":\"begun\"");
    shop.process("sleep 7658");
    up.kill();
    while !shop.processes().is_empty() {}
}

#[test]
fn a_step_that_ends_well_leaves_nothing_running() {
    let shop = Shop::greeting("    setup: ['sleep 7660 & (setsid sleep 7661 &)']\n");
    shop.up();
    let lines: Vec<String> = shop.processes().into_iter().map(|(_, line)| line).collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| !line.contains("sleep")), "{lines:?}");
}

#[test]
fn dev_restarts_it_after_a_change_and_shows_what_it_prints_and_that_it_crashed() {
    let shop = Shop::greeting("    restart_on: ['*.py']\n");
    let dev = Running::start(shop.command(&["dev", "--yes", "--json"]));
    dev.wait_for_line("\"event\":\"done\"");
    let text = server("1").replace("'listening'", "'second version'");
    shop.write("server.py", &text);
    dev.wait_for_line("{\"event\":\"watch\"");
    dev.wait_for_line("second version");
    assert_eq!(shop.get("web"), "1");
    // A job of the repo, new in the manifest; it prints and ends well, which is no news.
    shop.write(
        "dev.yaml",
        format!("{}  later: {{ runtime: host, run: 'echo begun; exec sleep 7662' }}\n", shop.read("dev.yaml")),
    );
    dev.wait_for_line("\"name\":\"later\",\"stream\":\"stdout\",\"line\":\"begun\"");
    // Idle: its supervisor goes, which only the lock tells.
    let before = shop.process("server.py");
    shop.write("server.py", "exit('last words')");
    let problem = dev.wait_for_line("\"id\":\"crashed\"");
    assert!(problem.contains("last words") && shop.processes().iter().all(|(pid, _)| *pid != before), "{problem}");
    shop.write("server.py", &text);
    dev.wait_for_line("second version");
    dev.kill();
}

#[test]
fn dev_applies_what_is_written_into_the_lock_file() {
    let shop = Shop::greeting("");
    let dev = Running::start(shop.command(&["dev", "--yes", "--json"]));
    dev.wait_for_line("\"event\":\"done\"");
    shop.write("dev.lock", "<<<<<<< ours\n");
    dev.wait_for_line("\"id\":\"lock-damaged\"");
    assert_eq!(shop.get("web"), "hello");
    dev.kill();
}

#[test]
fn an_end_while_nothing_goes_on_is_told_at_once() {
    let shop = Shop::new(
        "apps:\n  web: { runtime: host, run: 'while [ ! -e stop ]; do sleep 0.02; done; echo last words; exit $(cat stop)', \
         ready: { run: 'true' } }\n",
    );
    let dev = Running::start(shop.command(&["dev", "--yes", "--json"]));
    dev.wait_for_line("\"event\":\"done\"");
    shop.write("stop", "0");
    dev.wait_for_line("`web` has stopped");
    dev.kill();
}

#[test]
fn while_the_manifest_is_broken_it_is_seen_and_stopped_by_its_name() {
    let shop = Shop::greeting("");
    shop.up();
    shop.write("dev.yaml", "apps: [");
    let seen = shop.run(&["status", "--json"]).expect_code(3).json();
    assert_eq!(seen["services"][0]["state"], "running");
    assert_eq!(seen["problems"][0]["id"], "manifest-syntax");
    let shown = shop.run(&["status"]).expect_code(3);
    assert!(shown.stdout.contains("web") && shown.stdout.contains("running"), "{}", shown.stdout);
    assert!(shown.stderr.contains("error[manifest-syntax]"), "{}", shown.stderr);
    shop.run(&["down", "web"]).expect_success();
    assert_eq!(shop.processes(), []);
}

#[test]
fn another_definition_and_a_due_step_at_once_replace_what_runs() {
    let shop = Shop::greeting("    setup: [{ run: touch ran, inputs: [input] }]\n");
    shop.write("input", "one");
    shop.up();
    let before = shop.process("server.py");
    shop.write("input", "two");
    shop.change("GREETING: hello", "GREETING: bye");
    shop.up();
    assert_eq!(shop.get("web"), "bye");
    assert!(shop.processes().iter().all(|(pid, _)| *pid != before), "{:?}", shop.processes());
    assert_eq!(shop.processes().len(), 2);
    shop.run(&["down"]).expect_success();
    assert!(shop.processes().is_empty());
}

#[test]
fn two_steps_of_the_same_command_are_remembered_apart() {
    let shop = Shop::greeting(
        "    setup:\n      - { run: echo same >> ran, inputs: [one] }\n      - { run: echo same >> ran, inputs: [two] }\n",
    );
    shop.write("one", "");
    shop.write("two", "");
    shop.up();
    shop.up();
    assert_eq!(shop.read("ran"), "same\nsame\n");
    shop.write("two", "changed");
    shop.up();
    assert_eq!(shop.read("ran"), "same\nsame\nsame\n");
}

#[test]
fn the_lock_file_of_a_workspace_is_an_input_of_its_packages() {
    let shop = Shop::greeting("    path: packages/web\n    setup: [PATH=.:$PATH pnpm install]\n");
    shop.write("packages/web/server.py", shop.read("server.py"));
    shop.write("packages/web/pnpm", "#!/bin/sh\nmkdir -p node_modules\necho installed >> ran\n");
    shop.write("packages/web/package.json", "{}");
    shop.write("pnpm-lock.yaml", "one");
    std::process::Command::new("chmod").arg("+x").arg(shop.root().join("packages/web/pnpm")).status().unwrap();
    shop.up();
    shop.up();
    assert_eq!(shop.read("packages/web/ran"), "installed\n");
    shop.write("pnpm-lock.yaml", "two");
    let up = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(up.events("setup")[0]["because"], "../../pnpm-lock.yaml changed");
    assert_eq!(shop.read("packages/web/ran"), "installed\ninstalled\n");
}

/// What set-up steps said when they ran: `echo: first time`.
fn because(up: &Ran) -> Vec<String> {
    let done = up.events("setup").into_iter().filter(|step| step["state"] == "done");
    done.map(|step| step["because"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_step_runs_again_when_a_variable_changes_that_it_may_use() {
    let shop = Shop::new(
        "apps:\n  job:\n    runtime: host\n    run: exec sleep 7663\n    env: { TARGET: one, URL: '${web.url}' }\n    \
         setup: [{ run: 'echo $TARGET >> built', inputs: [in.txt] }]\n  \
         web: { runtime: host, run: exec python3 server.py, port: PORT }\n",
    );
    shop.write("in.txt", "");
    shop.write("server.py", server("1"));
    shop.up();
    shop.change("TARGET: one", "TARGET: two");
    assert_eq!(because(&shop.run(&["up", "--yes", "--json"]).expect_success()), ["environment changed: TARGET"]);
    assert_eq!(shop.read("built"), "one\ntwo\n");
    // An address is not what a step depends on.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let before = shop.row("web")["port"].to_string();
    shop.change(&format!("port: {before}"), &format!("port: {port}"));
    assert!(because(&shop.run(&["up", "--yes", "--json"]).expect_success()).is_empty());
    shop.change(", URL: '${web.url}'", "");
    assert_eq!(because(&shop.run(&["up", "--yes", "--json"]).expect_success()), ["environment changed: URL"]);
}

#[test]
fn status_says_that_the_last_setup_failed_though_the_app_goes_on() {
    let shop = Shop::greeting("    setup: [{ run: sh ./step.sh, inputs: [step.sh] }]\n");
    shop.write("step.sh", "true");
    shop.up();
    shop.write("step.sh", "exit 3");
    shop.run(&["up"]).expect_code(1);
    let status = shop.run(&["status"]).expect_success().stdout;
    assert!(status.contains("its setup step `sh ./step.sh` failed the last time"), "{status}");
    shop.write("step.sh", "true");
    shop.up();
    assert!(!shop.run(&["status"]).expect_success().stdout.contains("setup step"));
}

#[test]
fn what_dev_itself_writes_into_the_repo_starts_nothing_again() {
    let shop = Shop::new("apps: { web: { runtime: host, run: 'sh ./app.sh', ready: { run: 'true' } } }\n");
    shop.write("app.sh", "echo last words; exit 3");
    let into = std::fs::File::create(shop.root().join("dev.log")).unwrap();
    let mut dev = shop.command(&["dev", "--yes", "--json"]).stdout(into).spawn().unwrap();
    let wait_for = |text: &str| {
        let began = std::time::Instant::now();
        while !shop.read("dev.log").contains(text) {
            assert!(began.elapsed().as_secs() < 60, "no {text} in {}", shop.read("dev.log"));
            std::thread::yield_now();
        }
    };
    wait_for("\"id\":\"crashed\"");
    shop.write("app.sh", "echo second version; exec sleep 7664");
    wait_for("second version");
    let rounds = shop.read("dev.log").matches("{\"event\":\"watch\"").count();
    signal(dev.id().try_into().unwrap(), rustix::process::Signal::TERM);
    dev.wait().unwrap();
    assert_eq!(rounds, 1, "{}", shop.read("dev.log"));
}

#[test]
fn what_ends_while_a_round_is_at_work_on_another_is_told_after_it() {
    let shop = Shop::new(
        "apps:\n  web:\n    runtime: host\n    run: exec sleep 7665\n    \
         setup: [{ run: 'while [ ! -e open ]; do sleep 0.02; done', inputs: [in.txt] }]\n  \
         other: { runtime: host, run: 'while [ ! -e stop ]; do sleep 0.02; done', ready: { run: 'true' } }\n",
    );
    shop.write("in.txt", "1");
    shop.write("open", "");
    let dev = Running::start(shop.command(&["dev", "--yes", "--json"]));
    dev.wait_for_line("\"event\":\"done\"");
    std::fs::remove_file(shop.root().join("open")).unwrap();
    shop.write("in.txt", "2");
    dev.wait_for_line("\"state\":\"running\",\"because\"");
    shop.write("stop", "");
    while shop.row("other")["state"] != "stopped" {}
    shop.write("open", "");
    dev.wait_for_line("`other` has stopped");
    dev.kill();
}

/// A web server of somebody else on this port.
fn stranger_on(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for mut visitor in listener.incoming().flatten() {
            let _ = visitor.read(&mut [0; 1024]);
            let _ = visitor.write_all(b"HTTP/1.0 200 OK\r\n\r\nstranger");
        }
    });
}

/// Somebody else is quicker while an app is about to listen: it is never taken for the app, and the app gets another port.
#[test]
fn a_stranger_on_the_port_of_an_app_is_not_taken_for_it() {
    for then in ["exec sleep 7666", "while [ ! -e go ]; do sleep 0.02; done; exit 1"] {
        let shop = Shop::greeting("");
        shop.change(
            "run: exec python3 server.py",
            &format!("run: 'if [ -e begun ]; then exec python3 server.py; fi; touch begun; {then}'"),
        );
        let manifest = shop.read("dev.yaml");
        let wanted = manifest.lines().find_map(|line| line.trim().strip_prefix("port: ")).unwrap().parse().unwrap();
        let up = Running::start(shop.command(&["up", "--yes", "--json"]));
        while !shop.root().join("begun").exists() {
            std::thread::yield_now();
        }
        stranger_on(wanted);
        shop.write("go", "");
        let up = up.wait().expect_success();
        assert!(up.problem_ids().is_empty(), "{}", up.stdout);
        assert_eq!(up.events("port")[0]["wanted"], wanted, "{}", up.stdout);
        assert_ne!(shop.row("web")["port"], wanted);
        assert_eq!(shop.get("web"), "hello");
    }
}

#[test]
fn a_stranger_who_has_come_later_is_told_and_avoided() {
    let shop = Shop::greeting("");
    shop.write(
        "server.py",
        server("os.environ['GREETING']").replace(
            "listening.serve_forever()",
            "listening.timeout = 0.02\nwhile not os.path.exists('leave'): listening.handle_request()\n\
             listening.server_close()\nos.rename('leave', 'left')\nimport time; time.sleep(600)",
        ),
    );
    shop.up();
    let port = u16::try_from(shop.row("web")["port"].as_u64().unwrap()).unwrap();
    assert_eq!(shop.row("web")["state"], "ready");
    shop.write("leave", "");
    while !shop.root().join("left").exists() {
        std::thread::yield_now();
    }
    stranger_on(port);
    assert_eq!(shop.row("web")["state"], "running");
    let doctor = shop.run(&["doctor", "--json"]).expect_code(1).json();
    let found = doctor["findings"].as_array().unwrap();
    let ids: Vec<&str> = found.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"not-ready") && ids.contains(&"port-taken"), "{ids:?}");
    shop.run(&["doctor", "--fix", "--yes", "--json"]);
    shop.up();
    assert_ne!(shop.row("web")["port"], port);
    assert_eq!(shop.get("web"), "hello");
}

/// Nothing is well beside an app that has crashed.
#[test]
fn doctor_finds_apps_that_have_crashed() {
    let shop = Shop::new(
        "apps:\n  web: { runtime: host, run: 'touch up; while [ ! -e stop ]; do sleep 0.02; done; echo no database; exit 3', \
         ready: { run: test -e up } }\n",
    );
    shop.up();
    let findings = |code| shop.run(&["doctor", "--json"]).expect_code(code).json()["findings"].clone();
    let crashed = |findings: &serde_json::Value| {
        findings.as_array().unwrap().iter().find(|finding| finding["id"] == "crashed").cloned()
    };
    assert_eq!(crashed(&findings(0)), None);
    shop.write("stop", "");
    let found = loop {
        if let Some(found) = crashed(&shop.run(&["doctor", "--json"]).json()["findings"]) {
            break found;
        }
    };
    assert!(found["output"].as_array().unwrap().contains(&"no database".into()), "{found}");
    assert!(!shop.run(&["doctor"]).stdout.contains("all is well"));
}
