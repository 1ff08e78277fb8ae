//! Killed at any moment, the next `up` finishes the job and leaves nothing behind.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::bed::{Checkout, docker};

const SHOP: &str = r#"
services:
  cache: redis
  own: { image: "library/busybox:1", run: httpd -f -h /etc, port: 80 }
apps:
  api:
    runtime: python
    setup: [{ run: "echo step >> ran; sleep 0.5", inputs: [app.py] }]
    run: python -m http.server $PORT
    port: 8000
    env: { URL: "${cache.url}" }
"#;

/// Kills an `up` when it tells this, and brings everything up afterwards.
fn killed_at(moment: &str) {
    let shop = Checkout::new(SHOP);
    shop.write("app.py", "");
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line(moment);
    up.kill();
    shop.up();
    let units = shop.units();
    assert_eq!(units.keys().collect::<Vec<_>>(), ["api", "cache", "own"], "killed at {moment}");
    assert!(units.values().all(|unit| unit.running), "killed at {moment}");
    assert!(shop.status().values().all(|row| row["ready"] == true), "killed at {moment}");
    // What was under way when it was killed may arrive at any time; the next `up` finds that, too.
    shop.up();
    let filter = format!("label=devenv.checkout={}", shop.root().display());
    assert_eq!(docker(&["network", "ls", "-q", "--filter", &filter]).lines().count(), 1, "killed at {moment}");
    assert_eq!(docker(&["volume", "ls", "-q", "--filter", &filter]).lines().count(), 1, "killed at {moment}");
}

#[test]
fn while_the_first_is_made() {
    killed_at("\"creating\"");
}

#[test]
fn while_the_first_is_started() {
    killed_at("\"starting\"");
}

#[test]
fn while_a_setup_step_runs() {
    killed_at("\"setup\"");
}

#[test]
fn when_the_first_is_ready() {
    killed_at("\"ready\"");
}

/// What a killed `up` was just starting holds its port itself: nobody else has taken it.
#[test]
fn what_a_killed_up_was_starting_keeps_its_port() {
    for after_ms in [0, 40, 80, 120, 160, 200] {
        let shop = Checkout::empty();
        let port = shop.app_port();
        let run = format!("httpd -f -p {port} -h /etc");
        shop.write(
            "dev.yaml",
            format!("services: {{ own: {{ image: library/busybox:1, run: {run}, port: {port} }} }}\n"),
        );
        let up = shop.start(&["up", "--json"]);
        up.wait_for_line("\"starting\"");
        up.signal_after(Duration::from_millis(after_ms), Signal::KILL);
        let next = shop.run(&["up", "--json"]).expect_success();
        assert_eq!(next.events("port"), [] as [serde_json::Value; 0], "killed {after_ms} ms after the start began");
        assert_eq!(shop.port("own"), port);
    }
}

#[test]
fn while_one_is_replaced_its_successor_gets_its_data() {
    let shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    shop.run(&["exec", "cache", "redis-cli", "set", "greeting", "hello"]).expect_success();
    shop.write("dev.yaml", "services: { cache: { use: redis, env: { TZ: UTC } } }\n");
    // Each comes as far as it comes, and the next one finds what it left.
    for _ in 0..3 {
        let up = shop.start(&["up", "--json"]);
        up.wait_for_line("\"plan\"");
        up.kill();
    }
    shop.up();
    assert_eq!(shop.units().len(), 1);
    assert_eq!(shop.run(&["exec", "cache", "redis-cli", "get", "greeting"]).expect_success().stdout, "hello\n");
}

#[test]
fn an_interrupted_up_ends_with_130_and_goes_on_later() {
    let shop = Checkout::new("services: { db: postgres }\n");
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"starting\"");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(up.id().cast_signed()).unwrap(),
        rustix::process::Signal::INT,
    )
    .unwrap();
    let up = up.wait().expect_code(130);
    assert_eq!(up.json_lines().last().unwrap()["ok"], false);
    shop.up();
    assert_eq!(shop.units().len(), 1);
}

/// How many moments of a command are tried, spread evenly over the time that it takes.
const MOMENTS: u32 = 50;
/// So many checkouts are worked on side by side, each with its share of the moments: most of a moment is waiting for the engine.
const LANES: u32 = 3;

/// A checkout whose `cache` keeps a number.
struct Counted {
    shop: Checkout,
}

impl Counted {
    fn new() -> Self {
        let shop = Checkout::empty();
        let counted = Self { shop };
        counted.change(0);
        counted.shop.up();
        assert_eq!(counted.add_one(), 1);
        counted
    }

    /// A repo whose every state is another one: with `number` the service and the app are replaced.
    fn change(&self, number: u32) {
        let site = "{ image: \"library/busybox:1\", run: httpd -f -p $PORT -h /etc, port: 8000, env: { URL: \"${cache.url}\" } }";
        let cache = format!("{{ use: redis, env: {{ NUMBER: \"{number}\" }} }}");
        self.shop.write("dev.yaml", format!("services:\n  cache: {cache}\napps:\n  site: {site}\n"));
    }

