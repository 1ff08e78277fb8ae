#!/bin/sh
# Runs what is in /docker-entrypoint.d before nginx: *.envsh is read, *.sh is run if it is executable.
set -e

note() { [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"; }

case ${1:-} in
    nginx | nginx-debug)
        for step in /docker-entrypoint.d/*; do
            [ -e "$step" ] || continue
            if [ ! -x "$step" ]; then
                note "Ignoring $step, not executable"
                continue
            fi
            case $step in
                *.envsh)
                    note "Sourcing $step"
                    # shellcheck disable=SC1090
                    . "$step"
                    ;;
                *.sh)
                    note "Launching $step"
                    "$step"
                    ;;
                *) note "Ignoring $step" ;;
            esac
        done
        # Where the network has no IPv6, listening on it ends nginx.
        if [ ! -f /proc/net/if_inet6 ] && [ -w /etc/nginx/conf.d/default.conf ]; then
            sed -i '/listen  \[::\]:80;/d' /etc/nginx/conf.d/default.conf
        fi
        note "Configuration complete; ready for start up"
        ;;
esac

exec "$@"
