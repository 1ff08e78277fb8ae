//! `run`, `exec` and `shell`: a command inside behaves as if it had been started right here.

use std::io::{Read, Write};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::{Checkout, docker};
use crate::support::Running;
use crate::terminal::Terminal;

/// An app that only waits, a cache that it needs, and tasks.
const SHOP: &str = "services: { cache: redis, spare: redis }\n\
    apps: { api: { runtime: python, path: src, run: sleep 600, ready: { run: 'true' }, env: { WORD: hello, C: '${cache.host}' } } }\n\
    tasks:\n  greet: echo $WORD ${cache.host}\n  say: 'printf \"[%s]\"'\n  ping: { in: api, run: 'echo ${spare.port}' }\n";

fn shop() -> Checkout {
    let shop = Checkout::new(SHOP);
    shop.write("src/x", "");
    shop
}

#[test]
fn a_task_brings_up_what_it_needs_and_prints_nothing_of_ours_on_stdout() {
    let shop = shop();
    let first = shop.run(&["run", "greet"]).expect_success();
    assert_eq!(first.stdout, "hello cache\n");
    assert!(first.stderr.contains("ready"), "{}", first.stderr);
    // What only others need stays as it is.
    assert_eq!(shop.units().into_keys().collect::<Vec<_>>(), ["api", "cache"]);
    let again = shop.run(&["run", "greet"]).expect_success();
    assert_eq!((again.stdout.as_str(), again.stderr.as_str()), ("hello cache\n", ""));
    let words = shop.run(&["run", "say", "--", "a b", "$WORD", "--", "-x", "'"]).expect_success();
    assert_eq!(words.stdout, "[a b][$WORD][--][-x][']");
    assert_eq!(shop.run(&["run", "say", "--verbose", "x"]).expect_success().stdout, "[--verbose][x]");
    // A reference of the task itself is a need as well.
    let quiet = shop.run(&["--quiet", "run", "ping"]).expect_success();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("6379\n", ""));
    assert!(shop.units().contains_key("spare"));
    let unknown = shop.run(&["run", "gret"]).expect_code(2);
    assert!(unknown.stderr.contains("fix: devenv run greet"), "{}", unknown.stderr);
    let list = shop.run(&["run"]).expect_success();
    assert!(list.stdout.starts_with("greet  echo $WORD ${cache.host}\n"), "{}", list.stdout);
}

#[test]
fn a_missing_program_is_told_in_our_words_and_a_failing_one_in_its_own() {
    let shop = shop();
    let missing = shop.run(&["exec", "api", "nonsense"]).expect_code(127);
    assert!(missing.stdout.is_empty() && missing.stderr.contains("error[no-such-command]"), "{}", missing.all());
    let own = shop.run(&["exec", "api", "--", "sh", "-c", "echo own >&2; exit 127"]).expect_code(127);
    assert_eq!((own.stdout.as_str(), own.stderr.as_str()), ("", "own\n"));
    shop.run(&["exec", "api", "--", "sh", "-c", "kill -KILL $$"]).expect_code(137);
    shop.run(&["exec", "api", "--", "./x"]).expect_code(126);
    // While the manifest is broken, what runs can still be looked into.
    shop.write("dev.yaml", "services: [");
    assert_eq!(shop.run(&["exec", "api", "printenv", "WORD"]).expect_success().stdout, "hello\n");
    shop.run(&["exec", "apl", "true"]).expect_code(3);
}

#[test]
fn a_signal_reaches_the_command_and_a_killed_devenv_leaves_none_behind() {
    let shop = shop();
    shop.up();
    let script = "trap 'echo got it; exit 7' TERM; echo up; while :; do sleep 0.05; done";
    let asked = shop.start(&["exec", "api", "--", "sh", "-c", script]);
    asked.wait_for_line("up");
    signal(asked.id(), Signal::TERM);
    let asked = asked.wait().expect_code(7);
    assert_eq!(asked.stdout, "up\ngot it\n");
    let killed = shop.start(&["exec", "api", "--", "sh", "-c", "echo up; sleep 4321"]);
    killed.wait_for_line("up");
    // Looked after by now: the process that does so is a second one inside.
    let id = shop.unit("api").id;
    wait_until(|| docker(&["top", &id]).contains("while read"));
    killed.kill();
    wait_until(|| !docker(&["top", &id]).contains("4321"));
}

