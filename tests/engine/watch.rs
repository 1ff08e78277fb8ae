//! `dev`: what is saved takes effect, and nothing else does.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::bed::Checkout;
use crate::support::Running;
use crate::terminal::Terminal;

/// An app that says which version of its code it runs, and a setup step that says what it was given.
const SHOP: &str = "apps:\n  api:\n    runtime: python\n    path: api\n    run: python -u src/app.py\n    ready: { log: version }\n    \
    restart_on: ['src/**/*.py']\n    setup: [{ run: 'cp in.txt out.txt', inputs: [in.txt] }]\n    env: { WORD: one }\n";

/// From a save to the beginning of the restart.
const BEGUN_WITHIN: Duration = Duration::from_millis(300);

fn app(version: u32) -> String {
    format!(
        "import os, signal, time\nsignal.signal(signal.SIGTERM, lambda *_: os._exit(0))\n\
         print('version {version}', os.environ['WORD'])\ntime.sleep(600)\n"
    )
}

fn shop() -> Checkout {
    let shop = Checkout::new(SHOP);
    shop.write("api/src/app.py", app(1));
    shop.write("api/in.txt", "first");
    shop.write(".gitignore", "ignored\nnode_modules\n");
    shop
}

/// The next event of a kind.
#[track_caller]
fn event(dev: &Running, kind: &str) -> Value {
    serde_json::from_str(&dev.wait_for_line(&format!("{{\"event\":\"{kind}\""))).unwrap()
}

fn start(shop: &Checkout) -> Running {
    let dev = shop.start(&["dev", "--json"]);
    wait_for_round(&dev, "version 1 one");
    dev
}

/// Waits for the end of a round and for what the app prints in it, which may come in any order.
#[track_caller]
fn wait_for_round(dev: &Running, printed: &str) {
    let (mut is_done, mut is_printed) = (false, false);
    while !(is_done && is_printed) {
        let line = dev.wait_for_line("");
        is_printed |= line.contains(printed);
        is_done |= line.starts_with("{\"event\":\"done\"");
    }
}

/// As an editor saves: a file beside takes the place of the old one.
fn save(shop: &Checkout, path: &str, text: &str) {
    let beside = format!("{path}.tmp");
    shop.write(&beside, text);
    std::fs::rename(shop.root().join(beside), shop.root().join(path)).unwrap();
}

