//! The key `engine`.

use expect_test::expect;

use super::*;
use crate::manifest::Engine;

#[test]
fn everything_is_read() {
    let text = "services:\n  s:\n    image: x:1\n    engine:\n      entrypoint: [tool, 'two words']\n      command: serve\n      user: 1000:1000\n      \
                workdir: /srv/\n      tmpfs: [/tmp/a, /tmp/b]\n      cap_add: [CAP_IPC_LOCK]\n      extra_hosts: { a.test: 10.0.0.5, b: host-gateway }\n      \
                shm_size: 64m\napps:\n  a: { runtime: node, run: x, engine: { shm_size: 1024 } }\n  b: { image: x:1 }\n";
    let manifest = load("dev.yaml", text.as_bytes()).unwrap();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let wanted = Engine {
        entrypoint: Some(words(&["tool", "two words"])),
        command: Some(words(&["serve"])),
        user: Some("1000:1000".to_owned()),
        workdir: Some("/srv".to_owned()),
        tmpfs: words(&["/tmp/a", "/tmp/b"]),
        cap_add: words(&["IPC_LOCK"]),
        extra_hosts: [("a.test", "10.0.0.5"), ("b", "host-gateway")].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
        shm_size: Some(64 << 20),
    };
    assert_eq!(manifest.services[0].engine, wanted);
    assert_eq!(manifest.apps[0].engine, Engine { shm_size: Some(1024), ..Engine::default() });
    assert_eq!(manifest.apps[1].engine, Engine::default());
}

#[test]
fn what_opens_this_computer_or_has_no_effect_is_told() {
    expect![[r#""#]].assert_eq(&parsed(
        "services:\n  s:\n    image: x:1\n    run: y\n    engine: { command: [z], cap_add: [SYS_ADMIN], privileged: true, shm_size: big, tmpfs: tmp }\n\
         apps:\n  a: { runtime: node, run: x, engine: { user: root, extra_hosts: { a: b } } }\n",
    ));
}
