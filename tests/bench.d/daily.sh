# What `up` costs when there is nothing to do, in repos with many setup steps and inputs. Sourced by tests/bench.
# shellcheck shell=bash disable=SC2154 # the variables are those of tests/bench

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
}

daily_round() {
    for stack in daily watched; do
        for _ in 1 2 3; do timed devenv noop "$devenv" -C "$work/devenv/$stack" up; done
    done
    # Nothing is kept of what it has read.
    stack=fresh
    timed devenv check "$devenv" -C "$work/devenv/$stack" check
}

daily_down() {
    for stack in daily watched; do devenv_clean; done
}

daily_table() {
    printf '| | devenv | wanted |\n|---|---|---|\n'
    daily_row daily noop 'five services, two apps, twelve setup steps' 80
    daily_row watched noop 'a step that watches 5,000 files' 100
    daily_row fresh check '50,000 files read for the first time, by devenv check' ''
}

# Usage: daily_row STACK STEP TITLE MOST
daily_row() {
    local wanted=–
    [[ ! $4 ]] || wanted=$(verdict ms "$4" "$(median "$1" "$2" devenv)")
    printf '| %s | %s | %s |\n' "$3" "$(summary "$1" "$2" devenv)" "$wanted"
}
