//! PostgreSQL 13 and later.

use super::{Account, Call, Copying, Provider, Reads, Then, in_folder, shell_script, words};
use crate::db::dump_format::Content;
use crate::db::{SIDE, Target};
use crate::names::Sensitive;
use crate::sieve::{self, Sieve};

pub(super) struct Postgres;

/// Where questions are put that are about another database: nothing of the developer's is in it.
const HALL: &str = "postgres";
/// Stops at the first error, reads no settings of anybody, prints values only, never asks for a password.
const PSQL: &[&str] = &["psql", "-X", "-w", "-q", "-At", "-v", "ON_ERROR_STOP=1"];
/// Up to so many bytes a copy is written to the log of changes, which disturbs the server less; beyond, files are copied.
const LOGGED_COPY: u64 = 100 << 20;
/// Up to so many bytes a copy beside open connections is streamed, which ends none of them.
const STREAMED_COPY: u64 = 200 << 20;

const LIST: &str = "
select json_build_object('name', d.datname, 'size', pg_database_size(d.oid),
  'sessions', count(a.pid), 'busy', count(a.pid) filter (where a.state <> 'idle'))
from pg_database d left join pg_stat_activity a
  on a.datid = d.oid and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
where d.datallowconn and not d.datistemplate and d.datname <> 'postgres'
group by d.oid, d.datname order by d.datname;
";

/// Streams one database into another that it makes under a name of its own first; a dump that ends early is a failure.
const STREAM: &str = r#"
set -e
psql -X -w -q -v ON_ERROR_STOP=1
ended=$( { { PGDATABASE=$DEVENV_FROM pg_dump --no-password 3>&-; echo $? >&3; } |
    PGDATABASE=$DEVENV_SIDE psql -X -w -q -v ON_ERROR_STOP=1 --single-transaction >/dev/null; } 3>&1 )
[ "$ended" = 0 ]
"#;
const STREAM_END: &str = "psql -X -w -q -v ON_ERROR_STOP=1 -c \"$DEVENV_RENAME\"\n";

/// Loads what somebody else wrote as a role that owns the database that it goes into, and has no right elsewhere. What it made
/// belongs to the service's user then, and the role is gone.
///
/// Its password passes through the input of a client only. A client that can be told to obey no command of its own is told so, on
/// the line that the first one shares: lines are counted as the file has them. Where more follows, the role stays.
const IMPORT: &str = r#"
set -e
log=$(mktemp)
trap 'rm -f "$log"' EXIT
secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
administer() { psql -X -w -q -At -v ON_ERROR_STOP=1 >/dev/null; }
{ printf "\\\\set secret %s\n" "$secret"; printf %s "$DEVENV_ROLE_MADE"; } | administer
PGDATABASE=$DEVENV_OWN psql -X -w -q -At -c "$DEVENV_EXTENSIONS" </dev/null | psql -X -w -q >/dev/null 2>&1 || true
as_guest() { PGUSER=$DEVENV_SIDE PGPASSWORD=$secret "$@"; }
guarded() {
    case $(psql --help=commands </dev/null) in *'\restrict'*) printf '\\restrict %s \\\\ ' "$secret" ;; esac
    cat
}
ended=0
if [ "$DEVENV_READS" = dump ]; then
    as_guest pg_restore --no-password --no-owner --no-privileges -d "$DEVENV_INTO" 2>"$log" || ended=$?
else
    guarded | as_guest psql -X -w -q -v ON_ERROR_STOP=1 -f - >/dev/null 2>"$log" || ended=$?
fi
wrong=$(grep -E '(ERROR|FATAL|PANIC):' "$log" | grep -v -E "$DEVENV_TOLERATED" | head -n 20 || true)
[ -z "$wrong" ] || { echo "$wrong" >&2; exit 3; }
# What was passed over counts as an error there.
if [ "$DEVENV_READS" = dump ] && grep -q 'errors ignored on restore' "$log"; then ended=0; fi
[ "$ended" = 0 ] || { tail -n 20 "$log" >&2; exit "$ended"; }
printf %s "$DEVENV_ROLE_GONE" | administer
"#;

