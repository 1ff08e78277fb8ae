//! `logs`, `exec` and `restart`.

use std::collections::BTreeSet;
use std::process::Stdio;

use crate::bed::Checkout;

/// Prints the time every 40 ms, from a moment of its own on.
const CLOCK: &str = "import sys, time\ntime.sleep(float(sys.argv[1]))\nfor _ in range(12):\n    print(time.time_ns(), flush=True)\n    time.sleep(0.04)\ntime.sleep(600)\n";

#[test]
fn logs_are_merged_in_the_order_of_time() {
    let shop = Checkout::new(
        "apps:\n  one: { runtime: python, run: python clock.py 0.0 }\n  other: { runtime: python, run: python clock.py 0.02 }\n",
    );
    shop.write("clock.py", CLOCK);
    shop.up();
    // Until both have said everything.
    let follow = shop.start(&["logs", "-f", "--json"]);
    let mut seen = 0;
    while seen < 24 {
        follow.wait_for_line("\"log\"");
        seen += 1;
    }
    drop(follow.kill());
    let logs = shop.run(&["logs", "--json"]).expect_success().json_lines();
    let printed: BTreeSet<u64> = logs.iter().map(|line| line["line"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(printed.len(), 24);
    // As the engine saw them: nothing else knows what came first.
    let times: Vec<&str> = logs.iter().map(|line| line["time"].as_str().unwrap().trim_end_matches('Z')).collect();
    assert!(times.is_sorted(), "{times:?}");
    let names: BTreeSet<&str> = logs.iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    let last = shop.run(&["logs", "one", "--tail", "3"]).expect_success().stdout;
    assert_eq!(last.lines().count(), 3, "{last}");
    assert!(last.lines().all(|line| line.starts_with("one")), "{last}");
}

#[test]
fn followed_logs_show_what_is_printed_from_now_on() {
    let shop = Checkout::new("apps: { site: { runtime: python, run: python -um http.server $PORT, port: 8000 } }\n");
    shop.up();
    let follow = shop.start(&["logs", "-f", "site"]);
    follow.wait_for_line("site");
    shop.write("hello", "");
    shop.get("site", "/hello");
    follow.wait_for_line("GET /hello");
    follow.kill();
}

#[test]
fn a_commands_exit_code_and_arguments_are_passed_on() {
    let shop = Checkout::new(
        "services: { cache: redis }\napps: { api: { runtime: python, path: src, run: sleep 600, ready: { run: 'true' }, env: { WORD: hello } } }\n",
    );
    shop.write("src/x", "");
    shop.up();
    shop.run(&["exec", "api", "--", "sh", "-c", "exit 42"]).expect_code(42);
    shop.run(&["exec", "api", "true"]).expect_success();
    let echo = shop.run(&["exec", "api", "--", "printf", "[%s]", "a b", "$WORD", "", "-x"]).expect_success();
    assert_eq!(echo.stdout, "[a b][$WORD][][-x]");
    let both = shop.run(&["exec", "api", "--", "sh", "-c", "echo $WORD; pwd; echo wrong >&2"]).expect_success();
    assert_eq!(both.stdout, format!("hello\n{}\n", shop.root().join("src").display()));
    assert_eq!(both.stderr, "wrong\n");
    assert_eq!(shop.run(&["exec", "cache", "redis-cli", "ping"]).expect_success().stdout, "PONG\n");
    shop.run(&["down", "api"]).expect_success();
    assert_eq!(shop.run(&["exec", "api", "printenv", "WORD"]).expect_success().stdout, "hello\n");
}

#[test]
fn input_and_output_are_passed_through_byte_by_byte() {
    let shop = Checkout::new("apps: { api: { runtime: python, run: sleep 600, ready: { run: 'true' } } }\n");
    shop.up();
    // Every byte there is, line ends and zeros among them, and more than any buffer holds.
    let bytes: Vec<u8> = (0..20_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut command = shop.command(&["exec", "api", "cat"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let sent = bytes.clone();
    let feeder = std::thread::spawn(move || std::io::Write::write_all(&mut input, &sent).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success());
    assert!(output.stdout == bytes, "{} of {} bytes came back", output.stdout.len(), bytes.len());
}

#[test]
fn a_restart_is_of_the_same_thing_and_of_nothing_else() {
    let shop = Checkout::new("services: { cache: redis, web: nginx }\n");
    shop.up();
    let before = shop.units();
    shop.run(&["restart", "cache"]).expect_success();
    let after = shop.units();
    assert_eq!(after["cache"].id, before["cache"].id);
    assert!(after["cache"].started_at > before["cache"].started_at);
    assert_eq!(after["web"], before["web"]);
    assert_eq!(shop.status()["cache"]["ready"], true);
}
