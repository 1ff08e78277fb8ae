# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
if is_asked valkey; then
    use valkey/valkey:8
    start -v "$box:/data" -e VALKEY_EXTRA_FLAGS='--appendonly yes --maxmemory 10mb'
    check "answers other containers" says PONG speak 6379 'PING\r\n'
    check "extra flags" says 10485760 inside valkey-cli config get maxmemory
    check "runs as 999" is_user 999
    inside redis-cli set a b >/dev/null
    check_stops 2
    docker start "$box" >/dev/null
    check "data stays" says '^b$' inside valkey-cli get a
    check_stops 2
fi