#[test]
fn a_reader_that_has_gone_away_ends_the_command_and_early_ends_harm_nothing() {
    let shop = shop();
    shop.up();
    let mut endless = shop.command(&["exec", "api", "yes"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 4];
    endless.stdout.take().unwrap().read_exact(&mut some).unwrap();
    assert_eq!((&some, endless.wait().unwrap().code()), (b"y\ny\n", Some(128 + 13)));
    // A full disk is no reader that has gone away.
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let full = shop.command(&["exec", "api", "echo", "much"]).stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&full.stderr);
    assert!(full.status.code() == Some(1) && said.contains("error[output-lost]"), "{said}");
    // The command takes three bytes of an input that never ends.
    let mut picky = shop.command(&["exec", "api", "head", "-c", "3"]);
    let mut picky = picky.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = picky.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || while input.write_all(&[b'x'; 8192]).is_ok() {});
    let output = picky.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert_eq!((output.stdout.as_slice(), output.status.code()), (&b"xxx"[..], Some(0)));
    // A script on standard input, errors apart from the rest.
    let mut script = shop.command(&["shell"]);
    script.stdin(Stdio::piped());
    let mut script = Running::start(script);
    script.write(b"echo $WORD; pwd >&2; exit 5");
    let ran = script.wait().expect_code(5);
    assert_eq!(ran.stdout, "hello\n");
    assert_eq!(ran.stderr.trim_end(), shop.root().join("src").to_str().unwrap());
}

#[test]
fn on_a_terminal_size_keys_and_colours_are_those_of_the_person() {
    let shop = shop();
    shop.up();
    let mut at = Terminal::start(&shop.command(&["shell"]), (31, 97));
    at.type_keys("stty size; echo $TERM\r");
    at.wait_for("31 97");
    at.wait_for("xterm-256color");
    assert!(!at.is_usual());
    at.type_keys("sh -c 'trap \"echo size \\$(stty size)\" WINCH; echo rea\"\"dy; while :; do sleep 0.05; done'\r");
    at.wait_for("ready");
    at.resize((20, 60));
    at.wait_for("size 20 60");
    at.type_keys("\u{3}");
    at.type_keys("echo after $?\r");
    at.wait_for("after 130");
    // Ctrl-D ends the shell, with the code of its last command.
    at.type_keys("PS1='code=$? '\r");
    at.wait_for("code=0 ");
    at.type_keys("(exit 9)\r");
    at.wait_for("code=9 ");
    at.type_keys("\u{4}");
    at.wait_until_usual();
    assert_eq!(at.wait().0, 9);
}

#[test]
fn a_terminal_is_given_back_even_when_devenv_is_told_to_end() {
    let shop = shop();
    shop.up();
    let mut at = Terminal::start(&shop.command(&["exec", "api", "--", "sh", "-c", "echo up; sleep 4321"]), (24, 80));
    at.wait_for("up");
    signal(at.program(), Signal::TERM);
    at.wait_until_usual();
    assert_eq!(at.wait().0, 128 + 15);
    // With only one side a terminal there is none inside, and bytes stay what they are.
    let output = shop.command(&["exec", "api", "--", "sh", "-c", "tty; printf 'a\\nb'"]);
    let mut piped = std::process::Command::new("sh");
    piped.args(["-c", "\"$@\" | od -c", "sh"]).arg(output.get_program()).args(output.get_args());
    piped.envs(output.get_envs().filter_map(|(key, value)| Some((key, value?)))).current_dir(shop.root());
    let mut at = Terminal::start(&piped, (24, 80));
    at.wait_for("n   o   t");
    at.wait_for("a  \\n   b");
    assert_eq!(at.wait().0, 0);
}

#[test]
fn what_ends_under_a_command_is_told() {
    let shop = shop();
    shop.up();
    let long = shop.start(&["exec", "api", "--", "sh", "-c", "echo up; sleep 4321"]);
    long.wait_for_line("up");
    docker(&["kill", &shop.unit("api").id]);
    let ran = long.wait().expect_code(137);
    assert!(ran.stderr.contains("error[ended-meanwhile]"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "up\n");
}

fn signal(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(process.try_into().unwrap()).unwrap(), signal).unwrap();
}

/// Asks again and again: the engine tells nobody of what goes on inside.
#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed().as_secs() < 30, "it never came to be");
    }
}

/// Where no shell is inside, a silent command can not be reached: the first Ctrl-C gives the prompt back and says what goes on.
#[test]
fn one_interrupt_ends_exec_where_no_shell_could_pass_it_on() {
    let shop = Checkout::new("services: { queue: nats }\n");
    shop.up();
    let id = shop.unit("queue").id;
    let server = ["exec", "queue", "--", "/nats-server", "-p", "4999", "-l", "/tmp/other.log"];
    let running = |port: &str| docker(&["top", &id]).contains(port);
    let silent = shop.start(&server);
    wait_until(|| running("4999"));
    let began = std::time::Instant::now();
    signal(silent.id(), Signal::INT);
    let ended = silent.wait().expect_code(128 + 2);
    assert!(ended.stderr.contains("error[command-goes-on]: "), "{}", ended.stderr);
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    // True to its word: it goes on, and what is said to end it does.
    assert!(running("4999"));
    shop.run(&["restart", "queue"]).expect_success();
    assert!(!running("4999"));
    // What ends by itself is passed on as ever.
    let talking = shop.start(&["exec", "queue", "--", "/nats-server", "--version"]).wait().expect_success();
    assert!(talking.stdout.contains("nats-server"), "{}", talking.stdout);
    let missing = shop.run(&["exec", "queue", "--", "nothing-here"]).expect_code(127);
    assert!(missing.stderr.contains("error[no-such-command]: "), "{}", missing.stderr);
}
