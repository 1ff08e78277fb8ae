//! Whoever offers downloads is asked whether it does, and what time it has.

use super::gather::{FAR, Late};
use crate::doctor::facts::{Answer, Clock, ClockOf, Origin, Trouble};
use crate::engine::Engine;
use crate::host::{self, Greeting};

/// The public origin of downloads.
const PUBLIC: &str = "docker.io";
const PUBLIC_SERVER: &str = "registry-1.docker.io:443";

/// Where every name and port may be closed but for the proxy, nothing can be told from here.
pub(super) async fn public(late: &Late, is_direct: bool) -> (Origin, Option<Clock>) {
    let mut origin = Origin { host: PUBLIC.to_owned(), ..Origin::default() };
    let mut clock = None;
    if is_direct {
        let server = PUBLIC_SERVER.trim_end_matches(":443");
        origin.name_found = late.within(FAR, PUBLIC, host::is_found(server)).await;
        if origin.name_found == Some(true) {
            let connected = late.within(FAR, PUBLIC, host::connect(PUBLIC_SERVER));
            let (answer, told) = futures_util::join!(connected, told_clock(server));
            origin.answer = answer.map(|answer| answer.map_or_else(Answer::Nothing, |()| Answer::Fine));
            clock = told;
        }
    }
    origin.has_login = Engine::stored_login(PUBLIC).is_some();
    (origin, clock)
}

/// One on this computer itself is asked directly; for any other the engine is, since only its way there counts.
pub(super) async fn ask_mirror(late: &Late, mirror: &str, engine: Option<&Engine>) -> (Origin, Option<Clock>) {
    let host = host::host_of(mirror).to_owned();
    let login = Engine::stored_login(&host);
    let mut origin = Origin { host: host.clone(), is_mirror: true, has_login: login.is_some(), ..Origin::default() };
    if host::is_this_computer(&host) {
        // Some only say that they can't when they are asked for something; that may take them longer than it is worth.
        let (greeted, asked) = futures_util::join!(
            late.within(FAR, &host, host::greet(&host, "/v2/", login.as_ref())),
            tokio::time::timeout(FAR, host::greet(&host, SOMETHING, login.as_ref())),
        );
        let clock = greeted.as_ref().and_then(|greeted| Some(clock(&host, greeted.as_ref().ok()?.time?)));
        let asked = asked.ok().and_then(Result::ok).filter(|greeting| failing(greeting).is_some());
        origin.answer =
            greeted.map(|greeted| greeted.map_or_else(Answer::Nothing, |one| answer(&asked.unwrap_or(one))));
        return (origin, clock);
    }
    let name = host::name_of(&host).to_owned();
    let is_name = name.parse::<std::net::IpAddr>().is_err();
    let (found, answer, clock) = futures_util::join!(
        async { if is_name { late.within(FAR, &name, host::is_found(&name)).await } else { None } },
        late.within(FAR, &host, async {
            match engine {
                Some(engine) => engine.ask_origin(&host).await,
                None => None,
            }
        }),
        told_clock(&host),
    );
    origin.name_found = found;
    origin.answer = answer.flatten();
    (origin, clock)
}

/// What every mirror has, or says that it has not.
const SOMETHING: &str = "/v2/library/busybox/manifests/latest";

fn answer(greeting: &Greeting) -> Answer {
    match failing(greeting) {
        Some(trouble) => Answer::Failing(trouble),
        None if greeting.status == 401 && greeting.wants_password => Answer::LoginWanted,
        None => Answer::Fine,
    }
}

/// How a mirror says that it can't at the moment.
fn failing(greeting: &Greeting) -> Option<Trouble> {
    match greeting.status {
        429 => Some(Trouble::Pause),
        status @ 500.. => Some(Trouble::Fails(format!("status {status}"))),
        200 if greeting.is_page => Some(Trouble::Page),
        _ => None,
    }
}

/// The clock of another computer, which web servers tell to whoever asks, without a login and without a secure connection.
async fn told_clock(host: &str) -> Option<Clock> {
    let greeted = tokio::time::timeout(FAR, host::greet(host, "/v2/", None)).await.ok()?.ok()?;
    Some(clock(host, greeted.time?))
}

fn clock(host: &str, time: i64) -> Clock {
    Clock { of: ClockOf::Mirror(host.to_owned()), ahead_s: time - i64::try_from(host::now()).unwrap_or(i64::MAX) }
}