/// Brings back what was saved here, with owners and rights: roles that are gone since then are passed over.
const LOAD: &str = r#"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
pg_restore --no-password -d "$DEVENV_INTO" 2>"$log"
ended=$?
wrong=$(grep -E '(ERROR|FATAL|PANIC):' "$log" | grep -v -E "$DEVENV_TOLERATED" | head -n 20)
[ -z "$wrong" ] || { echo "$wrong" >&2; exit 3; }
if grep -q 'errors ignored on restore' "$log"; then ended=0; fi
[ "$ended" = 0 ] || { tail -n 20 "$log" >&2; exit "$ended"; }
"#;

/// What may be told while an archive is read, beside a role that is not there.
const NO_ROLE: &str = "role \"[^\"]*\" does not exist";
const NOT_OURS: &str =
    "role \"[^\"]*\" does not exist|must be owner of (extension|schema)|unrecognized configuration parameter";

/// Extensions that only an administrator may add are there in what is imported if the service's own database has them.
const EXTENSIONS: &str = "select format('create extension if not exists %I cascade;', e.extname)
    from pg_extension e join pg_available_extension_versions v on v.name = e.extname and v.version = e.extversion
    where v.superuser and not v.trusted";

/// A client that goes on after an error would end well.
const CLIENT_FILE: &str = r#"
echo '\set ON_ERROR_STOP 1' >.psqlrc
export PSQLRC="$PWD/.psqlrc"
"#;

impl Provider for Postgres {
    fn dumps_packed(&self) -> bool {
        true
    }

    fn list(&self, account: &Account) -> Call {
        psql(account, HALL, LIST.to_owned())
    }

    fn create(&self, account: &Account, name: &Target, like: Option<&Target>) -> Call {
        psql(account, HALL, create(account, name, like))
    }

    /// | connections | size | way |
    /// |---|---|---|
    /// | none | any | the server copies, by its log up to 100 MB, else by files |
    /// | some | up to 200 MB | streamed: nobody is disturbed |
    /// | some, all idle | more | they are ended, and the server copies: clients connect again |
    /// | some, busy | more | streamed |
    fn copy(&self, account: &Account, copying: &Copying<'_>) -> Vec<Call> {
        let found = copying.found;
        let streamed = stream(account, copying);
        let within = |end: &str| psql(account, HALL, format!("{end}{}", template(account, copying)));
        match (found.sessions, found.busy) {
            (0, _) => vec![within(""), streamed],
            (_, 0) if found.size > STREAMED_COPY => vec![within(&end_connections(copying.from)), streamed],
            _ => vec![streamed],
        }
    }

    fn remove(&self, account: &Account, name: &Target) -> Call {
        let named = identifier(&name.name);
        // The role that an import was done by, should it have been ended in the middle.
        let role = if name.name.starts_with(SIDE) { format!("DROP ROLE IF EXISTS {named};\n") } else { String::new() };
        psql(account, HALL, format!("DROP DATABASE IF EXISTS {named} WITH (FORCE);\n{role}"))
    }

    fn rename(&self, account: &Account, from: &Target, to: &Target) -> Call {
        psql(account, HALL, format!("BEGIN;\n{}{}COMMIT;\n", end_connections(from), rename(from, to)))
    }

    fn swap(&self, account: &Account, current: &Target, side: &Target, aside: &Target) -> Call {
        let ended = format!("{}{}", end_connections(current), end_connections(side));
        // What is brought back by an undo has its own settings.
        let settings = if side.name.starts_with(SIDE) { settings(current, side) } else { String::new() };
        let renamed = format!("{}{}", rename(current, aside), rename(side, current));
        psql(account, HALL, format!("BEGIN;\n{ended}{settings}{renamed}COMMIT;\n"))
    }

    fn dump(&self, account: &Account, name: &Target) -> Call {
        call(account, &name.name, words(&["pg_dump", "--no-password", "--lock-wait-timeout=20s", "-Fc", "-Z1"]))
    }

