#!/usr/bin/env bash
# Runs a command with another generation of engine than this machine's own, in network and mounts of its own, so that
# nothing of it meets what else runs here:
#
#     tests/bed/engines.sh 28 COMMAND…       26 · 28 · podman · own (this machine's own programs, in two seconds)
#     tests/bed/engines.sh --list
#
# An engine that is killed is started again; $DEVENV_BED_RESTART SIGNAL does that. With DEVENV_BED_SPACE=300m in the surroundings
# an own engine has no more room than that for all it keeps.
#
# The bed must be up (up.sh): its registry's content is served to these engines as well. Root on Debian only.
# The command finds DOCKER_HOST, DEVENV_MIRROR and DEVENV_BED set. Everything ends with it; roots are kept in
# DEVENV_BED_DIR/engines for the next time.
set -euo pipefail

bed_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bed_dir=${DEVENV_BED_DIR:-/var/lib/devenv-bed}
say() { printf 'engines  %s\n' "$*" >&2; }
fail() {
    say "failed: $1"
    [[ ! ${2:-} ]] || tail -n 25 "$2" >&2
    exit 1
}

. "$bed_here/parts/packages.sh"
. "$bed_here/parts/base.sh"

# Suite, packages and a number for addresses, by name.
describe() {
    case $1 in
        26) suite=trixie packages=docker.io number=26 ;;
        28) suite=forky packages=docker.io number=28 ;;
        own) suite='' packages='' number=20 ;;
        podman) suite=trixie packages='podman crun runc nftables netavark aardvark-dns catatonit' number=54 ;;
        *) fail "there is no engine called $1; --list names them" ;;
    esac
}

if [[ ${1:-} == --list ]]; then
    printf '%s\n' 26 28 podman
    exit
