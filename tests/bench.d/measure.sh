# Taking times and keeping them. Sourced by tests/bench.
# shellcheck shell=bash disable=SC2154 # the variables are those of tests/bench

work=${DEVENV_BENCH_DIR:-$root/target/bench}
samples=$work/samples.tsv
log=$work/log

say() { printf 'bench %4ds  %s\n' "$SECONDS" "$*" >&2; }

fail() {
    say "failed: $*"
    tail -n 30 "$log" >&2
    exit 1
}

# Keeps one sample; the first round is only for warming up. Usage: keep WHO STEP MILLISECONDS
keep() {
    ((round > 0)) || return 0
    printf '%s\t%s\t%s\t%d\t%s\n' "$stack" "$2" "$1" "$round" "$3" >>"$samples"
}

# Runs a command and keeps how long it took, by the clock on the wall. Usage: timed WHO STEP COMMAND…
timed() {
    local who=$1 step=$2 began ended
    shift 2
    began=$EPOCHREALTIME
    "$@" >"$log" 2>&1 </dev/null || fail "$who $step: $*"
    ended=$EPOCHREALTIME
    keep "$who" "$step" "$(((${ended/./} - ${began/./}) / 1000)).$(printf '%03d' $(((${ended/./} - ${began/./}) % 1000)))"
}

# Runs the limit's program and keeps the time it gives itself. Usage: limited STEP
limited() {
    local took
    took=$("$limit" "$1" "$work/limit/$stack" 2>"$log") || fail "limit $1"
    keep limit "$1" "$took"
}

# The most memory that a command has at any moment, in kB. Usage: peak COMMAND…
peak() {
    /usr/bin/time -f %M -o "$work/peak" "$@" >"$log" 2>&1 </dev/null || fail "$*"
    tail -n 1 "$work/peak"
}