    fn load(&self, account: &Account, name: &Target) -> Call {
        let mut call = call(account, &name.name, shell_script(LOAD));
        call.variables.push(("DEVENV_INTO", into(name)));
        call.variables.push(("DEVENV_TOLERATED", Sensitive::new(NO_ROLE)));
        call
    }

    fn import(&self, account: &Account, name: &Target, (reads, then): (Reads, Then)) -> Call {
        let mut call = call(account, &name.name, shell_script(IMPORT));
        let mut tell = |key: &'static str, value: &str| call.variables.push((key, Sensitive::new(value)));
        tell("DEVENV_SIDE", &name.name);
        tell("DEVENV_OWN", &account.database);
        tell("DEVENV_READS", if reads == Reads::Dump { "dump" } else { "statements" });
        tell("DEVENV_TOLERATED", NOT_OURS);
        tell("DEVENV_EXTENSIONS", EXTENSIONS);
        tell("DEVENV_ROLE_MADE", &role_made(name));
        tell("DEVENV_ROLE_GONE", &if then == Then::Done { role_gone(account, name) } else { String::new() });
        call.variables.push(("DEVENV_INTO", into(name)));
        call
    }

    fn sieve(&self, reads: Reads) -> Option<Box<dyn Sieve>> {
        match reads {
            // No client obeys any of it: what is in it goes to the server as it is.
            Reads::Dump => None,
            Reads::Statements => Some(Box::new(sieve::Postgres::default())),
        }
    }

    fn query(&self, account: &Account, name: &Target, statement: &str) -> Option<Call> {
        Some(psql(account, &name.name, format!("{statement}\n;\n")))
    }

    fn reads(&self, content: Content) -> Option<Reads> {
        match content {
            Content::PostgresArchive => Some(Reads::Dump),
            Content::PostgresSql | Content::Sql => Some(Reads::Statements),
            _ => None,
        }
    }

    fn export(&self, account: &Account, name: &Target) -> Call {
        call(
            account,
            &name.name,
            words(&["pg_dump", "--no-password", "--lock-wait-timeout=20s", "--no-owner", "--no-privileges"]),
        )
    }

    fn beside(&self, account: &Account, name: &Target, command: (&str, &str)) -> Call {
        call(account, &name.name, shell_script(&in_folder(CLIENT_FILE, command)))
    }

    fn shell(&self, account: &Account, name: &Target) -> Call {
        call(account, &name.name, words(&["psql", "-w"]))
    }

    fn refuses_dump(&self, of: &str, by: &str) -> Option<String> {
        let major = |version: &str| crate::catalog::major(version).parse::<u32>().ok();
        let (of, by) = (major(of)?, major(by)?);
        (of > by).then(|| format!("PostgreSQL {by} does not read what PostgreSQL {of} wrote"))
    }
}

fn psql(account: &Account, database: &str, input: String) -> Call {
    let mut call = Call { input, ..call(account, database, words(PSQL)) };
    // Nothing waits for another's transaction for long.
    call.variables.push(("PGOPTIONS", Sensitive::new("-c lock_timeout=20s")));
    call
}

fn call(account: &Account, database: &str, command: Vec<String>) -> Call {
    let text = |value: &str| Sensitive::new(value);
    let mut variables = vec![("PGUSER", text(&account.user)), ("PGDATABASE", text(database)), ("LC_ALL", text("C"))];
    variables.push(("PGCLIENTENCODING", text("UTF8")));
    variables.extend(account.password.clone().map(|password| ("PGPASSWORD", password)));
    Call { command, variables, input: String::new() }
}

fn create(account: &Account, name: &Target, like: Option<&Target>) -> String {
    let (name, owner) = (identifier(&name.name), identifier(&account.user));
    match like {
        None => format!("CREATE DATABASE {name} OWNER {owner};\n"),
        // Nothing but what is loaded may be in it.
        Some(like) => format!(
            "select format('CREATE DATABASE %s OWNER %s TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', {}, {}, \
             pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = {}\n\\gexec\n",
            text(&name),
            text(&owner),
            text(&like.name),
        ),
    }
}

