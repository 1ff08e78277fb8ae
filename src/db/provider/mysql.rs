//! MySQL and MariaDB, which differ in the names of their clients and in a few options.
//!
//! Neither can call a database otherwise. Its tables are moved into another one by a single statement, which the server does
//! whole or not at all; what is no table (views, triggers, routines, events) is written down before and made again after.

mod scripts;

use super::{Account, Call, Copying, Provider, Reads, Then, in_folder, shell_script};
use crate::db::dump_format::Content;
use crate::db::{SIDE, Target};
use crate::names::Sensitive;
use crate::sieve::{self, Sieve};
use scripts::{COPY, FUNCTIONS, IMPORT, LOAD, MOVE, OPTIONS, PRELUDE, STREAM};

pub(super) struct Mysql {
    client: &'static str,
    dump: &'static str,
    /// What only this one's dump understands.
    dump_options: &'static str,
}

pub(super) static MYSQL: Mysql =
    Mysql { client: "mysql", dump: "mysqldump", dump_options: "--no-tablespaces --set-gtid-purged=OFF" };
pub(super) static MARIADB: Mysql = Mysql { client: "mariadb", dump: "mariadb-dump", dump_options: "" };

/// Values only, nothing escaped, the first error ends it, and no command of the client's own.
const PLAIN: &str = "-N -B -r --binary-mode --local-infile=0 --default-character-set=utf8mb4";

/// In a table of tables: what keeps rows, whatever its kind. MariaDB has sequences and tables that remember their past as well.
const KEEPS_ROWS: &str = "table_type not in ('VIEW', 'SYSTEM VIEW')";

