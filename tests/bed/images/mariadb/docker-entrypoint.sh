#!/usr/bin/env bash
# Starts the server as mysql; an empty data folder is initialised first, by a server that listens on the local
# socket only. Serves the mariadb image and the mysql stand-in: each knows its own names and variables.
set -eo pipefail

if command -v mariadb >/dev/null; then
    kind=MariaDB server=mariadbd client=mariadb
else
    kind=MySQL server=mysqld client=mysql
fi

note() { printf '%s [Note] [Entrypoint]: %s\n' "$(date -Iseconds)" "$*"; }
fail() {
    printf '%s [ERROR] [Entrypoint]: %s\n' "$(date -Iseconds)" "$*" >&2
    exit 1
}

# Sets NAME from MARIADB_NAME or MYSQL_NAME, or from the file that the same with _FILE names; the mysql image knows
# MYSQL_ only. Usage: read_variable NAME
read_variable() {
    local name=$1 prefix variable file value=
    for prefix in MYSQL MARIADB; do
        [[ $prefix == MYSQL || $kind == MariaDB ]] || continue
        variable=${prefix}_$name file=${prefix}_${name}_FILE
        [[ ! ${!variable} || ! ${!file} ]] || fail "Both $variable and $file are set (but are exclusive)"
        [[ ! ${!variable} ]] || value=${!variable}
        [[ ! ${!file} ]] || value=$(<"${!file}")
        unset "$file"
    done
    printf -v "$name" '%s' "$value"
}

only_asks() {
    local argument
    for argument; do
        case $argument in
            -'?' | --help | --print-defaults | -V | --version) return 0 ;;
        esac
    done
    return 1
}

# What the server makes of its configuration and arguments. Usage: setting NAME SERVER-ARGUMENT…
setting() {
    local name=$1
    shift
    "$@" --verbose --help 2>/dev/null | awk -v name="$name" '$1 == name && /^[^ \t]/ { sub(/^[^ \t]+[ \t]+/, ""); print; exit }'
}

# A string as SQL text.
quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

require_password() {
    [[ ! $ROOT_PASSWORD && ! $ROOT_PASSWORD_HASH && ! $ALLOW_EMPTY_ROOT_PASSWORD && ! $RANDOM_ROOT_PASSWORD ]] || return 0
    local prefix=MARIADB
    [[ $kind == MariaDB ]] || prefix=MYSQL
    fail "Database is uninitialized and password option is not specified
    You need to specify one of ${prefix}_ROOT_PASSWORD, ${prefix}_ALLOW_EMPTY_$([[ $kind != MariaDB ]] || echo ROOT_)PASSWORD and ${prefix}_RANDOM_ROOT_PASSWORD"
}

start_local_server() {
    local tries
    # In bootstrap nobody but this script may come in: no TCP.
    "$@" --skip-networking --default-time-zone=SYSTEM --socket="$socket" --wsrep_on=OFF \
        --expire-logs-days=0 --loose-innodb_buffer_pool_load_at_startup=0 &
    local_server=$!
    note "Waiting for server startup"
    for ((tries = 0; tries < 600; tries++)); do
        run_sql --database=mysql <<<'SELECT 1' >/dev/null 2>&1 && return
        kill -0 "$local_server" 2>/dev/null || fail "Unable to start server."
        sleep 0.1
    done
    fail "Unable to start server."
}

stop_local_server() {
    note "Stopping temporary server"
    kill "$local_server"
    wait "$local_server"
    note "Temporary server stopped"
}

# SQL on stdin, as root. Usage: run_sql [CLIENT-OPTION…]
run_sql() {
    MYSQL_PWD=$local_password "$client" --no-defaults --protocol=socket -uroot -hlocalhost --socket="$socket" --comments "$@"
}

