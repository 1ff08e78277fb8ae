#!/usr/bin/env bash
# Brings up the offline test bed: a container engine, and a registry on the loopback interface that serves
# stand-ins for the official images. Prints on stdout the lines a test needs, everything else on stderr:
#
#     eval "$(tests/bed/up.sh)"
#
# See README.md beside this file.
set -euo pipefail

usage() {
    cat >&2 <<'USAGE'
usage: up.sh [--all] [--only NAME[,NAME…]]

  --all            the second tier too (rust, java with maven, crystal)
  --only NAMES     only these images: postgres, or postgres:17; the rest stays as it is

environment
  DEVENV_BED_DIR      where everything is kept (default /var/lib/devenv-bed, for root)
  DEVENV_BED_PORT     the registry's port the first time (default 5055)
  DEVENV_BED_PUBLIC   1: the public registry is reachable, so only make sure of an engine
  DEVENV_BED_APT   the apt mirror to build from, where it is not this machine's own
USAGE
}

bed_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bed_dir=${DEVENV_BED_DIR:-$([[ $(id -u) == 0 ]] && echo /var/lib || echo "$HOME/.local/state")/devenv-bed}
bed_logs=$bed_dir/logs
# Names that --only asked for, separated by commas; empty means all.
bed_only=
bed_tiers=" 1 "

bed_arguments=("$@")
while (($#)); do
    case $1 in
        --all) bed_tiers=" 1 2 " ;;
        --only)
            (($# > 1)) || { usage; exit 2; }
            bed_only=$2
            shift
            ;;
        --only=*) bed_only=${1#--only=} ;;
        -h | --help) usage; exit 0 ;;
        *) usage; exit 2 ;;
    esac
    shift
done

# Stdout carries the export lines and nothing else, so keep it aside.
exec 3>&1 1>&2

say() { printf 'bed %4ds  %s\n' "$SECONDS" "$*" >&2; }

# Ends with a message, and with the tail of a log where one is named.
fail() {
    say "failed: $1"
    if [[ ${2:-} && -s $2 ]]; then
        printf -- '--- the end of %s\n' "$2" >&2
        tail -n 25 "$2" >&2
    fi
    exit 1
}

# Runs a command in the background so that it outlives this script and holds none of its descriptors.
# Usage: start_detached LOG PIDFILE COMMAND…
start_detached() {
    local log=$1 pidfile=$2
    shift 2
    (
        exec </dev/null >"$log" 2>&1
        for descriptor in /proc/self/fd/*; do
            descriptor=${descriptor##*/}
            ((descriptor > 2)) && eval "exec $descriptor>&-"
        done
        cd /
        exec setsid "$@"
    ) &
    echo "$!" >"$pidfile"
    disown
}

# True when a process id from a file is alive and runs the named program.
runs() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [[ $pid && $(readlink "/proc/$pid/exe" 2>/dev/null) == */"$2" ]]
}

. "$bed_here/parts/packages.sh"
. "$bed_here/parts/engine.sh"
# The rest wants a newer bash than some machines with a reachable public registry have.
if [[ ${DEVENV_BED_PUBLIC:-} != 1 ]]; then
    . "$bed_here/parts/registry.sh"
    . "$bed_here/parts/base.sh"
    . "$bed_here/parts/images.sh"
fi

mkdir -p "$bed_logs" 2>/dev/null || fail "cannot write to $bed_dir; set DEVENV_BED_DIR to a folder of yours"

# Ended from outside: take the builds along. The engine and the registry are no jobs of this shell any more.
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM

# Two runs at once: the second waits for the first and then finds everything done.
exec 9>"$bed_dir/lock"
if command -v flock >/dev/null && ! flock -n 9; then
    say "another run is at work, waiting for it"
    flock 9
    # From the start again: these files may have changed meanwhile.
    exec 9>&- 1>&3 3>&-
    exec "${BASH_SOURCE[0]}" "${bed_arguments[@]}"
fi

ensure_engine
if [[ ${DEVENV_BED_PUBLIC:-} != 1 ]]; then
    ensure_registry
    ensure_images
fi

{
    echo "export DOCKER_HOST=$DOCKER_HOST"
    [[ ${DEVENV_BED_PUBLIC:-} == 1 ]] || echo "export DEVENV_MIRROR=$bed_registry"
    echo "export DEVENV_BED=1"
} >&3
