//! MySQL and MariaDB, which differ in the names of their clients and in a few options.
//!
//! Neither can call a database otherwise. Its tables are moved into another one by a single statement, which the server does
//! whole or not at all; what is no table (views, triggers, routines, events) is written down before and made again after.

use super::{Account, Call, Copying, Provider, Reads, in_folder, shell_script, words};
use crate::db::Target;
use crate::db::dump_format::Content;
use crate::names::Sensitive;

pub(super) struct Mysql {
    client: &'static str,
    dump: &'static str,
    /// What only this one's dump understands.
    dump_options: &'static str,
}

pub(super) static MYSQL: Mysql =
    Mysql { client: "mysql", dump: "mysqldump", dump_options: "--no-tablespaces --set-gtid-purged=OFF" };
pub(super) static MARIADB: Mysql = Mysql { client: "mariadb", dump: "mariadb-dump", dump_options: "" };

/// Values only, nothing escaped, the first error ends it.
const PLAIN: &str = "-uroot -N -B -r --default-character-set=utf8mb4";

/// Databases that the server brings along.
const OWN: &str = "('information_schema', 'performance_schema', 'mysql', 'sys')";

/// Some distributions ship the one's client under the other's name, which does not know the other's options.
const PRELUDE: &str = "case $($DEVENV_DUMP --version) in *MariaDB*) DEVENV_DUMP_OPTIONS= ;; esac\n";

