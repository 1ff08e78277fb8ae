#!/usr/bin/env bash
# Ends what up.sh started: the registry, and the engine if it was started by it. Images and data stay.
#
#     tests/bed/down.sh [--registry | --purge]
#
# --registry leaves the engine alone; --purge removes the registry's images too.
set -euo pipefail

bed_dir=${DEVENV_BED_DIR:-$([[ $(id -u) == 0 ]] && echo /var/lib || echo "$HOME/.local/state")/devenv-bed}

# Usage: end PIDFILE PROGRAM
end() {
    local pid tries
    pid=$(cat "$1" 2>/dev/null) || return 0
    if [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == */"$2" ]]; then
        kill "$pid"
        for ((tries = 0; tries < 300; tries++)); do
            [[ -e /proc/$pid ]] || break
            sleep 0.1
        done
        echo "bed  $2 ended" >&2
    fi
    rm -f "$1"
}

end "$bed_dir/registry.pid" docker-registry
[[ ${1:-} == --registry ]] || end "$bed_dir/engine.pid" dockerd
[[ ${1:-} != --purge ]] || rm -rf "$bed_dir"
