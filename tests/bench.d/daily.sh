# What is waited for all day: an `up` with nothing to do, in repos with many setup steps and inputs, and `list`, `exec` and a
# save. Sourced by tests/bench.
# shellcheck shell=bash disable=SC2154,SC2016 # the variables are those of tests/bench

# Usage: files FOLDER NUMBER
files() {
    local group
    mkdir -p "$1"
    for ((group = 0; group < $2 / 100; group++)); do mkdir -p "$1/$group"; done
    awk -v folder="$1" -v number="$2" 'BEGIN {
        for (i = 0; i < number; i++) {
            file = folder "/" int(i / 100) "/" i ".sql"
            for (line = 0; line < 40; line++) print "insert into t values (" i ", " line ");" > file
            close(file)
        }
    }'
}

daily_lay_out() {
    local app folder
    folder=$work/devenv/daily
    mkdir -p "$folder/.git"
    cp "$parts/stack/daily.yaml" "$folder/dev.yaml"
    for app in api worker; do
        mkdir -p "$folder/$app/src/deep" "$folder/$app/migrations" "$folder/$app/fixtures"
        touch "$folder/$app/requirements.txt" "$folder/$app/schema.sql" "$folder/$app"/{src/a,src/deep/b}.py
        touch "$folder/$app"/{migrations/1,fixtures/1}.sql "$folder/$app/src/a.proto"
    done
    watched "$work/devenv/watched" 5000
    watched "$work/devenv/fresh" 50000
    mkdir -p "$work/devenv/saved/.git"
    printf 'apps:\n  app: { runtime: python, run: python app.py, restart_on: ["*.py"] }\n' >"$work/devenv/saved/dev.yaml"
    saved_version 0
    mkdir -p "$work/team"
    journal "$work/team/0000000000001.jsonl"
    for ((folder = 0; folder < environments; folder++)); do
        mkdir -p "$work/devenv/list-$folder/.git"
        printf 'services: { cache: redis }\n' >"$work/devenv/list-$folder/dev.yaml"
    done
}

# What a hundred people have recorded: a million lines. Usage: journal FILE
journal() {
    awk 'BEGIN {
        for (i = 0; i < 500000; i++) {
            ms = (i * 37 % 101 + 1) * 1000
            head = sprintf("{\"v\":1,\"at\":%.0f,\"by\":\"%012x\",\"repo\":\"00000000c0de\",\"name\":\"shop\",\"run\":\"%016x\",\"command\":\"up\"",
                1782691200000 + i % 1440 * 60000, i % 100, i + 1)
            printf "%s,\"what\":\"began\",\"devenv\":\"0.1.0\"}\n", head
            printf "%s,\"ms\":%d,\"exit\":0,\"ready_ms\":%d,\"how\":\"warm\",", head, ms, ms
            printf "\"units\":[{\"name\":\"db\",\"kind\":\"service\",\"states\":[[\"waiting\",0],[\"starting\",4],[\"ready\",%d]]}],", ms / 2
            printf "\"steps\":[{\"of\":\"api\",\"number\":1,\"name\":\"npm ci\",\"from\":0,\"to\":%d,\"ok\":true}]}\n", ms / 2
        }
    }' >"$1"
}

# How many environments `list` has to tell of.
environments=50

# As an editor saves: a file beside takes the place of the old one. Usage: saved_version NUMBER
saved_version() {
    printf 'import time  # %s\ntime.sleep(3600)\n' "$1" >"$work/devenv/saved/app.py.tmp"
    mv "$work/devenv/saved/app.py.tmp" "$work/devenv/saved/app.py"
}

# A repo whose one step watches so many files. Usage: watched FOLDER NUMBER
watched() {
    # A repo of its own: what the one around it ignores does not count.
    mkdir -p "$1/.git"
    printf 'apps:\n  app:\n    runtime: python\n    run: sleep 3600\n    setup: { run: "true", inputs: [data/**] }\n' >"$1/dev.yaml"
    files "$1/data" "$2"
}

