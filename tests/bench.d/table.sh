# Samples -> a table. Sourced by tests/bench.
# shellcheck shell=bash disable=SC2154,SC2016 # the variables are those of tests/bench; backticks here are Markdown

table() {
    local stack
    machine
    for stack in $stacks; do
        printf '\n%s\n\n' "$(title "$stack")"
        printf '| | devenv | the limit | ratio | wanted | compose |\n|---|---|---|---|---|---|\n'
        row "$stack" cold '`up`, nothing there but the downloads' 'ratio 1.10' cold
        row "$stack" warm '`up` after `down`' 'ratio 1.10' warm
        row "$stack" changed '`up` after one setting changed' 'ratio 1.15' changed
        row "$stack" noop '`up` with nothing to do' 'ms 30' noop
        row "$stack" status '`status`' 'ms 30' noop
        row "$stack" down '`down`, beside all stops at once' '' down
        row "$stack" down '`down`, beside its slowest service stopped alone' 'ratio 1.15' stops
    done
    if [[ $with_daily ]]; then
        printf '\nWhat is waited for all day, in milliseconds; first `up` with nothing to do, where there is much to look at:\n\n'
        daily_table
    fi
    if [[ $with_databases ]]; then
        printf '\nDatabases on a running PostgreSQL, in milliseconds:\n\n'
        databases_table
    fi
    if [[ $stacks ]]; then
        printf '\n'
        local_row
    fi
}

title() {
    case $1 in
        light) echo 'PostgreSQL, Redis, a Python app that asks both, nginx in front of it:' ;;
        queue) echo 'The same with RabbitMQ beside it:' ;;
    esac
}

machine() {
    local model cores memory kernel
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    cores=$(nproc)
    memory=$(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)
    kernel=$(uname -sr)
    printf '%s, %s cores, %s GB, %s, engine %s' "${model:-$(uname -m)}" "$cores" "$memory" "$kernel" \
        "$(docker version --format '{{.Server.Version}}')"
    [[ ! $compose ]] || printf ', compose %s' "$($compose version --short 2>/dev/null)"
    printf '; %s rounds, %s, load %s at the end.\n' "$rounds" "$(date +%F)" "$(cut -d' ' -f1 /proc/loadavg)"
}

# All times of one contender in one step, by size. Usage: times STACK STEP WHO
times() {
    awk -F '\t' -v stack="$1" -v step="$2" -v who="$3" '$1 == stack && $2 == step && $3 == who { print $5 }' "$samples" |
        sort -g
}

# median (least to 90th percentile), in milliseconds or seconds as suits the size. Usage: summary STACK STEP WHO
summary() {
    times "$@" | awk '
        { t[NR] = $1 }
        function middle() { return NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }
        function shown(ms) { return ms < 99.5 ? sprintf("%.1f", ms) : sprintf("%.0f", ms) }
        END {
            if (NR == 0) { print "–"; exit }
            last = int(NR * 0.9 + 0.999); if (last > NR) last = NR
            printf "**%s** (%s – %s)\n", shown(middle()), shown(t[1]), shown(t[last])
        }'
}

# The middle of the ratios of each round. Usage: ratio STACK STEP LIMIT_STEP
ratio() {
    awk -F '\t' -v stack="$1" -v step="$2" -v bare="$3" '
        $1 != stack { next }
        $2 == step && $3 == "devenv" { mine[$4] += $5; mine_count[$4]++ }
        $2 == bare && $3 == "limit" { least[$4] += $5; least_count[$4]++ }
        END { for (round in mine) if (least[round]) print (mine[round] / mine_count[round]) / (least[round] / least_count[round]) }
    ' "$samples" | sort -g | awk '{ r[NR] = $1 } END { if (NR) printf "%.2f", NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2 }'
}

median() { times "$@" | awk '{ t[NR] = $1 } END { if (NR) print NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }'; }

# What is wanted, and whether it is so. Usage: verdict KIND NUMBER VALUE
verdict() {
    local met=missed unit=
    [[ $1 == ratio ]] || unit=" $1"
    awk -v value="$3" -v most="$2" 'BEGIN { exit !(value <= most) }' && met=met
    printf '≤ %s%s: %s' "$2" "$unit" "$met"
}

# Usage: row STACK STEP TITLE WANTED LIMIT_STEP
row() {
    local wanted='' ratio
    ratio=$(ratio "$1" "$2" "$5")
    case $4 in
        ratio*) wanted=$(verdict ratio "${4#* }" "$ratio") ;;
        ms*) wanted=$(verdict ms "${4#* }" "$(median "$1" "$2" devenv)") ;;
    esac
    printf '| %s | %s | %s | %s | %s | %s |\n' "$3" "$(summary "$1" "$2" devenv)" "$(summary "$1" "$5" limit)" \
        "${ratio:-–}" "${wanted:-–}" "$(summary "$1" "$2" compose)"
}

# What has nothing to do with a stack: starting, size, memory.
local_row() {
    local size most
    size=$(stat -c %s "$devenv")
    printf '| | devenv | wanted |\n|---|---|---|\n'
    printf '| `--version`, ms | %s | %s |\n' "$(stack_of_any version)" "$(verdict ms 5 "$(any_median version)")"
    printf '| size of the program, MB | %s | %s |\n' "$(awk -v b="$size" 'BEGIN { printf "%.1f", b / 1e6 }')" \
        "$(verdict MB 10 "$(awk -v b="$size" 'BEGIN { print b / 1e6 }')")"
    if [[ -s $work/memory.tsv ]]; then
        most=$(sort -t $'\t' -k 2 -g "$work/memory.tsv" | tail -n 1)
        printf '| most memory at any moment, MB (%s) | %s | %s |\n' "${most%$'\t'*}" \
            "$(awk -v k="${most#*$'\t'}" 'BEGIN { printf "%.1f", k / 1024 }')" \
            "$(verdict MB 30 "$(awk -v k="${most#*$'\t'}" 'BEGIN { print k / 1024 }')")"
    fi
}

# Starting is the same whatever the stack. Usage: stack_of_any STEP; any_median STEP
stack_of_any() { summary "${stacks%% *}" "$1" devenv; }
any_median() { median "${stacks%% *}" "$1" devenv; }

# Usage: write_into FILE
write_into() {
    awk -v table="$work/table.md" '
        /<!-- bench: begin -->/ { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1 }
        /<!-- bench: end -->/ { skip = 0 }
        !skip { if ($0 !~ /<!-- bench: begin -->/) print }
    ' "$1" >"$work/document.md"
    cat "$work/document.md" >"$1"
}
