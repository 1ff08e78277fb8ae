#!/bin/sh
# Starts redis as its own user. Options or a configuration file alone mean the server.
set -e

case ${1:-} in
    -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ]; then
    if [ "$(id -u)" = 0 ] && [ -z "${SKIP_DROP_PRIVS:-}" ]; then
        [ -n "${SKIP_FIX_PERMS:-}" ] || find . ! -user redis -exec chown redis:redis {} +
        exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
    fi
    [ "$(umask)" != 0022 ] || umask 0077

    # The official build has protected mode off from the start; the distribution's has it on. A choice of the
    # user's own, in the file or on the command line, comes later and wins.
    case ${2:-} in
        *.conf) grep -qsE '^[[:space:]]*protected-mode' "$2" || set -- "$@" --protected-mode no ;;
        *)
            shift
            set -- redis-server --protected-mode no "$@"
            ;;
    esac
fi

exec "$@"
