//! Stored secrets in a real keyring: GNOME's, on a bus of its own. Linux only.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Folder, Ran};
use crate::terminal::Terminal;

const VALUE: &str = "sk_live_4711_in_the_keyring";
const MANIFEST: &str = "apps:\n  api: { runtime: node, run: npm start, port: 3000, env: { KEY: '${secret.STRIPE_KEY}' } }\n\
                        secrets: { STRIPE_KEY: Ask the payments team }\n";

/// Whether the programs are here. Where they are not, that is said where nobody overlooks it; `tests/run` installs them.
fn has_keyring() -> bool {
    let programs = ["dbus-daemon", "dbus-run-session", "gnome-keyring-daemon", "secret-tool"];
    let is_there = |program: &&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let all = programs.iter().all(is_there);
    if !all {
        // Past the test runner, which keeps what a passed test prints to itself.
        let words = "\nSKIPPED: no keyring is tested here; install dbus, gnome-keyring and libsecret-tools\n";
        let terminal = std::fs::File::options().write(true).open("/dev/tty");
        let _ = terminal.map(|mut terminal| terminal.write_all(words.as_bytes()));
        let _ = std::io::stderr().write_all(words.as_bytes());
    }
    all || std::env::var_os("DEVENV_BED").is_some_and(|_| panic!("tests/run installs a keyring, and there is none"))
}

/// Runs a script beside an unlocked keyring; `devenv` and `secret-tool` reach it.
fn beside_a_keyring(folder: &Folder, script: &str) -> Ran {
    let script = format!(
        "set -eu\nprintf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n{script}"
    );
    let mut command = folder.surround(Command::new("dbus-run-session"), &["--", "sh", "-c", &script]);
    command.env("XDG_RUNTIME_DIR", folder.place.path().join("home")).env("DEVENV", env!("CARGO_BIN_EXE_devenv"));
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// Every file below a folder that holds a text.
fn files_with(folder: &std::path::Path, text: &str) -> String {
    let grep = Command::new("grep").args(["-rlF", text]).arg(folder).output().unwrap();
    String::from_utf8_lossy(&grep.stdout).into_owned()
}

#[test]
fn a_stored_secret_is_in_the_keyring_and_in_no_file_of_ours() {
    if !has_keyring() {
        return;
    }
    let shop = Folder::new(MANIFEST);
    std::fs::create_dir_all(shop.place.path().join("state")).unwrap();
    let script = format!(
        "printf %s {VALUE} | $DEVENV secret set STRIPE_KEY\n\
         echo \"looked up: $(secret-tool lookup service devenv account \"$PWD/STRIPE_KEY\")\"\n\
         echo \"in files: $(grep -rlF {VALUE} $DEVENV_HOME . || true).\"\n\
         echo \"got: $($DEVENV env --get KEY)\"\n$DEVENV secret list\n\
         $DEVENV env --explain KEY\n\
         printf other | $DEVENV secret set STRIPE_KEY\necho \"then: $($DEVENV env --get KEY)\"\n\
         $DEVENV secret remove STRIPE_KEY\n\
         echo \"after: $(secret-tool lookup service devenv account \"$PWD/STRIPE_KEY\" || true).\"\n\
         $DEVENV secret remove STRIPE_KEY || echo \"again: $?\"\n"
    );
    let ran = beside_a_keyring(&shop, &script).expect_success();
    for line in [
        &format!("looked up: {VALUE}"),
        "in files: .",
        &format!("got: {VALUE}"),
        "STRIPE_KEY  from the secret store, in the keyring of this computer",
        "has it, in the keyring of this computer",
        "then: other",
        "after: .",
        "again: 1",
    ] {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.all());
    }
    assert!(ran.stderr.contains("stored in the keyring of this computer"), "{}", ran.stderr);
}

#[test]
fn a_value_stored_without_the_keyring_is_the_newer_one_until_the_keyring_takes_it() {
    if !has_keyring() {
        return;
    }
    let shop = Folder::new(MANIFEST);
    let settings = shop.place.path().join("state/config/settings.yaml");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let script = format!(
        "printf old | $DEVENV secret set STRIPE_KEY\n\
         echo 'secrets: file' > {settings}\n\
         echo \"without: $($DEVENV env --get KEY || true).\"\n\
         printf {VALUE} | $DEVENV secret set STRIPE_KEY\n$DEVENV secret list\n\
         echo '{{}}' > {settings}\necho \"newer: $($DEVENV env --get KEY)\"\n\
         printf newest | $DEVENV secret set STRIPE_KEY\necho \"newest: $($DEVENV env --get KEY)\"\n",
        settings = settings.display()
    );
    let ran = beside_a_keyring(&shop, &script).expect_success();
    for line in ["without: .", "in a private file", &format!("newer: {VALUE}"), "newest: newest"] {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.all());
    }
    assert_eq!(files_with(&shop.place.path().join("state"), VALUE), "");
}