    /// The last line of an answer, asked from this computer as a client would.
    fn ask(&self, question: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.shop.port("cache"))).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "{question}\r\nQUIT\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.strip_suffix("\r\n+OK\r\n").unwrap_or_else(|| panic!("{answer:?}")).lines().last().unwrap().to_owned()
    }

    /// Adds one to what is kept; answers the sum, which holds everything that was ever added.
    fn add_one(&self) -> u32 {
        self.ask("INCR sum").trim_start_matches(':').parse().unwrap()
    }

    /// The sum, when there is one.
    fn sum(&self) -> Option<u32> {
        self.ask("GET sum").parse().ok()
    }

    /// The time that a command takes when it is let.
    fn time_of(&self, command: &[&str]) -> Duration {
        let began = Instant::now();
        self.shop.run(command).expect_success();
        began.elapsed()
    }

    /// Ends a command at one of the moments of the `whole` that it takes: most are killed, and every fifth is interrupted as with
    /// Ctrl-C.
    fn kill(&self, command: &[&str], whole: Duration, moment: u32) {
        let signal = if moment % 5 == 4 { Signal::INT } else { Signal::KILL };
        self.shop.start(command).signal_after(whole * moment / MOMENTS, signal);
    }

    /// Nothing doubled, nothing lost, and nothing left once the checkout is deleted and cleaned up after.
    fn leaves_nothing_behind(&self, data: usize) {
        let shop = &self.shop;
        // What was under way when it was killed may have arrived after the last look.
        shop.up();
        assert_eq!(shop.units().keys().collect::<Vec<_>>(), ["cache", "site"]);
        shop.run(&["down"]).expect_success();
        let environments = std::fs::read_dir(shop.place.path().join("state/state/environments")).unwrap();
        let ids: Vec<String> = environments.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        let [id] = ids.as_slice() else { panic!("{ids:?}") };
        let filter = format!("label=devenv.environment={id}");
        let left = || {
            let list = [["ps", "-aq"], ["network", "ls"], ["volume", "ls"]];
            list.map(|list| docker(&[list[0], list[1], "--filter", &filter, "--format", "{{.}}"]).lines().count())
        };
        assert_eq!(left()[1..], [1, data]);
        let root = shop.root();
        std::fs::rename(&root, root.with_file_name("deleted")).unwrap();
        std::fs::remove_dir_all(root.with_file_name("deleted")).unwrap();
        std::fs::create_dir(&root).unwrap();
        shop.run(&["gc", "--older-than", "0h", "--yes"]).expect_success();
        assert_eq!(left(), [0, 0, 0]);
    }
}

/// Shares the moments out to checkouts; each of them gets early and late ones.
fn in_lanes(lane: impl Fn(Counted, &mut dyn Iterator<Item = u32>) + Sync) {
    // One after the other: they know nothing of each other, and would snatch each other's ports away.
    let checkouts: Vec<Counted> = (0..LANES).map(|_| Counted::new()).collect();
    std::thread::scope(|scope| {
        for (number, counted) in (0..).zip(checkouts) {
            let lane = &lane;
            scope.spawn(move || lane(counted, &mut (0..MOMENTS).filter(|moment| moment % LANES == number)));
        }
    });
}

/// `up` killed at any moment of replacing what runs: the next one finishes the job, and every row is there.
#[test]
fn up_killed_at_fifty_moments() {
    in_lanes(|counted, moments| {
        counted.change(1);
        let whole = counted.time_of(&["up"]);
        for (done, moment) in (1..).zip(moments) {
            counted.change(100 + moment);
            counted.kill(&["up"], whole, moment);
            counted.shop.up();
            assert_eq!(counted.add_one(), done + 1, "after moment {moment}");
        }
        counted.leaves_nothing_behind(1);
    });
}

/// `down` killed at any moment: the next `up` brings everything back, and every row is there.
#[test]
fn down_killed_at_fifty_moments() {
    in_lanes(|counted, moments| {
        let whole = counted.time_of(&["down"]);
        counted.shop.up();
        for (done, moment) in (1..).zip(moments) {
            counted.kill(&["down"], whole, moment);
            counted.shop.up();
            assert_eq!(counted.add_one(), done + 1, "after moment {moment}");
        }
        counted.leaves_nothing_behind(1);
    });
}

/// `reset` killed at any moment: after the next `up` the rows are still there, or one `undo` brings every one of them back.
#[test]
fn reset_killed_at_fifty_moments() {
    let (kept, switched) = (AtomicU32::new(0), AtomicU32::new(0));
    in_lanes(|counted, moments| {
        let whole = counted.time_of(&["reset", "--yes"]);
        counted.shop.run(&["undo"]).expect_success();
        let mut data = 2;
        for (done, moment) in (2..).zip(moments) {
            assert_eq!(counted.add_one(), done, "before moment {moment}");
            counted.kill(&["reset", "--yes"], whole, moment);
            counted.shop.up();
            if counted.sum().is_some() {
                kept.fetch_add(1, Relaxed);
            } else {
                counted.shop.run(&["undo"]).expect_success();
                switched.fetch_add(1, Relaxed);
                data += 1;
            }
            assert_eq!(counted.sum(), Some(done), "after moment {moment}");
        }
        counted.leaves_nothing_behind(data);
    });
    let both = (kept.into_inner(), switched.into_inner());
    assert!(both.0 > 0 && both.1 > 0, "all moments were on one side of the switch: {both:?}");
}