#[test]
fn a_saved_file_restarts_the_app_at_once_and_what_is_not_named_restarts_nothing() {
    let shop = shop();
    let dev = start(&shop);
    let id = shop.unit("api").id;
    shop.write("api/README.md", "not named");
    shop.write("api/src/ignored/x.py", "ignored");
    shop.write("node_modules/x/y.py", "ignored");
    let saved = Instant::now();
    save(&shop, "api/src/app.py", &app(2));
    let watch = event(&dev, "watch");
    dev.wait_for_line("\"stopping\"");
    let mut quickest = saved.elapsed();
    assert_eq!((&watch["files"], &watch["names"]), (&vec!["api/src/app.py"].into(), &vec!["api"].into()));
    wait_for_round(&dev, "version 2 one");
    // What else this computer does only ever makes it later, so the quickest of some tells what it takes.
    for turn in 0..5 {
        if quickest < BEGUN_WITHIN {
            break;
        }
        let saved = Instant::now();
        save(&shop, "api/src/app.py", &format!("{}# {turn}\n", app(2)));
        dev.wait_for_line("\"stopping\"");
        quickest = quickest.min(saved.elapsed());
        wait_for_round(&dev, "version 2 one");
    }
    assert!(quickest < BEGUN_WITHIN, "the restart began {quickest:?} after the save");
    // A folder that is new, with a file in it already.
    shop.write("api/src/new/deep/more.py", "x = 1");
    assert_eq!(event(&dev, "watch")["files"], Value::from(vec!["api/src/new/deep/more.py"]));
    wait_for_round(&dev, "version 2 one");
    assert_eq!(shop.unit("api").id, id, "it was replaced instead of restarted");
    kill_process(Pid::from_raw(dev.id().try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
    dev.wait().expect_success();
    assert!(shop.unit("api").running);
}

#[test]
fn many_changes_at_once_are_one_restart() {
    let shop = shop();
    for file in 0..300 {
        shop.write(&format!("api/src/many/file{file}.py"), "x = 1");
    }
    let dev = start(&shop);
    for file in 0..300 {
        shop.write(&format!("api/src/many/file{file}.py"), "x = 2");
    }
    assert_eq!(event(&dev, "watch")["files"].as_array().unwrap().len(), 10);
    wait_for_round(&dev, "version 1 one");
    shop.write("api/in.txt", "last");
    // Nothing was left over of the many.
    let next = event(&dev, "watch");
    assert_eq!(next["files"], Value::from(vec!["api/in.txt"]));
}

#[test]
fn changed_inputs_and_a_changed_manifest_are_applied_and_a_broken_one_is_told() {
    let shop = shop();
    let dev = start(&shop);
    shop.write("api/in.txt", "second");
    dev.wait_for_line("in.txt changed");
    wait_for_round(&dev, "version 1 one");
    assert_eq!(shop.read("api/out.txt"), "second");
    shop.write("dev.yaml", "apps: [");
    assert_eq!(event(&dev, "problem")["place"]["file"], "dev.yaml");
    assert!(shop.unit("api").running);
    shop.write("dev.yaml", SHOP.replace("WORD: one", "WORD: two"));
    dev.wait_for_line("version 1 two");
}

#[test]
fn a_crash_is_told_with_its_last_words_and_the_next_change_starts_it_again() {
    let shop = Checkout::new("apps: { api: { runtime: python, run: python -u app.py, ready: { log: version } } }\n");
    shop.write(
        "app.py",
        "import os, time\nprint('version 1')\nwhile not os.path.exists('stop'): time.sleep(0.02)\nexit('last words')\n",
    );
    let dev = shop.start(&["dev", "--json"]);
    wait_for_round(&dev, "version 1");
    shop.write("stop", "");
    let problem = event(&dev, "problem");
    assert_eq!(problem["id"], "crashed");
    assert!(problem["output"].to_string().contains("last words"), "{problem}");
    shop.write("app.py", "import time\nprint('version 2')\ntime.sleep(600)\n");
    dev.wait_for_line("version 2");
}

#[test]
fn followed_logs_go_on_with_what_is_restarted_and_replaced() {
    let shop = shop();
    shop.up();
    let follow = shop.start(&["logs", "-f"]);
    follow.wait_for_line("version 1 one");
    shop.write("api/src/app.py", app(2));
    shop.run(&["restart", "api"]).expect_success();
    follow.wait_for_line("version 2 one");
    shop.write("dev.yaml", SHOP.replace("WORD: one", "WORD: two"));
    shop.up();
    follow.wait_for_line("version 2 two");
    let shown = follow.kill().stdout;
    assert_eq!(shown.lines().count(), 3, "{shown}");
    // While the manifest is broken, what was printed can still be read.
    shop.write("dev.yaml", "apps: [");
    assert!(shop.run(&["logs", "api"]).expect_success().stdout.contains("version 2 two"));
    // And what runs be seen and stopped.
    let rows = shop.run(&["status", "--json"]).expect_code(3).json();
    assert_eq!((&rows["services"][0]["name"], &rows["services"][0]["state"]), (&"api".into(), &"running".into()));
    shop.run(&["down", "apl"]).expect_code(2);
    shop.run(&["down", "api"]).expect_success();
    assert!(!shop.unit("api").running);
}

#[test]
fn what_was_printed_before_is_not_shown_again_after_a_restart() {
    let shop = shop();
    shop.up();
    let dev = shop.start(&["dev", "--json"]);
    event(&dev, "done");
    save(&shop, "api/src/app.py", &app(2));
    wait_for_round(&dev, "version 2 one");
    save(&shop, "api/src/app.py", &app(3));
    wait_for_round(&dev, "version 3 one");
    let shown = dev.kill().stdout;
    // Once at the most: when it was printed in the very second in which this began.
    assert!(shown.matches("version 1").count() <= 1, "{shown}");
}

/// A setup step that waits for a file, so that a test decides how long a round takes.
const GATED: &str = "{ run: 'while [ ! -e open ]; do sleep 0.02; done; cp in.txt out.txt', inputs: [in.txt] }";

#[test]
fn what_is_saved_while_a_round_is_at_work_leads_to_another_one() {
    let shop = shop();
    let manifest = SHOP.replace("{ run: 'cp in.txt out.txt', inputs: [in.txt] }", GATED);
    shop.write("dev.yaml", &manifest);
    let dev = shop.start(&["dev", "--json"]);
    // The very first round.
    dev.wait_for_line("\"state\":\"running\",\"because\"");
    shop.write("dev.yaml", manifest.replace("WORD: one", "WORD: two"));
    shop.write("api/in.txt", "second");
    shop.write("api/open", "");
    dev.wait_for_line("version 1 two");
    assert_eq!(shop.read("api/out.txt"), "second");
    // A later one, and what only its own manifest has named.
    std::fs::remove_file(shop.root().join("api/open")).unwrap();
    let named = manifest.replace("WORD: one", "WORD: three").replace("['src/**/*.py']", "['src/**/*.py', 'more/*']");
    shop.write("api/more/x", "1");
    shop.write("api/in.txt", "third");
    shop.write("dev.yaml", named);
    dev.wait_for_line("\"state\":\"running\",\"because\"");
    shop.write("api/more/x", "2");
    save(&shop, "api/src/app.py", &app(2));
    shop.write("api/open", "");
    let files = |watch: Value| watch["files"].as_array().unwrap().clone();
    while !files(event(&dev, "watch")).contains(&"api/more/x".into()) {}
    dev.wait_for_line("version 2 three");
}

#[test]
fn what_crashed_and_was_mended_while_others_were_on_their_way_is_started_again() {
    let shop = Checkout::new(&format!(
        "apps:\n  api: {{ runtime: python, path: api, run: python -u app.py, ready: {{ log: version }} }}\n  \
         slow: {{ runtime: python, path: slow, setup: [{GATED}], run: sleep 600 }}\n"
    ));
    shop.write("api/app.py", "exit('broken')");
    shop.write("slow/in.txt", "");
    let dev = shop.start(&["dev", "--json"]);
    assert_eq!(event(&dev, "problem")["id"], "crashed");
    shop.write("api/app.py", "import time\nprint('version 2')\ntime.sleep(600)\n");
    shop.write("slow/open", "");
    dev.wait_for_line("version 2");
}

#[test]
fn a_step_that_writes_its_own_inputs_does_not_go_on_for_ever() {
    let shop = shop();
    // As a generator does that notes the time, and under another name each time.
    let step = "{ run: 'date +%s%N > gen-$(date +%s%N).txt', inputs: ['*.txt'] }";
    shop.write("dev.yaml", SHOP.replace("{ run: 'cp in.txt out.txt', inputs: [in.txt] }", step));
    let dev = shop.start(&["dev", "--json"]);
    dev.wait_for_line("\"id\":\"changes-in-every-round\"");
    // What a person does is heeded as before.
    shop.write("api/src/app.py", app(2));
    dev.wait_for_line("version 2");
    let rounds = dev.kill().stdout.matches("{\"event\":\"watch\"").count();
    assert!(rounds <= 10, "{rounds} rounds");
}

#[test]
fn one_ctrl_c_leaves_everything_running_and_a_second_one_stops_it() {
    let shop = shop();
    let mut at = Terminal::start(&shop.command(&["up", "--watch"]), (40, 100));
    at.wait_for("watching for changes");
    at.wait_for("version 1 one");
    at.type_keys("\u{3}");
    at.wait_for("goes on running");
    assert_eq!(at.wait().0, 0);
    assert!(shop.unit("api").running);
    let mut at = Terminal::start(&shop.command(&["dev"]), (40, 100));
    at.wait_for("watching for changes");
    at.type_keys("\u{3}");
    at.wait_for("press Ctrl-C again");
    at.type_keys("\u{3}");
    assert_eq!(at.wait().0, 0);
    assert!(!shop.unit("api").running);
}
