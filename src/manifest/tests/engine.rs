//! The key `engine`.

use expect_test::expect;

use super::*;
use crate::manifest::{Engine, Ulimit};

#[test]
fn everything_is_read() {
    let text = "services:\n  s:\n    image: x:1\n    engine:\n      entrypoint: [tool, 'two words']\n      command: serve\n      user: 1000:1000\n      \
                workdir: /srv/\n      tmpfs: [/tmp/a, /tmp/b]\n      cap_add: [CAP_IPC_LOCK]\n      extra_hosts: { a.test: 10.0.0.5, b: host-gateway }\n      \
                shm_size: 64m\n      ulimits: { nofile: '1024:65536', memlock: -1 }\napps:\n  a: { runtime: node, run: x, engine: { shm_size: 1024 } }\n  b: { image: x:1 }\n";
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
        ulimits: vec![
            ("nofile".to_owned(), Ulimit { soft: 1024, hard: 65536 }),
            ("memlock".to_owned(), Ulimit { soft: -1, hard: -1 }),
        ],
    };
    assert_eq!(manifest.services[0].engine, wanted);
    assert_eq!(manifest.apps[0].engine, Engine { shm_size: Some(1024), ..Engine::default() });
    assert_eq!(manifest.apps[1].engine, Engine::default());
}

#[test]
fn what_opens_this_computer_or_has_no_effect_is_told() {
    expect![[r#"
        error[manifest-wrong-type]: `command` of `engine` of the service `s` has no effect here
          dev.yaml:5:15
          |     engine: { command: [z], cap_add: [SYS_ADMIN], privileged: true, shm_size: big, tmpfs: tmp }
          |               ^^^^^^^
          why: `run` is its command already
          fix: remove it
        error[manifest-wrong-type]: item 1 of `cap_add` of `engine` of the service `s` can't be `SYS_ADMIN`
          dev.yaml:5:39
          |     engine: { command: [z], cap_add: [SYS_ADMIN], privileged: true, shm_size: big, tmpfs: tmp }
          |                                       ^^^^^^^^^
          why: only rights that stay inside of what they are given to are granted
          fix: one of CHOWN, DAC_OVERRIDE, FOWNER, FSETID, IPC_LOCK, IPC_OWNER, KILL, MKNOD, NET_ADMIN, NET_BIND_SERVICE, NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT, SYS_PTRACE
        error[manifest-unknown-key]: `privileged` is not a key of `engine` of the service `s`
          dev.yaml:5:51
          |     engine: { command: [z], cap_add: [SYS_ADMIN], privileged: true, shm_size: big, tmpfs: tmp }
          |                                                   ^^^^^^^^^^
          why: the keys here are entrypoint, command, user, workdir, tmpfs, cap_add, extra_hosts, shm_size and ulimits
          fix: leave it out: nothing runs with more rights than it needs; see `cap_add`
        error[manifest-wrong-type]: `shm_size` of `engine` of the service `s` must be a size such as 64m or 1g, not a single value
          dev.yaml:5:79
          |     engine: { command: [z], cap_add: [SYS_ADMIN], privileged: true, shm_size: big, tmpfs: tmp }
          |                                                                               ^^^
          fix: write for example  shm_size: 1g
        error[manifest-bad-path]: `tmpfs` of `engine` of the service `s` must be an absolute path inside the service, not `tmp`
          dev.yaml:5:91
          |     engine: { command: [z], cap_add: [SYS_ADMIN], privileged: true, shm_size: big, tmpfs: tmp }
          |                                                                                           ^^^
          fix: write a path such as `/var/lib/search`
        error[manifest-wrong-type]: `user` of `engine` of the app `a` has no effect here
          dev.yaml:7:41
          |   a: { runtime: node, run: x, engine: { user: root, extra_hosts: { a: b } } }
          |                                         ^^^^
          why: an app with a `runtime` has its command from `run` and belongs to your user
          fix: remove it
        error[manifest-wrong-type]: `a` in `extra_hosts` of `engine` of the app `a` must be an address such as 10.0.0.5, or host-gateway, not a single value
          dev.yaml:7:71
          |   a: { runtime: node, run: x, engine: { user: root, extra_hosts: { a: b } } }
          |                                                                       ^
          fix: write for example  extra_hosts: { shop.test: 10.0.0.5 }
    "#]].assert_eq(&parsed(
        "services:\n  s:\n    image: x:1\n    run: y\n    engine: { command: [z], cap_add: [SYS_ADMIN], privileged: true, shm_size: big, tmpfs: tmp }\n\
         apps:\n  a: { runtime: node, run: x, engine: { user: root, extra_hosts: { a: b } } }\n",
    ));
}
