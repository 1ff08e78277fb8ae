#!/usr/bin/env bash
# Starts rabbitmq's own commands as its user; the server reads RABBITMQ_DEFAULT_USER, _PASS and _VHOST by itself.
set -euo pipefail

if [[ ${1:-} == rabbitmq* && $(id -u) == 0 ]]; then
    if [[ $1 == rabbitmq-server ]]; then
        find /var/lib/rabbitmq ! -user rabbitmq -exec chown rabbitmq '{}' +
    fi
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "${BASH_SOURCE[0]}" "$@"
fi

for name in RABBITMQ_DEFAULT_PASS_FILE RABBITMQ_DEFAULT_USER_FILE RABBITMQ_MANAGEMENT_SSL_CERTFILE RABBITMQ_SSL_CERTFILE RABBITMQ_VM_MEMORY_HIGH_WATERMARK; do
    if [[ ${!name:-} ]]; then
        echo >&2 "error: $name is set but deprecated"
        echo >&2 "error: deprecated environment variables detected"
        echo >&2 "Please use a configuration file instead; visit the manual's page on configuration to learn more"
        exit 1
    fi
done

# The cookie that cluster members share, where one is given.
if [[ ${RABBITMQ_ERLANG_COOKIE:-} ]]; then
    cookie=/var/lib/rabbitmq/.erlang.cookie
    [[ -e $cookie ]] || (umask 077 && printf '%s' "$RABBITMQ_ERLANG_COOKIE" >"$cookie")
fi

exec "$@"
