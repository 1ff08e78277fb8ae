# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
if is_asked memcached; then
    use library/memcached:1
    start -- -m 16
    check "answers" says 'limit_maxbytes 16777216' speak 11211 'stats\r\nquit\r\n'
    check "runs as 11211" is_user 11211
    check_stops 3
fi
if is_asked nats; then
    use library/nats:2
    start
    check "answers" says 'INFO .*PONG' bash -c "$(declare -f speak address); box=$box; speak 4222 'CONNECT {}\r\nPING\r\n' | tr -d '\r\n'"
    check "monitoring" says '200 OK' speak 8222 'GET /healthz HTTP/1.0\r\n\r\n'
    check "no shell inside" fails_with 'not found' inside sh -c true
    check_stops 2
    start -v "$box:/data" -- -js -sd /data -m 8222
    check "jetstream" says '"store_dir": ?"/data' speak 8222 'GET /jsz HTTP/1.0\r\n\r\n'
    check_stops 2
fi
if is_asked eclipse-mosquitto; then
    use library/eclipse-mosquitto:2
    start
    check "runs as 1883" is_user 1883
    check "local clients only" fails_with 'refused' speak 1883 ''
    check_stops 2
    start -- mosquitto -c /mosquitto-no-auth.conf
    check "open configuration, message goes through" says '^hello$' inside mosquitto_rr -h "$(address)" -t a -e a -m hello -W 2
    check_stops 2
fi
