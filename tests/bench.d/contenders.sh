# What is measured: devenv, the limit, docker compose. Sourced by tests/bench.
# shellcheck shell=bash disable=SC2154,SC2034 # the variables are those of tests/bench

devenv=$root/target/dist/devenv
limit=$root/target/dist/examples/limit
compose=

prepare() {
    local exports
    exports=$("$here/bed/up.sh")
    eval "$exports"
    # Only the peak of memory needs it.
    if ! command -v /usr/bin/time >/dev/null && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends time >&2 || true
    fi
    say "building"
    # Apart from each other: together, the program would get what only the example asks of its dependencies.
    (cd "$root" && cargo build --quiet --profile dist --bin devenv && cargo build --quiet --profile dist --example limit)
    rm -rf "$work"
    mkdir -p "$work"
    : >"$samples"
    export DEVENV_HOME=$work/home
    [[ ! $with_compose ]] || find_compose
    trap leave_nothing EXIT
}

find_compose() {
    local candidate
    for candidate in "${DEVENV_BENCH_COMPOSE:-}" "docker compose" docker-compose; do
        # shellcheck disable=SC2086 # two words
        if [[ $candidate ]] && $candidate version >/dev/null 2>&1; then
            compose=$candidate
            return
        fi
    done
    say "docker compose is not installed, so it is left out"
}

# A folder of its own for each contender, so that each is a checkout of its own. Usage: lay_out STACK
lay_out() {
    local who
    for who in devenv limit compose; do
        mkdir -p "$work/$who/$1"
        cp "$parts"/stack/{app.py,web.conf} "$work/$who/$1"
        cp "$parts/stack/$1.yaml" "$work/$who/$1/dev.yaml"
    done
    cp "$parts/stack/compose.yaml" "$work/compose/$1/compose.yaml"
}

# One setting of one service, back and forth. Usage: change_setting FILE
change_setting() {
    if grep -q 'maxmemory 100mb' "$1"; then
        sed -i 's/maxmemory 100mb/maxmemory 101mb/' "$1"
    else
        sed -i 's/maxmemory 101mb/maxmemory 100mb/' "$1"
    fi
}

# What the stack answers through the web server, which has it from both databases. Usage: check PORT
check() {
    local line
    exec 4<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET / HTTP/1.0\r\n\r\n' >&4
    line=$(tail -n 1 <&4)
    exec 4>&-
    [[ $line == visit* ]] || fail "the stack answers: $line"
}

# What has just answered for the first time is often still busy with its own start. Usage: settle
settle() {
    case $stack in
        light) sleep 1 ;;
        queue) sleep 4 ;;
    esac
}

devenv_round() {
    local folder=$work/devenv/$stack again
    devenv_clean
    timed devenv cold "$devenv" -C "$folder" up
    check "$("$devenv" -C "$folder" env --get WEB_PORT)"
    settle
    for again in 1 2 3; do
        timed devenv version "$devenv" --version
        timed devenv noop "$devenv" -C "$folder" up
        timed devenv status "$devenv" -C "$folder" status
    done
    ((round > 0)) || note_memory "$folder"
    change_setting "$folder/dev.yaml"
    timed devenv changed "$devenv" -C "$folder" up
    timed devenv down "$devenv" -C "$folder" down
    timed devenv warm "$devenv" -C "$folder" up
    check "$("$devenv" -C "$folder" env --get WEB_PORT)"
    devenv_clean
}

# Everything of the checkout, and what devenv remembers of it.
devenv_clean() {
    local checkout=label=devenv.checkout=$work/devenv/$stack
    {
        docker ps --all --quiet --filter "$checkout" | xargs --no-run-if-empty docker rm --force --volumes
        docker volume ls --quiet --filter "$checkout" | xargs --no-run-if-empty docker volume rm
        docker network ls --quiet --filter "$checkout" | xargs --no-run-if-empty docker network rm
    } >"$log" 2>&1 || fail "cleaning up after devenv"
    rm -rf "$DEVENV_HOME/state"
}

note_memory() {
    command -v /usr/bin/time >/dev/null || return 0
    "$devenv" -C "$1" down >"$log" 2>&1
    printf '%s\t%s\n' "up" "$(peak "$devenv" -C "$1" up)" "no-op up" "$(peak "$devenv" -C "$1" up)" \
        "status" "$(peak "$devenv" -C "$1" status)" >>"$work/memory.tsv"
}

limit_round() {
    local folder=$work/limit/$stack again
    "$limit" clean "$folder" >"$log" 2>&1 || fail "limit clean"
    limited cold
    settle
    for again in 1 2 3; do limited noop; done
    change_setting "$folder/dev.yaml"
    limited changed
    limited down
    limited warm
    limited stops
    "$limit" clean "$folder" >"$log" 2>&1 || fail "limit clean"
}

compose_round() {
    local folder=$work/compose/$stack again
    local -a composed
    # shellcheck disable=SC2206 # may be two words
    composed=($compose --project-directory "$folder" --project-name "bench-compose-$stack" --profile "$stack")
    "${composed[@]}" down --volumes >"$log" 2>&1 || fail "compose down"
    timed compose cold "${composed[@]}" up --detach --wait
    check 29080
    settle
    for again in 1 2 3; do
        timed compose noop "${composed[@]}" up --detach --wait
        timed compose status "${composed[@]}" ps
    done
    change_setting "$folder/compose.yaml"
    timed compose changed "${composed[@]}" up --detach --wait
    timed compose down "${composed[@]}" down
    timed compose warm "${composed[@]}" up --detach --wait
    "${composed[@]}" down --volumes >"$log" 2>&1 || fail "compose down"
}

leave_nothing() {
    [[ ! $with_daily ]] || daily_down
    for stack in $stacks; do
        devenv_clean
        "$limit" clean "$work/limit/$stack" >/dev/null 2>&1 || true
        # shellcheck disable=SC2086
        [[ ! $compose ]] || $compose --project-directory "$work/compose/$stack" --project-name "bench-compose-$stack" \
            --profile "$stack" down --volumes >/dev/null 2>&1 || true
    done
}