fn template(account: &Account, copying: &Copying<'_>) -> String {
    // Before 15 there is one way only.
    let knows_ways = crate::catalog::major(&account.version).parse::<u32>().is_ok_and(|major| major >= 15);
    let way = match knows_ways {
        false => "",
        true if copying.found.size <= LOGGED_COPY => " STRATEGY wal_log",
        true => " STRATEGY file_copy",
    };
    let (to, owner) = (identifier(&copying.to.name), identifier(&account.user));
    format!("CREATE DATABASE {to} OWNER {owner} TEMPLATE {}{way};\n", identifier(&copying.from.name))
}

fn stream(account: &Account, copying: &Copying<'_>) -> Call {
    let mut made = call(account, HALL, shell_script(&format!("{STREAM}{STREAM_END}")));
    made.input = create(account, copying.side, Some(copying.from));
    made.variables.push(("DEVENV_FROM", Sensitive::new(&copying.from.name)));
    made.variables.push(("DEVENV_SIDE", Sensitive::new(&copying.side.name)));
    made.variables.push(("DEVENV_RENAME", Sensitive::new(rename(copying.side, copying.to))));
    made
}

/// The role that an import is done by is called as the database is that it goes into.
fn role_made(name: &Target) -> String {
    let (role, named) = (identifier(&name.name), text(&name.name));
    format!(
        "select format('CREATE ROLE %I', {named}) where not exists (select from pg_roles where rolname = {named})\n\\gexec\n\
         ALTER ROLE {role} LOGIN PASSWORD :'secret';\nALTER DATABASE {role} OWNER TO {role};\n\
         select format('ALTER SCHEMA public OWNER TO %I', {named}) where current_setting('server_version_num')::int < 150000\n\\gexec\n",
    )
}

fn role_gone(account: &Account, name: &Target) -> String {
    let (role, user) = (identifier(&name.name), identifier(&account.user));
    format!("REASSIGN OWNED BY {role} TO {user};\nDROP OWNED BY {role};\nDROP ROLE {role};\n")
}

/// A database as the target of a restore, written so that a name with `=` in it is none of the client's own options.
fn into(name: &Target) -> Sensitive {
    Sensitive::new(format!("dbname={}", option_value(&name.name)))
}

/// Gives one database what another one has beside its content, which no dump of the content holds: owner, rights, settings (its
/// own and those of roles in it), comment. Settings that are lists are kept as the server writes them down.
fn settings(of: &Target, to: &Target) -> String {
    const SETTINGS: &str = r#"
select format('ALTER DATABASE %I OWNER TO %I', TO_NAME, pg_get_userbyid(datdba)) from pg_database where datname = OF_NAME
union all select format('ALTER DATABASE %I CONNECTION LIMIT %s', TO_NAME, datconnlimit) from pg_database where datname = OF_NAME
union all select format('COMMENT ON DATABASE %I IS %L', TO_NAME, shobj_description(oid, 'pg_database')) from pg_database
    where datname = OF_NAME and shobj_description(oid, 'pg_database') is not null
union all select format('REVOKE ALL ON DATABASE %I FROM PUBLIC', TO_NAME) from pg_database where datname = OF_NAME and datacl is not null
\gexec
select format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, TO_NAME,
    case a.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(a.grantee)) end,
    case when a.is_grantable then ' WITH GRANT OPTION' else '' end)
from pg_database d, aclexplode(d.datacl) a where d.datname = OF_NAME and a.grantee <> d.datdba
\gexec
select format('ALTER %s SET %I TO %s',
    case s.setrole when 0 then format('DATABASE %I', TO_NAME) else format('ROLE %I IN DATABASE %I', pg_get_userbyid(s.setrole), TO_NAME) end,
    c.name, case when c.name in ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries')
    and c.value not in ('', '""') then c.value else quote_literal(c.value) end)
from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase,
    lateral (select split_part(one, '=', 1) as name, substr(one, strpos(one, '=') + 1) as value from unnest(s.setconfig) one) c
