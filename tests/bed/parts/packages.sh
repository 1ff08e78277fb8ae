# Distribution packages of this machine. Sourced by up.sh.
# shellcheck shell=bash disable=SC2154 # the bed_… variables are set by up.sh

apt_is_fresh=

can_install() { [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; }

# Installs packages without starting the services they bring.
# Usage: install_packages PACKAGE…
install_packages() {
    local log=$bed_logs/apt.log policy=/usr/sbin/policy-rc.d made_policy=
    can_install || fail "needs these packages and cannot install them here: $*"
    say "installing $*"
    if [[ ! -e $policy ]]; then
        made_policy=1
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    if ! {
        { [[ $apt_is_fresh ]] || apt-get update -q; } &&
            apt-get install -q -y --no-install-recommends "$@"
    } >"$log" 2>&1 </dev/null 9>&-; then
        [[ $made_policy ]] && rm -f "$policy"
        fail "apt-get" "$log"
    fi
    [[ $made_policy ]] && rm -f "$policy"
    apt_is_fresh=1
}

# Usage: ensure_command COMMAND PACKAGE…
ensure_command() {
    command -v "$1" >/dev/null || install_packages "${@:2}"
}
