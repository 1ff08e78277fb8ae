//! `devenv db url`, `shell` and `open`.

use clap::Args;

use super::reach::{Turn, reach, telling};
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::commands::inside::{self, Inside};
use crate::problem::{Exit, Problem, kinds};

/// Print where a database answers, with its login.
#[derive(Debug, Args)]
pub struct Url {
    /// Which: `scratch`, `db` (the service's own) or `db/scratch`; may be left out where there is one service.
    #[arg(value_name = "DB")]
    database: Option<String>,
}

/// Talk to a database with its own client.
#[derive(Debug, Args)]
pub struct Shell {
    /// Which.
    #[arg(value_name = "DB")]
    database: Option<String>,
    /// Arguments for the client.
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<String>,
}

/// Open a database in the desktop client that is installed for it.
#[derive(Debug, Args)]
pub struct Open {
    /// Which.
    #[arg(value_name = "DB")]
    database: Option<String>,
}

pub(super) async fn url(context: &Context, verb: &Url, scratch: bool) -> Result<Exit, Failure> {
    let reached = reach(context, (verb.database.as_deref(), None, scratch), Turn::Beside).await?;
    let tell = telling(context);
    let desk = reached.desk(context, &tell);
    desk.one(&reached.database).await?;
    let url = reached.server.url(&desk.target(&reached.database));
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({
            "service": reached.server.service, "name": reached.database, "url": url.reveal(),
        }));
    } else {
        context.ui.answer(url.reveal());
    }
    Ok(Exit::Done)
}

pub(super) async fn shell(context: &Context, verb: &Shell, scratch: bool) -> Result<Exit, Failure> {
    let reached = reach(context, (verb.database.as_deref(), None, scratch), Turn::Beside).await?;
    let tell = telling(context);
    let desk = reached.desk(context, &tell);
    desk.one(&reached.database).await?;
    let call = reached.server.provider.shell(&reached.server.account, &desk.target(&reached.database));
    let command = call.command.into_iter().chain(verb.rest.iter().cloned()).collect();
    let env = call.variables.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let own = (reached.at.identity.clone(), reached.at.manifest.clone());
    let place = inside::enter(context, own, &reached.server.service, Vec::new()).await?;
    place.run(context, &Inside { command, env }).await
}

pub(super) async fn open(context: &Context, verb: &Open, scratch: bool) -> Result<Exit, Failure> {
    let reached = reach(context, (verb.database.as_deref(), None, scratch), Turn::Beside).await?;
    let tell = telling(context);
    let desk = reached.desk(context, &tell);
    desk.one(&reached.database).await?;
    // Arguments of programs can be seen by every user of a computer, so the password is not among them.
    let url = reached.server.url_without_password(&desk.target(&reached.database));
    if !context.world.open_in_client(&url) {
        let what = "there is no program that opens databases".to_owned();
        return Err(Problem::new(&kinds::NO_CLIENT, what)
            .why("no desktop is here, or none of its programs takes such addresses")
            .fix(format!(
                "devenv db shell {}{}        # the database's own client",
                reached.address(&reached.database),
                reached.flag()
            ))
            .fix(format!(
                "devenv db url {}{}        # to paste elsewhere",
                reached.address(&reached.database),
                reached.flag()
            ))
            .into());
    }
    context.ui.status(&format!("opened {url}"));
    context.ui.hint(&format!(
        "devenv db url {}{}        # has the password",
        reached.address(&reached.database),
        reached.flag()
    ));
    Ok(Exit::Done)
}
