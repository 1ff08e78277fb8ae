//! MongoDB. Its databases have names and can't be called otherwise: one collection after the other is moved, which the server does
//! by copying it and building its indexes; what is to be moved is written down at the server before, so that a move that was
//! cut short is finished by whoever comes next.
//!
//! Data goes in and out by the server's own dump tools, as their archive.

use super::{Account, Call, Copying, Provider, Reads, Then, in_folder, shell_script};
use crate::db::Target;
use crate::db::dump_format::Content;
use crate::names::Sensitive;
use crate::sieve::{self, Sieve};
use crate::words;

pub(super) struct Mongodb;

/// What the shell runs for every question.
const ASKED: &str = include_str!("mongodb/asked.js");

/// The shell keeps logs and settings in its home, and the tools read a password from a file only: the one gets a home of its own,
/// the other a descriptor.
const PRELUDE: &str = r#"
home=
trap 'rm -rf "$home"' EXIT
trap 'exit 130' HUP INT TERM
home=$(mktemp -d) || exit
asked() { DEVENV_ASK=$1 HOME=$home mongosh --nodb --quiet --norc --eval "$DEVENV_SCRIPT" </dev/null; }
tool() {
    program=$1
    shift
    "$program" --host=127.0.0.1 --port=27017 ${DEVENV_USER:+--username="$DEVENV_USER" --authenticationDatabase=admin} \
        --config=/dev/fd/4 "$@" 4<<END
$DEVENV_LOGIN
END
}
dump() { tool mongodump --archive --db="$DEVENV_FROM"; }
# Whatever its database was called.
load() { tool mongorestore --archive --stopOnError --nsFrom='$db$.$rest$' --nsTo="$DEVENV_INTO.\$rest\$"; }
"#;

/// Streams one database into another, which nobody sees before it is whole.
const COPY: &str = r#"
asked "$DEVENV_BEFORE" || exit
ended=$( { { dump 3>&-; echo $? >&3; } | load >/dev/null; } 3>&1 ) || exit
[ "$ended" = 0 ] || exit 1
asked "$DEVENV_AFTER"
"#;

/// Whoever calls the shell or the import tool without saying where means this database.
const BESIDE: &str = r#"
mkdir .bin
export DEVENV_MONGOSH="$(command -v mongosh)" DEVENV_MONGOIMPORT="$(command -v mongoimport)"
cat >.bin/mongosh <<'WRAPPER'
#!/bin/sh
exec "$DEVENV_MONGOSH" --nodb --norc --eval 'db = connect(process.env.DEVENV_URI); void 0' "$@"
WRAPPER
cat >.bin/mongoimport <<'WRAPPER'
#!/bin/sh
exec "$DEVENV_MONGOIMPORT" --host=127.0.0.1 --port=27017 ${DEVENV_USER:+--username="$DEVENV_USER" --authenticationDatabase=admin} \
    --config=/dev/fd/4 --db="$DEVENV_INTO" "$@" 4<<END
$DEVENV_LOGIN
END
WRAPPER
chmod +x .bin/mongosh .bin/mongoimport
export HOME="$PWD" PATH="$PWD/.bin:$PATH"
"#;

/// Without a command of its own, it goes on as a person's.
const SHELL: &str = "[ $# != 0 ] || set -- --shell\nexec mongosh --nodb --quiet --eval 'db = connect(process.env.DEVENV_URI); void 0' \"$@\"";

impl Provider for Mongodb {
    fn dumps_packed(&self) -> bool {
        false
    }

    fn moves_at_length(&self) -> bool {
        true
    }

    fn list(&self, account: &Account) -> Call {
        asked(account, &[("verb", "list"), ("own", &account.database)])
    }

    fn create(&self, account: &Account, name: &Target, _: Option<&Target>) -> Call {
        about(account, "create", &[("name", name)])
    }

    fn copy(&self, account: &Account, copying: &Copying<'_>) -> Vec<Call> {
        let told = [("name", copying.from), ("to", copying.to), ("side", copying.side)];
        let mut call = script(account, COPY);
        let mut tell = |key: &'static str, value: String| call.variables.push((key, Sensitive::new(value)));
        tell("DEVENV_BEFORE", question(account, "copy", &told));
        tell("DEVENV_AFTER", question(account, "copied", &told));
        tell("DEVENV_FROM", copying.from.name.clone());
        tell("DEVENV_INTO", copying.to.name.clone());
        vec![call]
    }

