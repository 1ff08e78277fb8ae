//! Where something listens, and when it is ready.

use expect_test::expect;

use super::*;
use crate::manifest::At;
use crate::names::Port;

#[test]
fn ports() {
    expect![[r#"
        error[manifest-bad-port]: `port` of the app `a` can't be 0
          dev.yaml:2:24
          |   a: { image: x, port: 0 }
          |                        ^
          why: it is the port that the program itself listens on
          fix: write that number, for example  port: 3000
        error[manifest-bad-port]: `port` of the app `b` can't be 70000
          dev.yaml:3:24
          |   b: { image: x, port: 70000 }
          |                        ^^^^^
          why: ports go from 1 to 65535
        error[manifest-bad-port]: `port` of the app `c` is one number, not `8080:80`
          dev.yaml:4:24
          |   c: { image: x, port: '8080:80' }
          |                        ^^^^^^^^^
          why: it is the one that it listens on; the one of this computer is leased for each checkout
          fix: write  port: 80
          fix: or  port: { inside: 80, outside: … }  for where people expect it
        error[manifest-bad-port]: `port` of the app `d` must be a port number, not `web`
          dev.yaml:5:24
          |   d: { image: x, port: web }
          |                        ^^^
          fix: write a number from 1 to 65535, for example  port: 3000
        error[manifest-bad-port]: `port` of the app `e` must be a port number, not `080`
          dev.yaml:6:24
          |   e: { image: x, port: 080 }
          |                        ^^^
          fix: write a number from 1 to 65535, for example  port: 3000
        error[manifest-wrong-type]: `port` of the app `f` must be a port number, not a list
          dev.yaml:7:24
          |   f: { image: x, port: [80] }
          |                        ^
          fix: write for example  port: 3000
        error[manifest-bad-port]: `port` of the app `g` must be a port number, not `-1`
          dev.yaml:8:24
          |   g: { image: x, port: -1 }
          |                        ^^
          fix: write a number from 1 to 65535, for example  port: 3000
        error[manifest-bad-port]: `port` of the app `h` is one number, not `127.0.0.1:8080:80/tcp`
          dev.yaml:9:24
          |   h: { image: x, port: 127.0.0.1:8080:80/tcp }
          |                        ^^^^^^^^^^^^^^^^^^^^^
          why: it is the one that it listens on; the one of this computer is leased for each checkout
          fix: write  port: 80
          fix: or  port: { inside: 80, outside: … }  for where people expect it
    "#]].assert_eq(&parsed(
        "apps:\n  a: { image: x, port: 0 }\n  b: { image: x, port: 70000 }\n  c: { image: x, port: '8080:80' }\n  \
         d: { image: x, port: web }\n  e: { image: x, port: 080 }\n  f: { image: x, port: [80] }\n  g: { image: x, port: -1 }\n  \
         h: { image: x, port: 127.0.0.1:8080:80/tcp }\n",
    ));
    read("apps:\n  a: { image: x, port: '8080' }\n");
}

#[test]
fn a_port_may_be_expected_elsewhere_on_this_computer() {
    let manifest = read(
        "services:\n  db: { use: postgres, port: { outside: 5433 } }\n  own: { image: x, port: { inside: 80, outside: 90 } }\n\
         apps:\n  a: { image: x, port: { inside: 3000, outside: 8080 } }\n  b: { image: x, port: { inside: 3000 } }\n",
    );
    let number = |port: &Option<At<Port>>| port.as_ref().map_or(0, |port| port.value.number());
    let services = manifest.services.iter().map(|it| (number(&it.port), number(&it.outside)));
    assert_eq!(services.collect::<Vec<_>>(), [(0, 5433), (80, 90)]);
    let apps = manifest.apps.iter().map(|it| (number(&it.port), number(&it.outside)));
    assert_eq!(apps.collect::<Vec<_>>(), [(3000, 8080), (3000, 0)]);
    expect![[r#"
        error[manifest-missing-key]: `port` of the service `own` needs `inside`: the port that it listens on
          dev.yaml:2:20
          |   own: { image: x, port: { outside: 80 } }
          |                    ^^^^
          fix: write for example  port: { inside: 3000, outside: 8080 }
        error[manifest-unknown-key]: `target` is not a key of `port` of the app `a`
          dev.yaml:4:26
          |   a: { image: x, port: { target: 80, published: 8080 } }
          |                          ^^^^^^
          why: the keys here are inside and outside
          fix: write `inside`, which means this here
        error[manifest-unknown-key]: `published` is not a key of `port` of the app `a`
          dev.yaml:4:38
          |   a: { image: x, port: { target: 80, published: 8080 } }
          |                                      ^^^^^^^^^
          why: the keys here are inside and outside
          fix: write `outside`, which means this here
        error[manifest-bad-port]: `inside` of `port` of the app `b` must be a port number, not `web`
          dev.yaml:5:34
          |   b: { image: x, port: { inside: web, outside: 0 } }
          |                                  ^^^
          fix: write a number from 1 to 65535, for example  port: 3000
        error[manifest-bad-port]: `outside` of `port` of the app `b` can't be 0
          dev.yaml:5:48
          |   b: { image: x, port: { inside: web, outside: 0 } }
          |                                                ^
          why: it is the port that the program itself listens on
          fix: write that number, for example  port: 3000
    "#]].assert_eq(&parsed(
        "services:\n  own: { image: x, port: { outside: 80 } }\napps:\n  a: { image: x, port: { target: 80, published: 8080 } }\n  \
         b: { image: x, port: { inside: web, outside: 0 } }\n",
    ));
}