fi
(($# > 1)) || { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[[ $(id -u) == 0 ]] || fail 'only root can start an engine beside another'
name=$1
shift
describe "$name"
subnet=10.$((170 + number))
root=$bed_dir/engines/$name
state=$bed_dir/engines/$name.state
log=$bed_dir/logs/engine-$name.log
mkdir -p "$bed_dir/engines" "$bed_dir/logs"
if [[ $name == own ]]; then
    state=$(mktemp -d "$bed_dir/engines/own.XXXXXX")
    # Those who use it pass through.
    chmod 755 "$state"
    root=$state
fi
exec 9>"$bed_dir/engines/$name.lock"
flock 9

# A minimal Debian with the engine in it.
make_root() {
    local -a options
    local include="ca-certificates,iptables,iproute2,mount,procps,tini,${packages// /,}"
    # One that was made of other packages is made anew.
    [[ $suite && $(cat "$root/made" 2>/dev/null) != "$suite $include" ]] || return 0
    ensure_command mmdebstrap mmdebstrap
    say "making $name from $suite (once, about a minute)"
    rm -rf "$root"
    mapfile -t options < <(apt_options)
    # shellcheck disable=SC2016 # mmdebstrap fills in $1
    mmdebstrap --variant=apt --components=main --aptopt='APT::Install-Recommends "false"' --dpkgopt='force-unsafe-io' \
        --include="$include" \
        --customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"' \
        "${options[@]}" "$suite" "$root" "$(debian_mirror)" >"$log" 2>&1 || fail "$suite could not be made" "$log"
    mkdir -p "$root/sock" "$root/oldroot"
    printf '%s\n' "$suite $include" >"$root/made"
}

# What the engine is started with, inside its own root.
engine_command() {
    command=()
    if [[ $name == podman ]]; then
        mkdir -p "$root/etc/containers"
        cat >"$root/etc/containers/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
        cat >"$root/etc/containers/registries.conf" <<'CONF'
unqualified-search-registries = ["docker.io"]
# On every port, as other engines have it.
[[registry]]
location = "127.0.0.1"
insecure = true
CONF
        command=(podman --root /var/lib/other --runroot /run/other system service --time=0 unix:///sock/docker.sock)
    else
        local own=''
        [[ $suite ]] || own=$state
        command=(dockerd -H "unix://$own/sock/docker.sock" --data-root "$own/var/lib/other" --exec-root "$own/run/other"
            --pidfile "$own/run/other.pid" --bip "$subnet.255.1/24" --default-address-pool "base=$subnet.0.0/17,size=24")
    fi
}

# Network and mounts of its own: only this computer's /tmp (the repos of tests) and its certificates are seen inside.
start_engine() {
    local try
    engine_command
    rm -rf "$state"
    [[ ! $suite ]] || rm -rf "$root/sock" "$root/var/lib/other" "$root/run/other"*
    mkdir -p "$state" "$root/sock" "$root/run/other"
    [[ ! $suite ]] || cp /etc/resolv.conf "$root/etc/resolv.conf"
    mkfifo "$state/go"
    # Started again whenever it ends.
    # shellcheck disable=SC2016 # filled in by the shell that runs it
    export again='trap "exit 0" TERM; while :; do "$@" & wait $!; done'
    # What runs in a process namespace ends with its first process, whatever it is.
    # shellcheck disable=SC2016 # filled in by the shell that runs it
    setsid unshare --mount --net --pid --fork --kill-child --propagation private bash -c 'set -e
        root=$1 state=$2 address=$3 gateway=$4; shift 4
        # Until the outer end of the cable is there.
        read -r _ <"$state/go"
        ip link set lo up; ip link set inner up
        ip address add "$address" dev inner; ip route add default via "$gateway"
        # What the two engines of one machine would share.
        touch "$state/xtables.lock"; [ -e /run/xtables.lock ] || touch /run/xtables.lock
        if [ "$root" = "$state" ]; then
            mount --bind "$state/xtables.lock" /run/xtables.lock
            if [ "$DEVENV_BED_SPACE" ]; then
                mkdir -p "$root/var/lib/other"; mount -t tmpfs -o "size=$DEVENV_BED_SPACE" tmpfs "$root/var/lib/other"
            fi
            mkdir -p /run/docker; mount -t tmpfs tmpfs /run/docker; mount -t proc proc /proc
            echo 1 >/proc/sys/net/ipv4/ip_forward
            exec tini -- sh -c "$again" engine "$@"
        fi
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"; mount -t sysfs sysfs "$root/sys"
        echo 1 >"$root/proc/sys/net/ipv4/ip_forward"
        mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
        # What an earlier engine left there would be taken for running.
        mount -t tmpfs tmpfs "$root/run"; mkdir -p "$root/run/other" "$root/run/lock"
        mount --rbind /dev "$root/dev"; mount --rbind /tmp "$root/tmp"; mount --rbind /etc/ssl "$root/etc/ssl"
        cd "$root"; pivot_root . oldroot; cd /; umount -l /oldroot
        exec tini -- sh -c "$again" engine "$@"' engine "$root" "$state" "$subnet.254.2/30" "$subnet.254.1" \
        "${command[@]}" >"$log" 2>&1 9>&- </dev/null &
    outer=$!
    for ((try = 0; try < 100; try++)); do
        pid=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null) && [[ $pid ]] && break
        sleep 0.05
    done
    pid=${pid// /}
    [[ $pid ]] || fail "$name did not start" "$log"
    ip link add "devenv-$number" type veth peer name inner netns "$pid"
    ip address add "$subnet.254.1/30" dev "devenv-$number"
    ip link set "devenv-$number" up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    iptables -t nat -I POSTROUTING -s "$subnet.254.0/30" -j MASQUERADE
    iptables -I FORWARD -i "devenv-$number" -j ACCEPT
    iptables -I FORWARD -o "devenv-$number" -j ACCEPT
    echo go >"$state/go"
    export DOCKER_HOST=unix://$root/sock/docker.sock
    for ((try = 0; try < 300; try++)); do
        docker version --format '{{.Server.Version}}' >"$state/version" 2>/dev/null && break
        kill -0 "$pid" 2>/dev/null || fail "$name ended" "$log"
        sleep 0.1
    done
    [[ -s $state/version ]] || fail "$name does not answer" "$log"
    # A developer of the tests has no place in root's group.
    [[ $name != podman ]] || chmod 666 "$root/sock/docker.sock"
    say "$name $(cat "$state/version") answers"
}
# The same content as the bed's own, on the loopback interface of the engine's network.
start_registry() {
    sed 's/^http: .*/http: {addr: "127.0.0.1:5055"}/' "$bed_dir/registry.yml" >"$state/registry.yml"
    nsenter --net -t "$pid" -- docker-registry serve "$state/registry.yml" >"$bed_dir/logs/registry-$name.log" 2>&1 9>&- </dev/null &
    registry=$!
}

end() {
    local status=$? try
    trap - EXIT
    [[ ! ${asked:-} ]] || kill "$asked" 2>/dev/null || true
    [[ ! ${registry:-} ]] || kill "$registry" 2>/dev/null || true
    if [[ ${outer:-} ]]; then
        kill "$pid" 2>/dev/null || true
        for ((try = 0; try < 150; try++)); do
            kill -0 "$outer" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$outer" 2>/dev/null || true
    fi
    iptables -t nat -D POSTROUTING -s "$subnet.254.0/30" -j MASQUERADE 2>/dev/null || true
    iptables -D FORWARD -i "devenv-$number" -j ACCEPT 2>/dev/null || true
    iptables -D FORWARD -o "devenv-$number" -j ACCEPT 2>/dev/null || true
    ip link delete "devenv-$number" 2>/dev/null || true
    [[ $suite ]] || rm -rf "$state"
    exit "$status"
}

trap end EXIT
trap 'exit 130' INT TERM HUP
make_root
start_engine
start_registry
pidfile=$([[ $suite ]] || echo "$state")/run/other.pid
# shellcheck disable=SC2016 # filled in by the shell that runs it
export DEVENV_BED_RESTART="nsenter -t $pid -m -p -- sh -c 'kill -\$0 \$(cat $pidfile)'"
# Beside this shell, so that a signal is heeded while it runs.
DEVENV_MIRROR=127.0.0.1:5055 DEVENV_BED=1 nsenter --net -t "$pid" -- "$@" 9>&- <&0 &
asked=$!
wait "$asked"