    fn remove(&self, account: &Account, name: &Target) -> Call {
        about(account, "remove", &[("name", name)])
    }

    fn rename(&self, account: &Account, from: &Target, to: &Target) -> Call {
        about(account, "rename", &[("name", from), ("to", to)])
    }

    fn swap(&self, account: &Account, current: &Target, side: &Target, aside: &Target) -> Call {
        about(account, "swap", &[("name", current), ("side", side), ("to", aside)])
    }

    fn has_moved(&self, account: &Account, _: &Target, aside: &Target) -> Option<Call> {
        Some(about(account, "has-moved", &[("to", aside)]))
    }

    fn dump(&self, account: &Account, name: &Target) -> Call {
        let mut call = script(account, "dump\n");
        call.variables.push(("DEVENV_FROM", Sensitive::new(&name.name)));
        call
    }

    fn load(&self, account: &Account, name: &Target) -> Call {
        let mut call = script(account, "load >/dev/null\n");
        call.variables.push(("DEVENV_INTO", Sensitive::new(&name.name)));
        call
    }

    fn import(&self, account: &Account, name: &Target, _: (Reads, Then)) -> Call {
        // Whatever an archive calls its database, its collections end in this one.
        self.load(account, name)
    }

    fn sieve(&self, _: Reads) -> Option<Box<dyn Sieve>> {
        Some(Box::new(sieve::Archive::default()))
    }

    fn reads(&self, content: Content) -> Option<Reads> {
        (content == Content::MongoArchive).then_some(Reads::Dump)
    }

    fn export(&self, account: &Account, name: &Target) -> Call {
        self.dump(account, name)
    }

    fn exports_text(&self) -> bool {
        false
    }

    fn beside(&self, account: &Account, name: &Target, command: (&str, &str)) -> Call {
        let mut variables = login(account, (&name.name, ""));
        variables.push(("DEVENV_INTO", Sensitive::new(&name.name)));
        Call { command: shell_script(&in_folder(BESIDE, command)), variables, input: String::new() }
    }

    fn shell(&self, account: &Account, name: &Target) -> Call {
        let mut command = shell_script(SHELL);
        // What takes the place of the script's own name.
        command.push("client".to_owned());
        Call { command, variables: login(account, (&name.name, "")), input: String::new() }
    }

    fn refuses_dump(&self, of: &str, by: &str) -> Option<String> {
        let major = |version: &str| crate::catalog::major(version).parse::<u32>().ok();
        let (of, by) = (major(of)?, major(by)?);
        (of > by).then(|| format!("MongoDB {by} does not read all that MongoDB {of} wrote"))
    }
}

fn about(account: &Account, verb: &str, told: &[(&str, &Target)]) -> Call {
    let mut call = script(account, "asked \"$DEVENV_ASKED\"\n");
    call.variables.push(("DEVENV_ASKED", Sensitive::new(question(account, verb, told))));
    call
}

fn asked(account: &Account, told: &[(&str, &str)]) -> Call {
    let mut call = script(account, "asked \"$DEVENV_ASKED\"\n");
    call.variables.push(("DEVENV_ASKED", Sensitive::new(json(told))));
    call
}

/// What is asked for, as the shell's script reads it.
fn question(account: &Account, verb: &str, told: &[(&str, &Target)]) -> String {
    let told = told.iter().map(|(key, target)| (*key, target.name.as_str()));
    let all: Vec<(&str, &str)> = [("verb", verb), ("own", account.database.as_str())].into_iter().chain(told).collect();
    json(&all)
}

