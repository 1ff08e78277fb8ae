#!/bin/bash
# Starts the server as mongodb. On an empty data folder it is started for this computer's own interface first, for the
# administrator to be made and the files of the init folder to be run.
set -eo pipefail

case ${1:-} in
    -*) set -- mongod "$@" ;;
esac

# Sets NAME from the variable, or from the file that the same with _FILE names. Usage: read_variable NAME
read_variable() {
    local file=${1}_FILE
    [[ ! ${!1:-} || ! ${!file:-} ]] || { echo "error: both $1 and $file are set (but are exclusive)" >&2; exit 1; }
    [[ ! ${!file:-} ]] || export "$1=$(<"${!file}")"
    unset "$file"
}

if [[ ${1:-} == mongod && $(id -u) == 0 ]]; then
    find /data/configdb /data/db ! -user mongodb -exec chown mongodb {} +
    exec setpriv --reuid=mongodb --regid=mongodb --clear-groups "$0" "$@"
fi

if [[ ${1:-} == mongod ]]; then
    read_variable MONGO_INITDB_ROOT_USERNAME
    read_variable MONGO_INITDB_ROOT_PASSWORD
    if [[ $MONGO_INITDB_ROOT_USERNAME && $MONGO_INITDB_ROOT_PASSWORD ]]; then
        if [[ -z $(ls -A /data/db) || -e /data/db/.begun ]]; then
            touch /data/db/.begun
            mongod --dbpath /data/db &
            local_server=$!
            first-user
            for file in /docker-entrypoint-initdb.d/*; do
                case $file in
                    *.sh)
                        # shellcheck source=/dev/null
                        . "$file" ;;
                    *.js) mongosh --quiet "mongodb://127.0.0.1/${MONGO_INITDB_DATABASE:-test}" "$file" ;;
                esac
            done
            kill "$local_server"
            wait "$local_server" || true
            rm /data/db/.begun
        fi
        set -- "$@" --auth
    fi
    unset "${!MONGO_INITDB_@}"
    set -- "$@" --bind_ip_all
fi

exec "$@"
