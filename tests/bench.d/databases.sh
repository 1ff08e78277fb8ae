# `devenv db` on a running server, beside what the engine's own tools take for the same, piped. Sourced by tests/bench.
# shellcheck shell=bash disable=SC2154,SC2016 # the variables are those of tests/bench

# Some 50 MB: rows of 500 bytes that do not pack to nothing.
rows_of_50_mb=90000

databases_up() {
    stack=databases
    mkdir -p "$work/devenv/$stack/.git"
    printf 'services: { db: postgres }\n' >"$work/devenv/$stack/dev.yaml"
    devenv_clean
    timed devenv cold "$devenv" -C "$work/devenv/$stack" up
    server=$(docker ps -q --filter "label=devenv.checkout=$work/devenv/$stack")
    beside psql -U app -q -c "create table t as select g id, (select string_agg(md5((g * 16 + n)::text), '') from generate_series(1, 16) n) note from generate_series(1, $rows_of_50_mb) g" -c checkpoint
    timed devenv snapshot "$devenv" -C "$work/devenv/$stack" db snapshot db base
    beside pg_dump -U app -Fc -Z1 app >"$work/base.dump"
}

# A program beside the server.
beside() { docker exec -i "$server" "$@"; }

databases_round() {
    stack=databases
    databases_devenv create db create fresh
    databases_devenv clone db clone db copy
    databases_devenv snapshot db snapshot db "shot-$round"
    databases_devenv restore db restore base --into copy --yes
    timed limit create beside createdb -U app plain_fresh
    timed limit clone beside createdb -U app -T app plain_copy
    timed limit snapshot databases_dump
    timed limit restore databases_load
    beside dropdb -U app plain_fresh && beside dropdb -U app plain_copy && beside dropdb -U app plain_restored
    for name in fresh copy; do "$devenv" -C "$work/devenv/$stack" db drop "$name" >"$log" 2>&1 || fail "drop $name"; done
    "$devenv" -C "$work/devenv/$stack" db clean --yes >"$log" 2>&1 || fail clean
}

# Usage: databases_devenv STEP ARGUMENTS…
databases_devenv() {
    local step=$1
    shift
    timed devenv "$step" "$devenv" -C "$work/devenv/$stack" "$@"
}

databases_dump() { beside pg_dump -U app -Fc -Z1 app | sha256sum >"$work/sum"; }

databases_load() {
    beside createdb -U app -T template0 plain_restored
    docker exec -i "$server" pg_restore -U app -d plain_restored <"$work/base.dump"
}

databases_down() { stack=databases && devenv_clean; }

databases_table() {
    printf '| | devenv | its own tools | ratio | wanted |\n|---|---|---|---|---|\n'
    databases_row create 'a new database' 'ms 300'
    databases_row clone 'a copy of 50 MB' 'ms 1000'
    databases_row snapshot 'a snapshot of 50 MB' 'ratio 1.2'
    databases_row restore 'that one brought back, in place of another' 'ratio 1.2'
}

# Usage: databases_row STEP TITLE WANTED
databases_row() {
    local ratio wanted
    ratio=$(ratio databases "$1" "$1")
    case $3 in
        ratio*) wanted=$(verdict ratio "${3#* }" "$ratio") ;;
        ms*) wanted=$(verdict ms "${3#* }" "$(median databases "$1" devenv)") ;;
    esac
    printf '| %s | %s | %s | %s | %s |\n' "$2" "$(summary databases "$1" devenv)" "$(summary databases "$1" limit)" \
        "${ratio:-–}" "$wanted"
}