#[test]
fn a_locked_keyring_is_told_and_the_file_serves() {
    if !has_keyring() {
        return;
    }
    let shop = Folder::new(MANIFEST);
    let lock = "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null";
    let script = format!(
        "printf old | $DEVENV secret set STRIPE_KEY\n{lock}\necho \"locked: $($DEVENV env --get KEY || true).\"\n\
         printf {VALUE} | $DEVENV secret set STRIPE_KEY\necho \"then: $($DEVENV env --get KEY)\"\n\
         $DEVENV secret remove STRIPE_KEY || echo \"removed: $?\"\n"
    );
    let ran = beside_a_keyring(&shop, &script).expect_success();
    for line in ["locked: .", &format!("then: {VALUE}"), "removed: 1"] {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.all());
    }
    for line in [
        "warning: the keyring of this computer is locked",
        "stored in a private file, since the keyring of this computer is locked",
        "error[secret-keyring]: STRIPE_KEY may still be in the keyring",
    ] {
        assert!(ran.stderr.contains(line), "{line}\n{}", ran.all());
    }
}

#[test]
fn a_keyring_that_never_answers_holds_up_nobody() {
    let mut shop = Folder::new(MANIFEST);
    let socket = shop.place.path().join("bus");
    let _silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    shop.set("DBUS_SESSION_BUS_ADDRESS", &format!("unix:path={}", socket.display()));
    let began = Instant::now();
    let missing = shop.run(&["env", "--get", "KEY"]).expect_code(1);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let told = missing.stderr.matches("did not answer within").count();
    assert!(told == 1 && missing.stderr.contains("secret-missing"), "{}", missing.stderr);
    // Whatever needs no stored secret does not ask at all.
    shop.set("STRIPE_KEY", "given");
    let given = shop.run(&["env", "--get", "KEY"]).expect_success();
    assert!(!given.stderr.contains("keyring"), "{}", given.stderr);
    assert!(!shop.run(&["check"]).all().contains("did not answer"));
}

#[test]
fn at_a_terminal_a_missing_secret_is_asked_for_without_showing_it_and_only_once() {
    let shop = Folder::new(MANIFEST);
    let mut at = Terminal::start(&shop.command(&["env", "--get", "KEY"]), (24, 100));
    at.wait_for("STRIPE_KEY (Ask the payments team)");
    at.wait_until_keys_are_hidden();
    at.type_keys("typed-word-4711\r");
    let (code, screen) = at.wait();
    assert_eq!(code, 0, "{screen}");
    // Once as the answer of the command itself, and never as what was typed.
    assert_eq!(screen.matches("typed-word-4711").count(), 1, "{screen}");
    assert!(screen.contains("STRIPE_KEY is stored in a private file"), "{screen}");
    let again = Terminal::start(&shop.command(&["env", "--get", "KEY"]), (24, 100));
    let (code, screen) = again.wait();
    assert!(code == 0 && screen.contains("typed-word-4711") && !screen.contains("Ask the"), "{screen}");
}

#[test]
fn commands_for_secrets_run_side_by_side() {
    // Each waits for the other: one after the other, the first would end with an error.
    let meet = |own: &str, other: &str| {
        format!("touch {own}; for i in $(seq 500); do test -e {other} && echo {own} && exit; sleep 0.01; done; exit 1")
    };
    let shop = Folder::new(&format!(
        "apps:\n  api: {{ runtime: node, run: npm start, port: 3000, env: {{ KEY: '${{secret.A}} ${{secret.B}}' }} }}\n\
         secrets:\n  A: {{ from: '{}' }}\n  B: {{ from: '{}' }}\n",
        meet("one", "two"),
        meet("two", "one")
    ));
    assert_eq!(shop.run(&["env", "--yes", "--get", "KEY"]).expect_success().stdout, "one two\n");
}
