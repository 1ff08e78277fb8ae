# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in 8 7; do
    is_asked redis || break
    use "library/redis:$tag"
    start -v "$box:/data" -- redis-server --appendonly yes
    check "answers other containers" says PONG speak 6379 'PING\r\n'
    check "runs as 999" is_user 999
    inside redis-cli set a b >/dev/null
    check_stops 2
    docker start "$box" >/dev/null
    check "data stays" says '^b$' inside redis-cli get a
    start -- --requirepass secret
    check "a password is asked for" says NOAUTH speak 6379 'PING\r\n'
    check "and taken" says PONG speak 6379 'AUTH secret\r\nPING\r\n'
    check_stops 2
done
