//! The engine goes away, or falls silent, in the middle of an `up`.
//!
//! Between the program and the engine stands a passage that can be closed.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::bed::Checkout;

/// Hands everything through until it is told otherwise.
struct Passage {
    open: Arc<Mutex<Vec<UnixStream>>>,
    frozen: Arc<AtomicBool>,
    closed: Arc<AtomicBool>,
}

impl Passage {
    /// Stands between a checkout and its engine from now on.
    fn in_front_of(checkout: &mut Checkout) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let engine = checkout.variables["DOCKER_HOST"].clone();
        let engine = engine.trim_start_matches("unix://").to_owned();
        let path = checkout.place.path().join("passage.sock");
        let listener = UnixListener::bind(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        checkout.set("DOCKER_HOST", &format!("unix://{}", path.display()));
        let passage = Self { open: Arc::default(), frozen: Arc::default(), closed: Arc::default() };
        let (open, frozen, closed) = (passage.open.clone(), passage.frozen.clone(), passage.closed.clone());
        std::thread::spawn(move || {
            for visitor in listener.incoming().flatten() {
                if closed.load(Ordering::SeqCst) {
                    continue;
                }
                let behind = UnixStream::connect(&engine).unwrap();
                open.lock().unwrap().extend([visitor.try_clone().unwrap(), behind.try_clone().unwrap()]);
                hand_on(visitor.try_clone().unwrap(), behind.try_clone().unwrap(), frozen.clone());
                hand_on(behind, visitor, frozen.clone());
            }
        });
        passage
    }

    /// From now on nothing comes through, and nobody is told.
    fn freeze(&self) {
        self.frozen.store(true, Ordering::SeqCst);
    }

    /// Every connection breaks, and there are no new ones.
    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn hand_on(mut from: UnixStream, mut to: UnixStream, frozen: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(number @ 1..) = from.read(&mut buffer) {
            if frozen.load(Ordering::SeqCst) || to.write_all(&buffer[..number]).is_err() {
                // Kept open: whoever waits goes on waiting.
                while frozen.load(Ordering::SeqCst) && from.read(&mut buffer).is_ok_and(|number| number > 0) {}
                break;
            }
        }
        if !frozen.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Write);
        }
    });
}

#[test]
fn an_engine_that_goes_away_ends_up_with_4_at_once() {
    let mut shop = Checkout::new("services: { cache: redis, db: postgres }\n");
    let engine = shop.variables["DOCKER_HOST"].clone();
    let passage = Passage::in_front_of(&mut shop);
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"creating\"");
    let began = Instant::now();
    passage.close();
    let up = up.wait().expect_code(4);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(up.problem_ids().iter().any(|id| id.starts_with("engine-")), "{}", up.stdout);
    // Back again, the next one goes on.
    shop.set("DOCKER_HOST", &engine);
    shop.up();
    assert_eq!(shop.units().len(), 2);
}

#[test]
fn an_engine_that_falls_silent_is_given_up_within_the_limit() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    let engine = shop.variables["DOCKER_HOST"].clone();
    let passage = Passage::in_front_of(&mut shop);
    let up = shop.start(&["up", "--json", "--timeout", "3"]);
    up.wait_for_line("\"creating\"");
    passage.freeze();
    let up = up.wait();
    assert!(up.code == 4 || up.code == 5, "{}: {}", up.code, up.all());
    let done = up.json_lines().last().unwrap().clone();
    assert_eq!((&done["event"], &done["ok"]), (&"done".into(), &false.into()));
    assert!(done["elapsed_ms"].as_u64().unwrap() < 12_000, "{done}");
    passage.close();
    shop.set("DOCKER_HOST", &engine);
    shop.up();
}

#[test]
fn an_engine_that_goes_away_while_dev_is_idle_is_told() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    let engine = shop.variables["DOCKER_HOST"].clone();
    shop.up();
    let passage = Passage::in_front_of(&mut shop);
    let dev = shop.start(&["dev", "--json"]);
    dev.wait_for_line("\"event\":\"done\"");
    passage.close();
    let dev = dev.wait().expect_code(4);
    assert!(dev.all().contains("\"id\":\"engine-"), "{}", dev.all());
    shop.set("DOCKER_HOST", &engine);
}
