#!/bin/sh
# Starts valkey as its own user. Options or a configuration file alone mean the server.
set -e

case ${1:-} in
    -* | *.conf) set -- valkey-server "$@" ;;
esac

if [ "${1:-}" = valkey-server ]; then
    if [ "$(id -u)" = 0 ] && [ -z "${SKIP_DROP_PRIVS:-}" ]; then
        [ -n "${SKIP_FIX_PERMS:-}" ] || find . ! -user valkey -exec chown valkey:valkey {} +
        exec setpriv --reuid=valkey --regid=valkey --clear-groups "$0" "$@"
    fi
    [ "$(umask)" != 0022 ] || umask 0077

    # The official build has protected mode off from the start; the distribution's has it on. A choice of the
    # user's own, in the file or on the command line, comes later and wins.
    case ${2:-} in
        *.conf) grep -qsE '^[[:space:]]*protected-mode' "$2" || set -- "$@" --protected-mode no ;;
        *)
            shift
            set -- valkey-server --protected-mode no "$@"
            ;;
    esac
    # Split into words: that is what it is for.
    # shellcheck disable=SC2086
    exec "$@" ${VALKEY_EXTRA_FLAGS:-}
fi

exec "$@"