fn json(told: &[(&str, &str)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> =
        told.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    serde_json::Value::Object(map).to_string()
}

fn script(account: &Account, script: &str) -> Call {
    // By its name, a question of ours is not counted among those that are at work.
    let mut variables = login(account, ("admin", "&appName=devenv"));
    variables.push(("DEVENV_SCRIPT", Sensitive::new(ASKED)));
    Call { command: shell_script(&format!("{PRELUDE}{script}")), variables, input: String::new() }
}

/// Who we are, for the shell as an address and for the tools as a line of their settings, which are YAML.
fn login(account: &Account, (database, more): (&str, &str)) -> Vec<(&'static str, Sensitive)> {
    let secret = account.password.as_ref().map(Sensitive::reveal);
    let who = secret.map_or_else(String::new, |secret| {
        format!("{}:{}@", words::percent_encoded(&account.user), words::percent_encoded(secret))
    });
    let database = words::percent_encoded(database);
    let uri = format!("mongodb://{who}127.0.0.1:27017/{database}?authSource=admin&directConnection=true{more}");
    let line = secret.map(|secret| format!("password: {}", serde_json::Value::from(secret)));
    vec![
        ("DEVENV_URI", Sensitive::new(uri)),
        ("DEVENV_LOGIN", Sensitive::new(line.unwrap_or_default())),
        ("DEVENV_USER", Sensitive::new(secret.map_or("", |_| account.user.as_str()))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        let password = Some(Sensitive::new("ge/he\"im"));
        Account { user: "app".into(), password, database: "app".into(), version: "8".into() }
    }

    fn told(call: &Call, key: &str) -> String {
        call.variables
            .iter()
            .find(|(one, _)| *one == key)
            .map(|(_, value)| value.reveal().to_owned())
            .unwrap_or_default()
    }

    #[test]
    fn names_and_passwords_are_no_arguments_and_never_code() {
        let (a, b) = (Target::named("a\"}); db.dropDatabase(); ({\"$x\n"), Target::named("b'$(id)"));
        let found = crate::db::Found::default();
        let copying = Copying { from: &a, found: &found, to: &b, side: &b };
        let mut calls = vec![
            Mongodb.list(&account()),
            Mongodb.create(&account(), &a, None),
            Mongodb.remove(&account(), &a),
            Mongodb.rename(&account(), &a, &b),
            Mongodb.swap(&account(), &a, &b, &a),
            Mongodb.dump(&account(), &a),
            Mongodb.load(&account(), &a),
            Mongodb.shell(&account(), &a),
            Mongodb.beside(&account(), &a, ("/tmp/x", "mongosh seed.js")),
        ];
        calls.extend(Mongodb.copy(&account(), &copying));
        for call in &calls {
            let line = call.command.join(" ");
            assert!(!line.contains("he\"im") && !line.contains("dropDatabase()") && !line.contains("$(id)"), "{line}");
            assert!(!told(call, "DEVENV_SCRIPT").contains("$(id)"));
        }
        let asked: serde_json::Value = serde_json::from_str(&told(&calls[3], "DEVENV_ASKED")).unwrap();
        assert_eq!((asked["name"].as_str(), asked["to"].as_str()), (Some(a.name.as_str()), Some(b.name.as_str())));
    }

    #[test]
    fn the_login_is_of_the_server_and_fits_each_program() {
        let call = Mongodb.shell(&account(), &Target::named("a b"));
        let uri = told(&call, "DEVENV_URI");
        assert!(uri.starts_with("mongodb://app:ge%2Fhe%22im@127.0.0.1:27017/a%20b?authSource=admin"), "{uri}");
        assert_eq!(told(&call, "DEVENV_LOGIN"), "password: \"ge/he\\\"im\"");
        let open = Account { password: None, ..account() };
        let call = Mongodb.dump(&open, &Target::named("a"));
        assert!(told(&call, "DEVENV_URI").starts_with("mongodb://127.0.0.1"));
        assert_eq!((told(&call, "DEVENV_LOGIN"), told(&call, "DEVENV_USER")), (String::new(), String::new()));
    }

    #[test]
    fn only_archives_are_read_and_those_of_an_older_server() {
        assert_eq!(Mongodb.reads(Content::MongoArchive), Some(Reads::Dump));
        assert!(Mongodb.reads(Content::Sql).is_none() && Mongodb.reads(Content::PostgresArchive).is_none());
        assert!(Mongodb.refuses_dump("8", "7").is_some() && Mongodb.refuses_dump("7.0", "8").is_none());
    }
}