daily_up() {
    daily_down
    for stack in daily watched; do
        timed devenv cold "$devenv" -C "$work/devenv/$stack" up
        # What was just written is looked at once more by the next.
        timed devenv second "$devenv" -C "$work/devenv/$stack" up
    done
    say "daily: making $environments environments"
    for ((folder = 0; folder < environments; folder++)); do
        stack=list-$folder
        timed devenv cold "$devenv" -C "$work/devenv/$stack" up
        timed devenv down "$devenv" -C "$work/devenv/$stack" down
    done
}

daily_round() {
    for stack in daily watched; do
        for _ in 1 2 3; do timed devenv noop "$devenv" -C "$work/devenv/$stack" up; done
    done
    # Nothing is kept of what it has read.
    stack=fresh
    timed devenv check "$devenv" -C "$work/devenv/$stack" check
    stack=list
    for _ in 1 2 3; do timed devenv list "$devenv" list; done
    stack=team
    timed devenv stats "$devenv" stats --merge "$work/team"
    keep devenv stats-memory "$(peak "$devenv" stats --merge "$work/team")"
    stack=watched
    for _ in 1 2 3; do
        timed devenv exec "$devenv" -C "$work/devenv/watched" exec app -- true
        keep limit exec "$("$limit" exec "$work/devenv/watched" 2>"$log" || fail "limit exec")"
    done
}

# The time from the save of a file to the line that says that the app is being stopped for its restart.
daily_saves() {
    local line began ended told dev
    stack=saved
    exec {told}< <(exec "$devenv" -C "$work/devenv/saved" dev --json 2>"$log")
    dev=$!
    until_line '"event":"done"'
    for ((round = 0; round <= 3 * rounds; round++)); do
        # What was just started is not to be measured as well.
        sleep 0.5
        began=$EPOCHREALTIME
        saved_version "$((round + 1))"
        until_line '"state":"stopping"'
        ended=$EPOCHREALTIME
        keep devenv save "$(((${ended/./} - ${began/./}) / 1000)).$(printf '%03d' $(((${ended/./} - ${began/./}) % 1000)))"
        until_line '"event":"done"'
    done
    kill "$dev"
    wait "$dev" || true
    exec {told}<&-
}

# Reads what `dev` says, from $told, up to a line that holds this. Usage: until_line TEXT
until_line() {
    while IFS= read -r -t 60 -u "$told" line; do
        [[ $line != *"$1"* ]] || return 0
    done
    fail "dev never said $1"
}

daily_down() {
    local folder
    for stack in daily watched saved; do devenv_clean; done
    for ((folder = 0; folder < environments; folder++)); do stack=list-$folder && devenv_clean; done
}

daily_table() {
    printf '| | devenv | wanted |\n|---|---|---|\n'
    daily_row daily noop 'five services, two apps, twelve setup steps' 80
    daily_row watched noop 'a step that watches 5,000 files' 100
    daily_row fresh check '50,000 files read for the first time, by devenv check' ''
    daily_row list list '`list` with fifty environments' 100
    daily_row saved save 'from a save to the beginning of the restart' 300
    daily_exec
    daily_row team stats '`stats` of a million lines' 1000
    daily_stats_memory
}

daily_stats_memory() {
    local most
    most=$(awk -v k="$(median team stats-memory devenv)" 'BEGIN { printf "%.0f", k / 1024 }')
    printf '| memory of that at most, MB | **%s** | %s |\n' "$most" "$(verdict MB 200 "$most")"
}

# What `exec` adds to what the same takes by the calls to the engine alone.
daily_exec() {
    local more
    more=$(awk -v mine="$(median watched exec devenv)" -v least="$(median watched exec limit)" \
        'BEGIN { printf "%.1f", mine - least }')
    printf '| `exec` of nothing, %s by the calls alone: the difference | **%s** | %s |\n' \
        "$(summary watched exec limit)" "$more" "$(verdict ms 60 "$more")"
}

# Usage: daily_row STACK STEP TITLE MOST
daily_row() {
    local wanted=–
    [[ ! $4 ]] || wanted=$(verdict ms "$4" "$(median "$1" "$2" devenv)")
    printf '| %s | %s | %s |\n' "$3" "$(summary "$1" "$2" devenv)" "$wanted"
}