/// Functions that the scripts below are made of. Databases are told by variables, statements by here-documents.
const FUNCTIONS: &str = r#"
set -e
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
sql() { $DEVENV_CLIENT $DEVENV_PLAIN "$@"; }
# What is no table, as statements: of database $1, into file $2.
keep() {
    $DEVENV_DUMP -uroot $DEVENV_DUMP_OPTIONS --no-data --no-create-info --triggers --routines --events -- "$1" >"$files/$2"
    printf "select table_name from information_schema.views where table_schema = %s" "$3" | sql >"$files/views"
    if [ -s "$files/views" ]; then
        (IFS='
'; set -f; $DEVENV_DUMP -uroot $(printf %s "$DEVENV_DUMP_OPTIONS" | tr ' ' '\n') --no-data --skip-triggers -- "$1" $(cat "$files/views") >>"$files/$2")
    fi
}
"#;

/// Copies the content table by table inside of the server, in one transaction; what is no table comes last.
const COPY: &str = r#"
printf %s "$DEVENV_CREATE" | sql
$DEVENV_DUMP -uroot $DEVENV_DUMP_OPTIONS --no-data --skip-triggers -- "$DEVENV_FROM" >"$files/tables"
sql "$DEVENV_SIDE" <"$files/tables"
{
    echo "set foreign_key_checks = 0; set unique_checks = 0; set sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; start transaction;"
    printf %s "$DEVENV_INSERTS" | sql
    echo "commit;"
} >"$files/inserts"
sql "$DEVENV_SIDE" <"$files/inserts"
$DEVENV_DUMP -uroot $DEVENV_DUMP_OPTIONS --no-data --no-create-info --triggers --routines --events -- "$DEVENV_FROM" >"$files/rest"
sql "$DEVENV_SIDE" <"$files/rest"
"#;

/// The same as a stream, for what can't be copied so.
const STREAM: &str = r#"
printf %s "$DEVENV_CREATE" | sql
ended=$( { { $DEVENV_DUMP -uroot $DEVENV_DUMP_OPTIONS --single-transaction --quick --hex-blob --triggers --routines --events -- "$DEVENV_FROM" 3>&-; echo $? >&3; } |
    sql "$DEVENV_SIDE"; } 3>&1 )
[ "$ended" = 0 ]
"#;

/// Moves everything of one database into another, and of a second one into the first where there is a second.
const MOVE: &str = r#"
printf %s "$DEVENV_KILL" | sql | sql --force 2>/dev/null || true
keep "$DEVENV_FIRST" first "$DEVENV_FIRST_TEXT"
if [ -n "$DEVENV_SECOND" ]; then keep "$DEVENV_SECOND" second "$DEVENV_SECOND_TEXT"; fi
printf %s "$DEVENV_DROPS" | sql >"$files/drops"
sql <"$files/drops"
printf %s "$DEVENV_MOVES" | sql
sql "$DEVENV_FIRST_TO" <"$files/first"
if [ -n "$DEVENV_SECOND" ]; then sql "$DEVENV_FIRST" <"$files/second"; fi
printf %s "$DEVENV_END" | sql
"#;

/// The clients read whom and which database they mean from a file in a home of their own.
const OPTIONS: &str = r#"
export HOME="$PWD"
printf '[client]\nuser=root\n[mysql]\ndatabase="%s"\n' "$DEVENV_INTO" >"$HOME/.my.cnf"
"#;

/// Runs statements of somebody else's: what would lead to another database is passed over, and so is a word for clients that
/// not every client knows.
const RUN: &str = "LC_ALL=C sed -E -e '1s/.*enable the sandbox mode.*//' -e 's/^(CREATE DATABASE |USE `).*//' | $DEVENV_CLIENT $DEVENV_PLAIN -- \"$DEVENV_INTO\"";

impl Provider for Mysql {
    fn dumps_packed(&self) -> bool {
        false
    }

    fn list(&self, account: &Account) -> Call {
        self.sql(account, format!(
            "select json_object('name', s.schema_name,\
             'size', cast((select coalesce(sum(t.data_length + t.index_length), 0) from information_schema.tables t where t.table_schema = s.schema_name) as unsigned),\
             'sessions', (select count(*) from information_schema.processlist p where p.db = s.schema_name and p.id <> connection_id()),\
             'busy', (select count(*) from information_schema.processlist p where p.db = s.schema_name and p.id <> connection_id() and p.command <> 'Sleep'))\
             from information_schema.schemata s where s.schema_name not in {OWN} order by s.schema_name;\n"
        ))
    }

    fn create(&self, account: &Account, name: &Target, like: Option<&Target>) -> Call {
        self.sql(account, create(account, name, like))
    }

    fn copy(&self, account: &Account, copying: &Copying<'_>) -> Vec<Call> {
        let ways = [COPY, STREAM];
        let of = |way: &&str| {
            let mut call = self.script(account, &format!("{PRELUDE}{FUNCTIONS}{way}{MOVE}"));
            let mut tell = |key: &'static str, value: String| call.variables.push((key, Sensitive::new(value)));
            // A way that was tried before may have left something.
            let again = format!("DROP DATABASE IF EXISTS {};\n", identifier(&copying.side.name));
            tell("DEVENV_CREATE", format!("{again}{}", create(account, copying.side, Some(copying.from))));
            tell("DEVENV_FROM", copying.from.name.clone());
            tell("DEVENV_SIDE", copying.side.name.clone());
            tell("DEVENV_INSERTS", inserts(copying.from, copying.side));
            moving(&mut call, account, (copying.side, copying.to), None);
            call
        };
        ways.iter().map(of).collect()
    }

    fn remove(&self, account: &Account, name: &Target) -> Call {
        let mut call = self.script(
            account,
            &format!("{FUNCTIONS}printf %s \"$DEVENV_KILL\" | sql | sql --force 2>/dev/null || true\nprintf %s \"$DEVENV_END\" | sql\n"),
        );
        call.variables.push(("DEVENV_KILL", Sensitive::new(kill(&[name]))));
        call.variables
            .push(("DEVENV_END", Sensitive::new(format!("DROP DATABASE IF EXISTS {};\n", identifier(&name.name)))));
        call
    }

    fn rename(&self, account: &Account, from: &Target, to: &Target) -> Call {
        let mut call = self.script(account, &format!("{PRELUDE}{FUNCTIONS}{MOVE}"));
        moving(&mut call, account, (from, to), None);
        call
    }

    fn swap(&self, account: &Account, current: &Target, side: &Target, aside: &Target) -> Call {
        let mut call = self.script(account, &format!("{PRELUDE}{FUNCTIONS}{MOVE}"));
        moving(&mut call, account, (current, aside), Some(side));
        call
    }

    fn dump(&self, account: &Account, name: &Target) -> Call {
        let options = "--single-transaction --quick --hex-blob --triggers --routines --events";
        let script = format!("{PRELUDE}exec $DEVENV_DUMP -uroot $DEVENV_DUMP_OPTIONS {options} -- \"$DEVENV_FROM\"");
        let mut call = self.script(account, &script);
        call.variables.push(("DEVENV_FROM", Sensitive::new(&name.name)));
        call
    }

    fn load(&self, account: &Account, name: &Target) -> Call {
        self.run(account, name)
    }

    fn run(&self, account: &Account, name: &Target) -> Call {
        let mut call = self.script(account, RUN);
        call.variables.push(("DEVENV_INTO", Sensitive::new(&name.name)));
        call
    }

    fn reads(&self, content: Content) -> Option<Reads> {
        matches!(content, Content::MysqlSql | Content::MariadbSql | Content::Sql).then_some(Reads::Statements)
    }

    fn export(&self, account: &Account, name: &Target) -> Call {
        self.dump(account, name)
    }

    fn beside(&self, account: &Account, name: &Target, command: (&str, &str)) -> Call {
        let mut call = self.script(account, &in_folder(OPTIONS, command));
        call.variables.push(("DEVENV_INTO", Sensitive::new(&name.name)));
        call
    }

    fn shell(&self, account: &Account, name: &Target) -> Call {
        let mut call =
            self.script(account, "exec $DEVENV_CLIENT -uroot --default-character-set=utf8mb4 \"$@\" \"$DEVENV_INTO\"");
        // What takes the place of the script's own name.
        call.command.push("client".to_owned());
        call.variables.push(("DEVENV_INTO", Sensitive::new(&name.name)));
        call
    }

    fn refuses_dump(&self, of: &str, by: &str) -> Option<String> {
        let number = |version: &str| {
            let mut parts = version.split(['.', '-']).map(|part| part.parse::<u32>().ok());
            Some((parts.next()??, parts.next().flatten()))
        };
        let ((of_major, of_minor), (by_major, by_minor)) = (number(of)?, number(by)?);
        let newer =
            of_major > by_major || (of_major == by_major && of_minor.zip(by_minor).is_some_and(|(of, by)| of > by));
        newer.then(|| format!("version {by} does not read all that {of} wrote"))
    }
}

impl Mysql {
    fn sql(&self, account: &Account, input: String) -> Call {
        let command = words(&[self.client]).into_iter().chain(PLAIN.split(' ').map(str::to_owned)).collect();
        Call { command, input, variables: login(account) }
    }

    fn script(&self, account: &Account, script: &str) -> Call {
        let mut variables = login(account);
        let named = [
            ("DEVENV_CLIENT", self.client),
            ("DEVENV_DUMP", self.dump),
            ("DEVENV_DUMP_OPTIONS", self.dump_options),
            ("DEVENV_PLAIN", PLAIN),
        ];
        variables.extend(named.map(|(key, value)| (key, Sensitive::new(value))));
        Call { command: shell_script(script), variables, input: String::new() }
    }
}

fn login(account: &Account) -> Vec<(&'static str, Sensitive)> {
    // The password of the app's user is that of the administrator as well.
    account.password.clone().map(|password| ("MYSQL_PWD", password)).into_iter().collect()
}

fn create(account: &Account, name: &Target, like: Option<&Target>) -> String {
    let (named, grant) = (identifier(&name.name), grant(account, name));
    match like {
        None => format!("CREATE DATABASE {named};\n{grant}"),
        Some(like) => format!(
            "set @made = (select concat({}, default_character_set_name, ' COLLATE ', default_collation_name) \
             from information_schema.schemata where schema_name = {});\n\
             prepare made from @made;\nexecute made;\n{grant}",
            text(&format!("CREATE DATABASE {named} CHARACTER SET ")),
            text(&like.name),
        ),
    }
}

/// In a grant `_` and `%` stand for anything.
fn grant(account: &Account, name: &Target) -> String {
    let pattern = name.name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
    format!("GRANT ALL PRIVILEGES ON {}.* TO {}@'%';\n", identifier(&pattern), text(&account.user))
}

/// Prints a statement for each table that fills it from its original; what the server computes itself is left to it.
fn inserts(from: &Target, side: &Target) -> String {
    let (side, from_text) = (text(&identifier(&side.name)), text(&from.name));
    let from = text(&identifier(&from.name));
    let quoted = |column: &str| format!("concat('`', replace({column}, '`', '``'), '`')");
    let (table, column) = (quoted("t.table_name"), quoted("c.column_name"));
    format!(
        "set session group_concat_max_len = 67108864;\n\
         select concat('insert into ', {side}, '.', {table}, ' (', group_concat({column} order by c.ordinal_position), ') select ', \
         group_concat({column} order by c.ordinal_position), ' from ', {from}, '.', {table}, ';') \
         from information_schema.tables t join information_schema.columns c \
         on c.table_schema = t.table_schema and c.table_name = t.table_name \
         where t.table_schema = {from_text} and t.table_type = 'BASE TABLE' \
         and upper(c.extra) not like '%GENERATED%' and upper(c.extra) not like '%VIRTUAL%' and upper(c.extra) not like '%PERSISTENT%' \
         group by t.table_name;\n"
    )
}

/// The variables of [`MOVE`]: everything of the first goes where it says, and that of `second` into the first.
fn moving(call: &mut Call, account: &Account, (first, first_to): (&Target, &Target), second: Option<&Target>) {
    let mut tell = |key: &'static str, value: String| call.variables.push((key, Sensitive::new(value)));
    let all: Vec<&Target> = [first].into_iter().chain(second).collect();
    let made = create(account, first_to, Some(first));
    let end = match second {
        None => format!("DROP DATABASE {};\n", identifier(&first.name)),
        Some(second) => format!("DROP DATABASE {};\n", identifier(&second.name)),
    };
    tell("DEVENV_KILL", kill(&all));
    tell("DEVENV_FIRST", first.name.clone());
    tell("DEVENV_FIRST_TEXT", text(&first.name));
    tell("DEVENV_FIRST_TO", first_to.name.clone());
    tell("DEVENV_SECOND", second.map_or_else(String::new, |second| second.name.clone()));
    tell("DEVENV_SECOND_TEXT", second.map_or_else(String::new, |second| text(&second.name)));
    tell("DEVENV_DROPS", drops(&all));
    tell("DEVENV_MOVES", format!("{made}{}", moves(first, first_to, second)));
    tell("DEVENV_END", end);
}

/// One statement that moves every table.
fn moves(first: &Target, first_to: &Target, second: Option<&Target>) -> String {
    let quoted = |column: &str| format!("concat('`', replace({column}, '`', '``'), '`')");
    let (schema, table) = (quoted("table_schema"), quoted("table_name"));
    let schemas: Vec<String> = [first].into_iter().chain(second).map(|one| text(&one.name)).collect();
    format!(
        "set session group_concat_max_len = 67108864;\nset session lock_wait_timeout = 20;\n\
         set @moves = (select group_concat({schema}, '.', {table}, ' TO ', \
         case when table_schema = {} then {} else {} end, '.', {table} order by table_schema <> {}) \
         from information_schema.tables where table_schema in ({}) and table_type = 'BASE TABLE');\n\
         set @move = if(@moves is null, 'do 0', concat('RENAME TABLE ', @moves));\n\
         prepare move from @move;\nexecute move;\n",
        text(&first.name),
        text(&identifier(&first_to.name)),
        text(&identifier(&first.name)),
        text(&first.name),
        schemas.join(", "),
    )
}

/// Prints statements that remove what is no table.
fn drops(of: &[&Target]) -> String {
    let schemas: Vec<String> = of.iter().map(|one| text(&one.name)).collect();
    let schemas = schemas.join(", ");
    let drop = |what: &str, schema: &str, name: &str, table: &str| {
        format!(
            "select concat('drop ', {what}, ' `', replace({schema}, '`', '``'), '`.`', replace({name}, '`', '``'), '`;') \
             from information_schema.{table} where {schema} in ({schemas})"
        )
    };
    let all = [
        drop("'trigger'", "trigger_schema", "trigger_name", "triggers"),
        drop("'view'", "table_schema", "table_name", "views"),
        drop("lower(routine_type)", "routine_schema", "routine_name", "routines"),
        drop("'event'", "event_schema", "event_name", "events"),
    ];
    format!("{};\n", all.join("\nunion all "))
}

/// Prints statements that end connections.
fn kill(of: &[&Target]) -> String {
    let schemas: Vec<String> = of.iter().map(|one| text(&one.name)).collect();
    format!(
        "select concat('kill ', id, ';') from information_schema.processlist where db in ({}) and id <> connection_id();\n",
        schemas.join(", ")
    )
}

/// A name in SQL, whatever it holds.
fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text in SQL, whatever it holds.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        let password = Some(Sensitive::new("geheim"));
        Account { user: "app".into(), password, database: "app".into(), version: "11.8".into() }
    }

    #[test]
    fn names_and_passwords_are_no_arguments() {
        let (a, b) = (Target::named("a`; drop"), Target::named("b'"));
        let calls = [
            MARIADB.list(&account()),
            MARIADB.create(&account(), &a, Some(&b)),
            MARIADB.swap(&account(), &a, &b, &a),
            MARIADB.rename(&account(), &a, &b),
            MARIADB.remove(&account(), &a),
            MARIADB.dump(&account(), &a),
            MARIADB.load(&account(), &a),
        ];
        for call in &calls {
            let line = call.command.join(" ");
            assert!(!line.contains("geheim") && !line.contains("; drop"), "{line}");
        }
        assert_eq!(identifier("a`; drop"), "`a``; drop`");
        assert_eq!(text("b'\\"), "'b''\\\\'");
        assert!(grant(&account(), &Target::named("a_b")).contains("`a\\_b`.*"));
    }

    #[test]
    fn an_older_server_is_told_before_it_is_asked() {
        assert!(MYSQL.refuses_dump("8.4", "8.0").is_some());
        assert!(MARIADB.refuses_dump("11.8", "10.11").is_some());
        assert!(MARIADB.refuses_dump("10.11", "11.8").is_none());
        assert!(MYSQL.refuses_dump("8", "8.4").is_none());
    }
}