where d.datname = OF_NAME
\gexec
"#;
    SETTINGS.replace("OF_NAME", &text(&of.name)).replace("TO_NAME", &text(&to.name))
}

fn rename(from: &Target, to: &Target) -> String {
    format!("ALTER DATABASE {} RENAME TO {};\n", identifier(&from.name), identifier(&to.name))
}

fn end_connections(of: &Target) -> String {
    format!(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = {} and pid <> pg_backend_pid() \\g /dev/null\n",
        text(&of.name)
    )
}

/// A name in SQL, whatever it holds.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL, whatever it holds.
fn text(value: &str) -> String {
    let quoted = value.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// A value among connection options.
fn option_value(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Found;

    fn account(version: &str) -> Account {
        let password = Some(Sensitive::new("geheim"));
        Account { user: "app".into(), password, database: "app".into(), version: version.into() }
    }

    fn ways(version: &str, size: u64, sessions: u32, busy: u32) -> Vec<Call> {
        let (from, to, side) = (Target::named("app"), Target::named("copy"), Target::named("side"));
        let found = Found { name: "app".into(), size, sessions, busy, keys: None };
        Postgres.copy(&account(version), &Copying { from: &from, found: &found, to: &to, side: &side })
    }

    #[test]
    fn a_copy_goes_the_fastest_way_that_disturbs_nobody() {
        let first = |version, size, sessions, busy| ways(version, size, sessions, busy).remove(0).input;
        assert!(first("17", 1 << 20, 0, 0).ends_with("TEMPLATE \"app\" STRATEGY wal_log;\n"));
        assert!(first("17", 1 << 30, 0, 0).ends_with("TEMPLATE \"app\" STRATEGY file_copy;\n"));
        assert!(first("14", 1 << 30, 0, 0).ends_with("TEMPLATE \"app\";\n"));
        assert!(first("17", 1 << 20, 3, 0).contains("TEMPLATE template0"), "it is streamed");
        assert!(first("17", 1 << 30, 3, 0).contains("pg_terminate_backend"));
        assert!(first("17", 1 << 30, 3, 1).contains("TEMPLATE template0"), "it is streamed");
        // Somebody may connect in between.
        assert_eq!(ways("17", 1, 0, 0).len(), 2);
    }

    #[test]
    fn names_and_passwords_are_no_arguments() {
        let (a, b) = (Target::named("a\"; drop"), Target::named("b'"));
        let calls = [
            Postgres.list(&account("17")),
            Postgres.create(&account("17"), &a, Some(&b)),
            Postgres.swap(&account("17"), &a, &b, &a),
            Postgres.dump(&account("17"), &a),
            Postgres.load(&account("17"), &a),
        ];
        for call in calls.iter().chain(&ways("17", 1, 1, 0)) {
            let line = call.command.join(" ");
            assert!(!line.contains("geheim") && !line.contains("drop") && !line.contains("copy"), "{line}");
        }
        assert_eq!(identifier("a\"; drop"), "\"a\"\"; drop\"");
        assert_eq!(text("b'\\"), "E'b''\\\\'");
        assert_eq!(option_value("b'"), "'b\\''");
    }

    #[test]
    fn the_role_of_an_import_stays_while_more_follows() {
        let gone = |then| {
            let call = Postgres.import(&account("17"), &Target::named("side"), (Reads::Statements, then));
            let told = call.variables.into_iter().find(|(key, _)| *key == "DEVENV_ROLE_GONE");
            told.map(|(_, value)| value.reveal().to_owned()).unwrap()
        };
        assert_eq!(gone(Then::More), "");
        assert!(gone(Then::Done).contains("DROP ROLE \"side\";"));
    }

    #[test]
    fn an_older_server_is_told_before_it_is_asked() {
        assert!(Postgres.refuses_dump("17", "15").is_some());
        assert!(Postgres.refuses_dump("15", "17").is_none());
        assert!(Postgres.refuses_dump("17.2", "17").is_none());
    }
}