#[test]
fn readiness() {
    expect![[r#"
        error[manifest-wrong-type]: `ready` of the app `a` must be a path such as `/healthz` or a mapping, not `healthz`
          dev.yaml:2:25
          |   a: { image: x, ready: healthz }
          |                         ^^^^^^^
          fix: write  ready: { run: … } for a command that must succeed
          fix: or  ready: { log: … } for words of its output
        error[manifest-wrong-type]: `ready` of the app `b` must be a path such as `/healthz` or a mapping, not `3000`
          dev.yaml:3:25
          |   b: { image: x, ready: 3000 }
          |                         ^^^^
          fix: write  ready: { port: 3000 }
        error[manifest-wrong-type]: `ready` of the app `c` must be a path such as `/healthz` or a mapping, not `30s`
          dev.yaml:4:25
          |   c: { image: x, ready: 30s }
          |                         ^^^
          fix: write  ready: { timeout: 30s }
        error[manifest-wrong-type]: `ready` of the app `d` must be a path such as `/healthz` or a mapping, not `http://localhost:80/up`
          dev.yaml:5:25
          |   d: { image: x, ready: 'http://localhost:80/up' }
          |                         ^^^^^^^^^^^^^^^^^^^^^^^^
          fix: write  ready: /up
        error[manifest-missing-key]: `ready` of the app `e` needs one of `http`, `log`, `run` and `port`
          dev.yaml:6:18
          |   e: { image: x, ready: {} }
          |                  ^^^^^
          fix: write for example  ready: { http: /healthz, timeout: 30s }
        error[manifest-too-many-keys]: `ready` of the app `f` has `http` and `log`
          dev.yaml:7:42
          |   f: { image: x, ready: { http: healthz, log: x } }
          |                                          ^^^
          why: only one of `http`, `log`, `run` and `port` is possible
          fix: keep the one that is meant
        error[manifest-bad-path]: `http` of `ready` of the app `g` must be a path that begins with `/`, not `healthz`
          dev.yaml:8:33
          |   g: { image: x, ready: { http: healthz } }
          |                                 ^^^^^^^
          fix: write  http: /healthz
        error[manifest-wrong-type]: `log` of `ready` of the app `h` must be words of its output, and is blank
          dev.yaml:9:32
          |   h: { image: x, ready: { log: '', timeout: 30 } }
          |                                ^^
          fix: write for example  ready: { log: Server started }
        error[manifest-bad-duration]: `timeout` of `ready` of the app `h` must be a duration up to 24h, not `30`
          dev.yaml:9:45
          |   h: { image: x, ready: { log: '', timeout: 30 } }
          |                                             ^^
          fix: say the unit: `30s` or `30m`
        error[manifest-missing-key]: `status` of `ready` of the app `i` has a meaning only with `http`
          dev.yaml:10:27
          |   i: { image: x, ready: { status: 200, timeout: 5 days } }
          |                           ^^^^^^
          fix: write  ready: { http: /healthz, status: 204 }
        error[manifest-bad-duration]: `timeout` of `ready` of the app `i` must be a duration up to 24h, not `5 days`
          dev.yaml:10:49
          |   i: { image: x, ready: { status: 200, timeout: 5 days } }
          |                                                 ^^^^^^
          fix: write a number and `ms`, `s`, `m` or `h`, for example `30s`
        error[manifest-bad-status]: `status` of `ready` of the app `j` must be a status of HTTP from 100 to 599, not `99`
          dev.yaml:11:44
          |   j: { image: x, ready: { http: /, status: 99, timeout: 0s } }
          |                                            ^^
          fix: write for example  status: 200
        error[manifest-bad-duration]: `timeout` of `ready` of the app `j` must be a duration up to 24h, not `0s`
          dev.yaml:11:57
          |   j: { image: x, ready: { http: /, status: 99, timeout: 0s } }
          |                                                         ^^
          fix: allow it some time, `500ms`, or leave it out
        error[manifest-bad-port]: `port` of `ready` of the app `k` can't be 0
          dev.yaml:12:33
          |   k: { image: x, ready: { port: 0, interval: 3s } }
          |                                 ^
          why: it is the port that the program itself listens on
          fix: write that number, for example  port: 3000
        error[manifest-unknown-key]: `interval` is not a key of `ready` of the app `k`
          dev.yaml:12:36
          |   k: { image: x, ready: { port: 0, interval: 3s } }
          |                                    ^^^^^^^^
          why: the keys here are http, log, run, port, status and timeout
          fix: leave it out: it is asked every 10 to 100 milliseconds
    "#]].assert_eq(&parsed(
        "apps:\n  a: { image: x, ready: healthz }\n  b: { image: x, ready: 3000 }\n  c: { image: x, ready: 30s }\n  \
         d: { image: x, ready: 'http://localhost:80/up' }\n  e: { image: x, ready: {} }\n  \
         f: { image: x, ready: { http: healthz, log: x } }\n  g: { image: x, ready: { http: healthz } }\n  \
         h: { image: x, ready: { log: '', timeout: 30 } }\n  i: { image: x, ready: { status: 200, timeout: 5 days } }\n  \
         j: { image: x, ready: { http: /, status: 99, timeout: 0s } }\n  k: { image: x, ready: { port: 0, interval: 3s } }\n",
    ));
}
