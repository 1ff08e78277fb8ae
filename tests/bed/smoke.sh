#!/usr/bin/env bash
# Tries every stand-in for real: starts it, speaks to it, restarts it, sees that data stays, and that it stops in time.
#
#     tests/bed/smoke.sh [NAME…]      e.g. smoke.sh postgres redis
#
# Uses its own containers and volumes, called devenv-bed-smoke-…, and removes them.
set -uo pipefail

bed_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
eval "$("$bed_here/up.sh")" || exit 1
wanted=" $* "
mark=devenv-bed-smoke
passed=0 failed=0
image='' box=''

tidy() {
    docker ps -aq --filter "name=^$mark" | xargs -r docker rm -f >/dev/null
    docker volume ls -q --filter "name=^$mark" | xargs -r docker volume rm >/dev/null
}
trap tidy EXIT
tidy

is_asked() { [[ $wanted == "  " || $wanted == *" $1 "* ]]; }

# Usage: use REPOSITORY:TAG   (all that follows is about this image)
use() {
    image=$DEVENV_MIRROR/$1
    box=$mark-$(tr -c 'a-z0-9\n' - <<<"$1")
    docker pull -q "$image" >/dev/null || echo "cannot pull $1"
}

# Usage: start [OPTION…] [-- COMMAND…]
start() {
    local -a options=() command=()
    while (($#)) && [[ $1 != -- ]]; do options+=("$1"); shift; done
    shift || true
    command=("$@")
    docker rm -f "$box" >/dev/null 2>&1
    docker run -d --name "$box" "${options[@]}" "$image" "${command[@]}" >/dev/null
}

inside() { docker exec "$box" "$@"; }

# Usage: check WHAT COMMAND…   (repeats for a minute; passes as soon as the command does)
check() {
    local what=$1 until=$((SECONDS + 60)) output
    shift
    while ! output=$("$@" 2>&1); do
        if ((SECONDS > until)) || [[ ${once:-} ]]; then
            failed=$((failed + 1))
            printf 'FAIL  %s: %s\n%s\n' "${image#*/}" "$what" "$output"
            docker logs --tail 15 "$box" 2>&1 | sed 's/^/      /'
            return
        fi
        sleep 0.1
    done
    passed=$((passed + 1))
    printf 'ok    %s: %s\n' "${image#*/}" "$what"
}

# Usage: check_stops SECONDS   (and with an exit code that is no kill)
check_stops() {
    local began ended code
    began=$(date +%s%N)
    docker stop -t 20 "$box" >/dev/null
    ended=$((($(date +%s%N) - began) / 1000000))
    code=$(docker inspect --format '{{.State.ExitCode}}' "$box")
    once=1 check "stops in $ended ms with exit code $code" test "$ended" -lt "$(($1 * 1000))" -a "$code" != 137
}

# Usage: says PATTERN COMMAND…
says() {
    local output
    output=$("${@:2}" 2>&1)
    grep -qE -- "$1" <<<"$output" || { echo "$output"; return 1; }
}
is_user() { says "^Uid:[[:space:]]+$1[[:space:]]" inside cat /proc/1/status; }
# Usage: is_served REPOSITORY TAG
is_served() { says ' 200 ' bash -c "exec 5<>/dev/tcp/${DEVENV_MIRROR/:/\/}; printf 'HEAD /v2/$1/manifests/$2 HTTP/1.0\r\n\r\n' >&5; head -n 1 <&5" >/dev/null; }
fails_with() { local output; ! output=$("${@:2}" 2>&1) && grep -qE -- "$1" <<<"$output"; }
address() { docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$box"; }
# Usage: speak PORT TEXT   (prints what comes back within a second)
speak() {
    exec 5<>"/dev/tcp/$(address)/$1" || return 1
    printf '%b' "$2" >&5
    timeout 1 cat <&5 | tr -d '\0'
    exec 5>&-
}

for part in "$bed_here"/smoke/*.sh; do
    # shellcheck source=/dev/null
    . "$part"
done

printf '%s passed, %s failed\n' "$passed" "$failed"
((failed == 0))
