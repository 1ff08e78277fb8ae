//! What the shell beside a MySQL or MariaDB server runs; names, statements and options come as variables.

/// Some distributions ship the one's client under the other's name, which does not know the other's options; newer ones write
/// down the past of tables that remember it.
pub(super) const PRELUDE: &str = r#"
case $($DEVENV_DUMP --version) in *MariaDB*) DEVENV_DUMP_OPTIONS= ;; esac
history=
case $($DEVENV_DUMP --help) in *--dump-history*) history=--dump-history ;; esac
dump() { $DEVENV_DUMP -uroot $DEVENV_DUMP_OPTIONS "$@"; }
"#;

/// Functions that the scripts below are made of. Databases are told by variables, statements by here-documents.
pub(super) const FUNCTIONS: &str = r#"
set -e
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
trap 'exit 1' HUP INT TERM
sql() { $DEVENV_CLIENT -uroot $DEVENV_PLAIN --init-command='set session lock_wait_timeout = 20' "$@"; }
only="--no-data --skip-comments --skip-lock-tables"
# What is no table, as statements: of database $1, into files $2 and $2_triggers.
keep() {
    dump $only --no-create-info --triggers -- "$1" >"$files/$2_triggers"
    dump $only --no-create-info --skip-triggers --routines --events -- "$1" >"$files/$2"
    printf "select table_name from information_schema.views where table_schema = %s" "$3" | sql >"$files/views"
    if [ -s "$files/views" ]; then
        (IFS='
'; set -f; $DEVENV_DUMP -uroot $(printf %s "$DEVENV_DUMP_OPTIONS $only" | tr ' ' '\n') --skip-triggers -- "$1" $(cat "$files/views") >>"$files/$2")
    fi
}
"#;

/// Copies the content table by table inside of the server, in one transaction; what is no table comes last.
pub(super) const COPY: &str = r#"
if [ "$(printf %s "$DEVENV_PAST" | sql)" != 0 ]; then echo "ERROR: its tables have a past" >&2; exit 1; fi
printf %s "$DEVENV_CREATE" | sql
dump --no-data --skip-triggers -- "$DEVENV_FROM" >"$files/tables"
sql "$DEVENV_SIDE" <"$files/tables" >/dev/null
{
    echo "set foreign_key_checks = 0; set unique_checks = 0; set sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; start transaction;"
    printf %s "$DEVENV_INSERTS" | sql
    echo "commit;"
} >"$files/inserts"
sql "$DEVENV_SIDE" <"$files/inserts"
dump --no-data --no-create-info --triggers --routines --events -- "$DEVENV_FROM" >"$files/rest"
sql "$DEVENV_SIDE" <"$files/rest"
"#;

/// The same as a stream, for what can't be copied so.
pub(super) const STREAM: &str = r#"
printf %s "$DEVENV_CREATE" | sql
ended=$( { { dump $history --single-transaction --quick --hex-blob --triggers --routines --events -- "$DEVENV_FROM" 3>&-; echo $? >&3; } |
    sql "$DEVENV_SIDE" >/dev/null; } 3>&1 )
[ "$ended" = 0 ]
"#;

/// Moves everything of one database into another, and of a second one into the first where there is a second.
///
/// The tables are moved by one statement. Triggers stand in its way, and are gone before it; all else goes after it, when nothing
/// can be in the way any more. Whatever fails: what is missing is made again where its tables are, and what can't be made again
/// stays behind as a file in the server's data folder, which is named.
pub(super) const MOVE: &str = r#"
stage=before
again() {
    ended=$?
    trap - EXIT
    set +e
    [ "$ended" = 0 ] || make_again
    rm -rf "$files"
    exit "$ended"
}
# Makes again what file $2 holds, in database $1.
made_again() {
    [ -s "$files/$2" ] || return 0
    sql "$1" <"$files/$2" && return 0
    folder=$(echo 'select @@datadir' | sql) || folder=
    left="${folder:-/tmp/}$DEVENV_FIRST_TO.$2.sql"
    cp "$files/$2" "$left" && echo "what could not be made again is in $left" >&2
    return 1
}
make_again() {
    case $stage in
    triggers)
        made_again "$DEVENV_FIRST" first_triggers
        if [ -n "$DEVENV_SECOND" ]; then made_again "$DEVENV_SECOND" second_triggers; fi
        # Nothing was moved there.
        printf %s "$DEVENV_UNMADE" | sql ;;
    moved)
        made_again "$DEVENV_FIRST_TO" first_triggers
        made_again "$DEVENV_FIRST_TO" first
        if [ -n "$DEVENV_SECOND" ]; then
            made_again "$DEVENV_FIRST" second_triggers
            made_again "$DEVENV_FIRST" second
        fi ;;
    esac
}
trap again EXIT
printf %s "$DEVENV_KILL" | sql | sql --force 2>/dev/null || true
keep "$DEVENV_FIRST" first "$DEVENV_FIRST_TEXT"
if [ -n "$DEVENV_SECOND" ]; then keep "$DEVENV_SECOND" second "$DEVENV_SECOND_TEXT"; fi
printf %s "$DEVENV_TRIGGERS" | sql >"$files/triggers"
printf %s "$DEVENV_DROPS" | sql >"$files/drops"
# Ended while that is made, it has to be known that it was.
trap 'is_ended=1' HUP INT TERM
is_ended=
printf %s "$DEVENV_MADE" | sql
stage=triggers
trap 'exit 1' HUP INT TERM
[ -z "$is_ended" ]
sql <"$files/triggers"
printf %s "$DEVENV_MOVES" | sql
stage=moved
sql <"$files/drops"
sql "$DEVENV_FIRST_TO" <"$files/first_triggers"
sql "$DEVENV_FIRST_TO" <"$files/first"
if [ -n "$DEVENV_SECOND" ]; then
    sql "$DEVENV_FIRST" <"$files/second_triggers"
    sql "$DEVENV_FIRST" <"$files/second"