make_users() {
    local host=${ROOT_HOST:-%} health
    if [[ $RANDOM_ROOT_PASSWORD ]]; then
        ROOT_PASSWORD=$(tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32 || true)
        note "GENERATED ROOT PASSWORD: $ROOT_PASSWORD"
    fi
    local how
    how="BY $(quoted "$ROOT_PASSWORD")"
    [[ ! $ROOT_PASSWORD_HASH ]] || how="BY PASSWORD $(quoted "$ROOT_PASSWORD_HASH")"
    {
        echo "SET @@SESSION.SQL_LOG_BIN=0;"
        echo "SET @@SESSION.SQL_MODE=REPLACE(@@SESSION.SQL_MODE, 'NO_BACKSLASH_ESCAPES', '');"
        echo "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';"
        echo "EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS root@', QUOTE(@@hostname));"
        if [[ $host != localhost ]]; then
            echo "CREATE USER 'root'@$(quoted "$host") IDENTIFIED $how; GRANT ALL ON *.* TO 'root'@$(quoted "$host") WITH GRANT OPTION;"
        fi
        if [[ $kind == MariaDB ]]; then
            health=$(tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32 || true)
            local at
            for at in 127.0.0.1 ::1 localhost; do
                echo "CREATE USER healthcheck@'$at' IDENTIFIED BY '$health'; GRANT USAGE ON *.* TO healthcheck@'$at';"
            done
            (umask 077 && printf '[mariadb-client]\nport=3306\nsocket=%s\nuser=healthcheck\npassword=%s\n' "$socket" "$health" >"$datadir/.my-healthcheck.cnf")
        fi
        if [[ $DATABASE ]]; then
            note "Creating database $DATABASE" >&2
            echo "CREATE DATABASE IF NOT EXISTS \`${DATABASE//\`/\`\`}\`;"
        fi
        if [[ $USER_NAME && ($PASSWORD || $PASSWORD_HASH) ]]; then
            note "Creating user $USER_NAME" >&2
            local user_how
            user_how="BY $(quoted "$PASSWORD")"
            [[ ! $PASSWORD_HASH ]] || user_how="BY PASSWORD $(quoted "$PASSWORD_HASH")"
            echo "CREATE USER $(quoted "$USER_NAME")@'%' IDENTIFIED $user_how;"
            if [[ $DATABASE ]]; then
                # Underscores would be wildcards in a grant.
                local pattern=${DATABASE//_/\\_}
                echo "GRANT ALL ON \`${pattern//\`/\`\`}\`.* TO $(quoted "$USER_NAME")@'%';"
            fi
        fi
        echo "SET PASSWORD FOR 'root'@'localhost' = $([[ $ROOT_PASSWORD_HASH ]] && quoted "$ROOT_PASSWORD_HASH" || echo "PASSWORD($(quoted "$ROOT_PASSWORD"))");"
    } | run_sql --database=mysql --binary-mode
    local_password=$ROOT_PASSWORD
}

load_time_zones() {
    [[ ! ${MARIADB_INITDB_SKIP_TZINFO:-${MYSQL_INITDB_SKIP_TZINFO:-}} ]] || return 0
    { echo "SET @@SESSION.SQL_LOG_BIN=0;"; mariadb-tzinfo-to-sql /usr/share/zoneinfo; } 2>/dev/null | run_sql --database=mysql
}

run_init_files() {
    local file
    local -a sql=(run_sql)
    [[ ! $DATABASE ]] || sql+=(--database="$DATABASE")
    for file; do
        case $file in
            *.sh)
                if [[ -x $file ]]; then
                    note "$0: running $file"
                    "$file"
                else
                    note "$0: sourcing $file"
                    # shellcheck disable=SC1090
                    . "$file"
                fi
                ;;
            *.sql) note "$0: running $file"; "${sql[@]}" <"$file" ;;
            *.sql.gz) note "$0: running $file"; gunzip -c "$file" | "${sql[@]}" ;;
            *.sql.xz) note "$0: running $file"; xzcat "$file" | "${sql[@]}" ;;
            *.sql.zst) note "$0: running $file"; zstd -dc "$file" | "${sql[@]}" ;;
            *) note "$0: ignoring $file" ;;
        esac
    done
}

first_start() {
    require_password
    [[ $USER_NAME != root ]] || fail "The user root is made anyway: unset the variable that names it, and set the root password instead"
    note "Initializing database files"
    mariadb-install-db --datadir="$datadir" --rpm --auth-root-authentication-method=normal --skip-test-db \
        --old-mode='UTF8_IS_UTF8MB3' --default-time-zone=SYSTEM --enforce-storage-engine= --skip-log-bin \
        --expire-logs-days=0 --loose-innodb_buffer_pool_load_at_startup=0 --loose-innodb_buffer_pool_dump_at_shutdown=0 "${@:2}"
    note "Database files initialized"
    note "Starting temporary server"
    start_local_server "$@"
    note "Temporary server started."
    load_time_zones
    make_users
    run_init_files /docker-entrypoint-initdb.d/*
    stop_local_server
    note "$kind init process done. Ready for start up."
}

# Whether the data was last brought up by an older series than this one, or nobody knows by which.
needs_upgrade() {
    local has=$1/mariadb_upgrade_info now before
    [[ -f $has ]] || return 0
    now=$("$server" --version | grep -oE '[0-9]+\.[0-9]+' | head -n 1)
    before=$(grep -oE '^[0-9]+\.[0-9]+' "$has" || true)
    [[ $before != "$now" && $(printf '%s\n%s\n' "$before" "$now" | sort -V | head -n 1) == "$before" ]]
}

# With MARIADB_AUTO_UPGRADE, data of an older version gets its system tables brought up.
upgrade() {
    note "Starting temporary server"
    start_local_server "$@" --skip-grant-tables
    mariadb-upgrade --no-defaults --protocol=socket --socket="$socket" --upgrade-system-tables || true
    stop_local_server
}

[[ ${1:-} != -* ]] || set -- "$server" "$@"
# The mariadb image goes on answering to the old name.
[[ $kind != MariaDB || ${1:-} != mysqld ]] || set -- mariadbd "${@:2}"

if [[ ${1:-} == "$server" ]] && ! only_asks "$@"; then
    note "Entrypoint script for $kind Server started."
    datadir=$(setting datadir "$@")
    socket=$(setting socket "$@")
    if [[ $(id -u) == 0 ]]; then
        mkdir -p "$datadir" "${socket%/*}"
        find "$datadir" "${socket%/*}" ! -user mysql -exec chown mysql: '{}' +
        note "Switching to dedicated user 'mysql'"
        exec env HOME=/var/lib/mysql setpriv --reuid=mysql --regid=mysql --init-groups "${BASH_SOURCE[0]}" "$@"
    fi
    for name in ROOT_PASSWORD ROOT_PASSWORD_HASH ROOT_HOST DATABASE PASSWORD PASSWORD_HASH RANDOM_ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD ALLOW_EMPTY_PASSWORD; do
        read_variable "$name"
    done
    # Not USER: that is the shell's own.
    kept_user=${USER:-}
    read_variable USER
    USER_NAME=$USER USER=$kept_user
    ALLOW_EMPTY_ROOT_PASSWORD=${ALLOW_EMPTY_ROOT_PASSWORD:-$ALLOW_EMPTY_PASSWORD}
    local_password=''
    if [[ ! -d $datadir/mysql ]]; then
        first_start "$@"
    elif [[ ${MARIADB_AUTO_UPGRADE:-} && $kind == MariaDB ]] && needs_upgrade "$datadir"; then
        upgrade "$@"
    fi
fi

exec "$@"