/// Databases that the server brings along.
const OWN: &str = "('information_schema', 'performance_schema', 'mysql', 'sys')";

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
            tell(
                "DEVENV_PAST",
                format!(
                    "select count(*) from information_schema.tables where table_schema = {} and table_type = 'SYSTEM VERSIONED';\n",
                    text(&copying.from.name)
                ),
            );
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
        // The user that an import was done by, should it have been ended in the middle.
        let guest = match name.name.starts_with(SIDE) {
            true => format!("DROP USER IF EXISTS {};\n", guest(name)),
            false => String::new(),
        };
        let end = format!("DROP DATABASE IF EXISTS {};\n{guest}", identifier(&name.name));
        call.variables.push(("DEVENV_END", Sensitive::new(end)));
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

    fn has_moved(&self, account: &Account, source: &Target, aside: &Target) -> Option<Call> {
        // The new place is made before; its tables come all at once.
        Some(self.sql(
            account,
            format!(
                "select exists(select 1 from information_schema.tables where table_schema = {}) or \
             not exists(select 1 from information_schema.schemata where schema_name = {});\n",
                text(&aside.name),
                text(&source.name),
            ),
        ))
    }

    fn dump(&self, account: &Account, name: &Target) -> Call {
        let options = "--single-transaction --quick --hex-blob --triggers --routines --events";
        let script =
            format!("{PRELUDE}exec $DEVENV_DUMP -uroot $DEVENV_DUMP_OPTIONS $history {options} -- \"$DEVENV_FROM\"");
        let mut call = self.script(account, &script);
        call.variables.push(("DEVENV_FROM", Sensitive::new(&name.name)));
        call
    }

    fn load(&self, account: &Account, name: &Target) -> Call {
        let mut call = self.script(account, LOAD);
        call.variables.push(("DEVENV_INTO", Sensitive::new(&name.name)));
        call
    }

    fn import(&self, account: &Account, name: &Target, _: (Reads, Then)) -> Call {
        let mut call = self.script(account, &format!("{PRELUDE}{FUNCTIONS}{IMPORT}"));
        let mut tell = |key: &'static str, value: String| call.variables.push((key, Sensitive::new(value)));
        tell("DEVENV_INTO", name.name.clone());
        tell("DEVENV_INTO_TEXT", text(&name.name));
        tell("DEVENV_GUEST", guest(name));
        tell("DEVENV_RIGHTS", rights(name, &guest(name)));
        tell("DEVENV_DROPS", format!("{};\n", [triggers(&[name]), drops(&[name])].join("\nunion all ")));
        // As the replacement of an expression.
        let owner = format!("{}@`%`", identifier(&account.user));
        tell("DEVENV_OWNER", owner.replace('\\', "\\\\").replace('/', "\\/").replace('&', "\\&"));
        call
    }

    fn sieve(&self, _: Reads) -> Option<Box<dyn Sieve>> {
        Some(Box::new(sieve::Mysql::default()))
    }

    fn query(&self, account: &Account, name: &Target, statement: &str) -> Option<Call> {
        let mut call = self.sql(account, format!("{statement}\n;\n"));
        call.command.extend(["--".to_owned(), name.name.clone()]);
        Some(call)
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
        let options = ["-uroot", "--init-command=set session lock_wait_timeout = 20"];
        let options = options.into_iter().chain(PLAIN.split(' '));
        let command = [self.client].into_iter().chain(options).map(str::to_owned).collect();
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

fn grant(account: &Account, name: &Target) -> String {
    rights(name, &format!("{}@'%'", text(&account.user)))
}

/// In a grant `_` and `%` stand for anything.
fn rights(name: &Target, user: &str) -> String {
    let pattern = name.name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
    format!("GRANT ALL PRIVILEGES ON {}.* TO {user};\n", identifier(&pattern))
}

/// The user that an import is done by is called as the database is that it goes into.
fn guest(name: &Target) -> String {
    format!("{}@'localhost'", text(&name.name))
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
    let gone = second.unwrap_or(first);
    tell("DEVENV_KILL", kill(&all));
    tell("DEVENV_FIRST", first.name.clone());
    tell("DEVENV_FIRST_TEXT", text(&first.name));
    tell("DEVENV_FIRST_TO", first_to.name.clone());
    tell("DEVENV_SECOND", second.map_or_else(String::new, |second| second.name.clone()));
    tell("DEVENV_SECOND_TEXT", second.map_or_else(String::new, |second| text(&second.name)));
    tell("DEVENV_TRIGGERS", format!("{};\n", triggers(&all)));
    tell("DEVENV_DROPS", format!("{};\n", drops(&all)));
    tell("DEVENV_MADE", made);
    tell("DEVENV_MOVES", moves(first, first_to, second));
    tell("DEVENV_UNMADE", unmade(first_to));
    tell(
        "DEVENV_LEFT",
        format!(
            "select count(*) from information_schema.tables where table_schema = {} and {KEEPS_ROWS};\n",
            text(&gone.name)
        ),
    );
    tell("DEVENV_END", format!("DROP DATABASE {};\n", identifier(&gone.name)));
}

/// One statement that moves every table.
fn moves(first: &Target, first_to: &Target, second: Option<&Target>) -> String {
    let quoted = |column: &str| format!("concat('`', replace({column}, '`', '``'), '`')");
    let (schema, table) = (quoted("table_schema"), quoted("table_name"));
    let schemas: Vec<String> = [first].into_iter().chain(second).map(|one| text(&one.name)).collect();
    format!(
        "set session group_concat_max_len = 67108864;\n\
         set @moves = (select group_concat({schema}, '.', {table}, ' TO ', \
         case when table_schema = {} then {} else {} end, '.', {table} order by table_schema <> {}) \
         from information_schema.tables where table_schema in ({}) and {KEEPS_ROWS});\n\
         set @move = if(@moves is null, 'do 0', concat('RENAME TABLE ', @moves));\n\
         prepare move from @move;\nexecute move;\n",
        text(&first.name),
        text(&identifier(&first_to.name)),
        text(&identifier(&first.name)),
        text(&first.name),
        schemas.join(", "),
    )
}

/// Removes a database unless something was moved into it.
fn unmade(name: &Target) -> String {
    let drop = text(&format!("DROP DATABASE {}", identifier(&name.name)));
    format!(
        "set @unmade = (select if(count(*) = 0, {drop}, 'do 0') from information_schema.tables where table_schema = {});\n\
         prepare unmade from @unmade;\nexecute unmade;\n",
        text(&name.name)
    )
}

/// Prints statements that remove triggers, without the last `;`.
fn triggers(of: &[&Target]) -> String {
    drop_each(of, "'trigger'", "trigger_schema", "trigger_name", "triggers")
}

/// The same for what else is no table.
fn drops(of: &[&Target]) -> String {
    let all = [
        drop_each(of, "'view'", "table_schema", "table_name", "views"),
        drop_each(of, "lower(routine_type)", "routine_schema", "routine_name", "routines"),
        drop_each(of, "'event'", "event_schema", "event_name", "events"),
    ];
    all.join("\nunion all ")
}

fn drop_each(of: &[&Target], what: &str, schema: &str, name: &str, table: &str) -> String {
    let schemas: Vec<String> = of.iter().map(|one| text(&one.name)).collect();
    format!(
        "select concat('drop ', {what}, ' `', replace({schema}, '`', '``'), '`.`', replace({name}, '`', '``'), '`;') \
         from information_schema.{table} where {schema} in ({})",
        schemas.join(", ")
    )
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