fi
stage=after
left=$(printf %s "$DEVENV_LEFT" | sql)
[ "$left" = 0 ] || { echo "ERROR: $left of its tables could not be moved, and stay where they are" >&2; exit 1; }
printf %s "$DEVENV_END" | sql
"#;

/// Loads what somebody else wrote as a user who may do anything in one database and nothing elsewhere. What it made belongs to
/// the service's user then, and that user is gone.
pub(super) const IMPORT: &str = r#"
secret=Aa1-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
trusts=$(echo 'select @@global.log_bin_trust_function_creators' | sql)
leave() {
    ended=$?
    trap - EXIT
    set +e
    printf 'drop user if exists %s; set global log_bin_trust_function_creators = %s;\n' "$DEVENV_GUEST" "$trusts" | sql
    rm -rf "$files"
    exit "$ended"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM
# Without it, a server that keeps a log for others lets only administrators make triggers.
printf 'drop user if exists %s; create user %s identified by \047%s\047; set global log_bin_trust_function_creators = 1;\n' "$DEVENV_GUEST" "$DEVENV_GUEST" "$secret" | sql
printf %s "$DEVENV_RIGHTS" | sql
sandbox=
case $($DEVENV_CLIENT --help </dev/null) in *--sandbox*) sandbox=--sandbox ;; esac
MYSQL_PWD=$secret $DEVENV_CLIENT -u"$DEVENV_INTO" $DEVENV_PLAIN $sandbox -- "$DEVENV_INTO" >/dev/null
keep "$DEVENV_INTO" made "$DEVENV_INTO_TEXT"
printf %s "$DEVENV_DROPS" | sql >"$files/drops"
sql <"$files/drops"
cat "$files/made_triggers" "$files/made" | sed "s/DEFINER=\`$DEVENV_INTO\`@\`localhost\`/DEFINER=$DEVENV_OWNER/g" | sql "$DEVENV_INTO"
"#;

/// Brings back what was saved here. Not every client knows that word of another one's.
pub(super) const LOAD: &str = "LC_ALL=C sed -e '1{/enable the sandbox mode/d}' | $DEVENV_CLIENT -uroot $DEVENV_PLAIN -- \"$DEVENV_INTO\" >/dev/null";

/// The clients read whom and which database they mean from a file in a home of their own.
pub(super) const OPTIONS: &str = r#"
export HOME="$PWD"
printf '[client]\nuser=root\n[mysql]\ndatabase="%s"\n' "$DEVENV_INTO" >"$HOME/.my.cnf"
"#;
