#!/usr/bin/env bash
# Starts postgres as its own user; an empty data folder is initialised first, by a server that listens on the
# local socket only.
set -Eeuo pipefail

# Takes NAME from the file that NAME_FILE names, where that is set. Usage: read_secret NAME [DEFAULT]
read_secret() {
    local name=$1 file_name=$1_FILE value=${2:-}
    if [[ ${!name:-} && ${!file_name:-} ]]; then
        echo "error: both $name and $file_name are set (but are exclusive)" >&2
        exit 1
    fi
    if [[ ${!name:-} ]]; then
        value=${!name}
    elif [[ ${!file_name:-} ]]; then
        value=$(<"${!file_name}")
    fi
    export "$name=$value"
    unset "$file_name"
}

is_first_start() { [[ ! -s $PGDATA/PG_VERSION ]]; }

# True where the arguments only ask postgres something.
only_asks() {
    local argument
    for argument; do
        case $argument in
            -'?' | --help | --describe-config | -V | --version) return 0 ;;
        esac
    done
    return 1
}

make_folders() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 00700 "$PGDATA" || true
    chmod 03775 /var/run/postgresql || true
    if [[ ${POSTGRES_INITDB_WALDIR:-} ]]; then
        mkdir -p "$POSTGRES_INITDB_WALDIR"
        chmod 700 "$POSTGRES_INITDB_WALDIR"
    fi
    [[ $(id -u) == 0 ]] || return 0
    find "$PGDATA" ! -user postgres -exec chown postgres '{}' +
    find /var/run/postgresql ! -user postgres -exec chown postgres '{}' +
    [[ ! ${POSTGRES_INITDB_WALDIR:-} ]] || find "$POSTGRES_INITDB_WALDIR" ! -user postgres -exec chown postgres '{}' +
}

require_password() {
    if [[ ! $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
        cat >&2 <<'MESSAGE'
Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.
MESSAGE
        exit 1
    fi
}

# A user number without a name (`--user 1234`) gets one for the time of initdb, which insists on a name.
lend_user_name() {
    getent passwd "$(id -u)" >/dev/null && return
    local wrapper
    wrapper=$(find /usr/lib -name libnss_wrapper.so -print -quit)
    NSS_WRAPPER_PASSWD=$(mktemp)
    NSS_WRAPPER_GROUP=$(mktemp)
    printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$(id -u)" "$(id -g)" "$PGDATA" >"$NSS_WRAPPER_PASSWD"
    printf 'postgres:x:%s:\n' "$(id -g)" >"$NSS_WRAPPER_GROUP"
    export LD_PRELOAD=$wrapper NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

return_user_name() {
    [[ ${NSS_WRAPPER_PASSWD:-} ]] || return 0
    rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
    unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

initialise() {
    # Used inside eval, which splits POSTGRES_INITDB_ARGS the way a shell does.
    local -a wal=()
    # shellcheck disable=SC2034
    [[ ! ${POSTGRES_INITDB_WALDIR:-} ]] || wal=(--waldir "$POSTGRES_INITDB_WALDIR")
    lend_user_name
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${wal[@]}" '"${POSTGRES_INITDB_ARGS:-}"
    return_user_name
    local method=${POSTGRES_HOST_AUTH_METHOD:-}
    [[ $method ]] || method=$(postgres -C password_encryption "${@:2}")
    {
        printf '\n'
        [[ $method != trust ]] || printf '# warning trust is enabled for all connections\n'
        printf 'host all all all %s\n' "$method"
    } >>"$PGDATA/pg_hba.conf"
}

query() {
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "$@"
}

create_database() {
    local found
    found=$(query --dbname postgres --set db="$POSTGRES_DB" --tuples-only <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
    if [[ ! $found ]]; then
        query --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
        printf '\n'
    fi
}

run_init_files() {
    local file
    local -a psql=(query --dbname "$POSTGRES_DB")
    printf '\n'
    for file; do
        case $file in
            *.sh)
                if [[ -x $file ]]; then
                    printf '%s: running %s\n' "$0" "$file"
                    "$file"
                else
                    printf '%s: sourcing %s\n' "$0" "$file"
                    # shellcheck disable=SC1090
                    . "$file"
                fi
                ;;
            *.sql)
                printf '%s: running %s\n' "$0" "$file"
                "${psql[@]}" -f "$file"
                printf '\n'
                ;;
            *.sql.gz)
                printf '%s: running %s\n' "$0" "$file"
                gunzip -c "$file" | "${psql[@]}"
                printf '\n'
                ;;
            *.sql.xz)
                printf '%s: running %s\n' "$0" "$file"
                xzcat "$file" | "${psql[@]}"
                printf '\n'
                ;;
            *.sql.zst)
                printf '%s: running %s\n' "$0" "$file"
                zstd -dc "$file" | "${psql[@]}"
                printf '\n'
                ;;
            *) printf '%s: ignoring %s\n' "$0" "$file" ;;
        esac
    done
}

first_start() {
    require_password
    # Fails early where the folder cannot be read, before anything was made.
    ls /docker-entrypoint-initdb.d/ >/dev/null
    initialise "$@"
    export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
    NOTIFY_SOCKET='' PGUSER=${PGUSER:-$POSTGRES_USER} \
        pg_ctl -D "$PGDATA" -o "$(printf '%q ' "${@:2}" -c listen_addresses='' -p "${PGPORT:-5432}")" -w start
    create_database
    run_init_files /docker-entrypoint-initdb.d/*
    PGUSER=${PGUSER:-$POSTGRES_USER} pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

[[ ${1:-} != -* ]] || set -- postgres "$@"

if [[ ${1:-} == postgres ]] && ! only_asks "$@"; then
    read_secret POSTGRES_PASSWORD
    read_secret POSTGRES_USER postgres
    read_secret POSTGRES_DB "$POSTGRES_USER"
    read_secret POSTGRES_INITDB_ARGS
    make_folders
    if [[ $(id -u) == 0 ]]; then
        exec env HOME=/var/lib/postgresql setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
    fi
    if is_first_start; then
        first_start "$@"
    else
        printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    fi
fi

exec "$@"
