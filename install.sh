#!/usr/bin/env bash
# Installs devenv into your own bin folder, and with --demo shows it at work: see --help.
#
# In a checkout it builds with cargo; on its own it downloads a release and checks it against SHA256SUMS.
# Runs with the bash 3.2 of macOS. What it says goes to stderr; stdout carries the demo's address alone.

[ -n "${BASH_VERSION:-}" ] || { echo 'install.sh needs bash; run: bash install.sh' >&2; exit 2; }
set -euo pipefail

# Where releases are. Whoever publishes them writes the address here (.ci/release does); nothing is guessed.
published_at=

usage() {
    cat <<'USAGE'
Installs devenv: one command from a fresh clone to a running development environment.

Usage: ./install.sh [OPTIONS]

  --demo              also make sure that Docker runs, and start a small app with a database
  --engine            also make sure that Docker runs
  --uninstall         remove devenv; what it remembers and all data stay
  --purge             with --uninstall: remove your environments, their data and devenv's own folders as well

  --bin-dir FOLDER    where devenv goes      (default: ~/.local/bin)
  --demo-dir FOLDER   where the demo goes    (default: ~/devenv-demo)
  --release           download a release, even in a checkout
  --dry-run           only say what would happen
  --yes               do not ask
  --help              this text

It says what it will do before it does it, and on a terminal it asks. Without a terminal it goes on: plain, only your own
folders are written to; --engine and --demo are your word that Docker may be installed and started too, which needs root
on Debian or Ubuntu and is explained elsewhere. Safe to run again: what is there already is kept or replaced whole.

Environment:
  DEVENV_RELEASE_URL  where releases are, instead of the usual place: https://… or file://…
  DEVENV_MIRROR       your organisation's mirror for what the demo downloads
  DEVENV_HOME         one folder for all that devenv remembers

Exit codes: 0 done · 1 something failed · 2 wrong usage · 4 Docker is not usable
USAGE
}

say() { printf '%s\n' "$*" >&2; }

# Usage: [exit_code=N] fail ID WHAT WHY FIX…
fail() {
    printf 'error[%s]: %s\n' "$1" "$2" >&2
    [[ ! $3 ]] || printf '  why: %s\n' "$3" >&2
    shift 3
    (($# == 0)) || printf '  fix: %s\n' "$@" >&2
    exit "${exit_code:-1}"
}

has() { command -v "$1" >/dev/null 2>&1; }

# A path as a person writes it.
shown() { case $1 in "$HOME"/*) printf '~%s' "${1#"$HOME"}" ;; *) printf '%s' "$1" ;; esac; }

# Runs a command with its output in a log; where it fails, the end of that is shown. Usage: quietly LOG COMMAND…
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null && return
    say "--- the last lines of: $*"
    tail -n 30 "$log" >&2
    return 1
}

# ---------------------------------------------------------------------------------------------------- what was asked for

read_arguments() {
    demo='' engine='' uninstall='' purge='' release='' dry_run='' yes=''
    bin_dir=$HOME/.local/bin demo_dir=$HOME/devenv-demo
    while (($#)); do
        case $1 in
            --demo) demo=1 engine=1 ;;
            --engine) engine=1 ;;
            --uninstall) uninstall=1 ;;
            --purge) purge=1 ;;
            --release) release=1 ;;
            --dry-run) dry_run=1 ;;
            --yes | -y) yes=1 ;;
            --bin-dir | --demo-dir)
                [[ ${2:-} ]] || wrong_usage "$1 needs a folder"
                if [[ $1 == --bin-dir ]]; then bin_dir=$2; else demo_dir=$2; fi
                shift
                ;;
            --bin-dir=?*) bin_dir=${1#*=} ;;
            --demo-dir=?*) demo_dir=${1#*=} ;;
            --help | -h) usage; exit 0 ;;
            *) wrong_usage "install.sh does not know $1" ;;
        esac
        shift
    done
    [[ ! $purge || $uninstall ]] || wrong_usage "--purge goes with --uninstall"
    [[ ! $uninstall || ! $engine ]] || wrong_usage "--uninstall goes with neither --demo nor --engine"
    [[ $bin_dir == /* ]] || bin_dir=$PWD/$bin_dir
    [[ $demo_dir == /* ]] || demo_dir=$PWD/$demo_dir
}

wrong_usage() { exit_code=2 fail usage "$1" '' './install.sh --help'; }

# What will happen, a line each; shown before anything does.
plan=()
# Distribution packages that are missing.
packages=()

# Shows the plan and asks where somebody can answer.
agree() {
    local answer='' terminal
    say "$1"
    printf '  %s\n' "${plan[@]}" >&2
    [[ ! $dry_run ]] || exit 0
    [[ ! $yes ]] || return 0
    if [[ -t 0 ]]; then
        terminal=/dev/stdin
    elif [[ ! $script ]] && (: </dev/tty) 2>/dev/null; then
        # Piped into bash: stdin is this script, the person is still there.
        terminal=/dev/tty
    else
        return 0
    fi
    printf 'Go on? [Y/n] ' >&2
    read -r answer <"$terminal" || answer=n
    case $answer in '' | [yY]*) ;; *) say 'Nothing was changed.'; exit 1 ;; esac
}

# ---------------------------------------------------------------------------------------------------- devenv itself

# Tells this program from another one of the same name.
is_ours() { "$1" --help 2>/dev/null </dev/null | grep -q 'dev\.yaml'; }

look_at_program() {
    local target=$bin_dir/devenv
    if [[ -e $target ]] && ! is_ours "$target"; then
        fail name-taken "$target is another program, or a broken one" '' \
            "remove it, if you know what it is" "./install.sh --bin-dir FOLDER    # another place for this one"
    fi
    cargo=$(command -v cargo || true)
    [[ $cargo || ! -x $HOME/.cargo/bin/cargo ]] || cargo=$HOME/.cargo/bin/cargo
    # Without a toolchain behind it cargo is there and does nothing.
    [[ ! $cargo ]] || "$cargo" --version >/dev/null 2>&1 || cargo=''
    if [[ $checkout && $cargo && ! $release && ! ${DEVENV_RELEASE_URL:-} ]]; then
        source=checkout
        plan+=("build      devenv from $(shown "$checkout") with cargo, optimised: two to five minutes the first time")
        # A Rust toolchain links with the C compiler.
        has cc || packages+=(gcc libc6-dev)
    else
        source=release
        look_at_release
        plan+=("download   $archive from $(without_login "$release_url"), and check it against SHA256SUMS")
    fi
    plan+=("install    $(shown "$target")")
}

look_at_release() {
    local platform
    release_url=${DEVENV_RELEASE_URL:-$published_at}
    release_url=${release_url%/}
    case $(uname -s)-$(uname -m) in
        Linux-x86_64 | Linux-amd64) platform=x86_64-unknown-linux-gnu ;;
        Linux-aarch64 | Linux-arm64) platform=aarch64-unknown-linux-gnu ;;
        Darwin-x86_64) platform=x86_64-apple-darwin ;;
        Darwin-arm64) platform=aarch64-apple-darwin ;;
        MINGW* | MSYS* | CYGWIN*) fail platform 'this runs on Linux and macOS' '' 'run it inside WSL' ;;
        *) fail platform "there is no release for $(uname -s) on $(uname -m)" '' 'build it from a checkout: install Rust, then ./install.sh' ;;
    esac
    archive=devenv-$platform.tar.gz
    [[ $release_url ]] || fail no-release 'it is not known where releases are' \
        "${checkout:+there is no working cargo to build with either}" \
        'install Rust (https://rustup.rs), then run ./install.sh in a checkout' 'DEVENV_RELEASE_URL=https://… ./install.sh'
    case $release_url in
        https://* | file:///* | http://127.0.0.1:* | http://localhost:*) ;;
        *) fail release-address "$(without_login "$release_url") is no place to download from" \
            'what is downloaded could be changed on its way' 'use an address that begins with https:// or file:///' ;;
    esac
}

# An address as it may be shown: without a user's name and password.
without_login() {
    local rest=${1#*//}
    [[ ${rest%%/*} != *@* ]] || rest=${rest#*@}
    printf '%s//%s' "${1%%//*}" "$rest"
}

install_program() {
    local built target=$bin_dir/devenv part=$bin_dir/.devenv.$$ version
    if [[ $source == checkout ]]; then build; else download; fi
    if ! { mkdir -p "$bin_dir" && cp "$built" "$part" && chmod 755 "$part"; }; then
        fail bin-unwritable "$bin_dir cannot be written to" '' './install.sh --bin-dir FOLDER'
    fi
    # Tried before it takes the old one's place: it may be made for newer system libraries than there are.
    if ! version=$("$part" --version 2>&1); then
        rm -f "$part"
        fail program-unusable 'the new devenv does not run here; what was there before stays' "$version" \
            'build it on this computer: install Rust, then run ./install.sh in a checkout'
    fi
    mv -f "$part" "$target"
    say "$version is installed: $(shown "$target")"
}

# Sets built.
build() {
    local folder=${CARGO_TARGET_DIR:-$checkout/target} began=$SECONDS
    local -a command=("$cargo" build --profile dist --locked --manifest-path "$checkout/Cargo.toml" --target-dir "$folder")
    if [[ -t 2 ]]; then "${command[@]}"; else say 'building …' && quietly "$work/build.log" "${command[@]}"; fi ||
        fail build 'devenv could not be built' '' 'look at the lines above; a newer Rust may be needed: rustup update'
    built=$folder/dist/devenv
    ((SECONDS - began < 5)) || say "built in $((SECONDS - began)) s"
}

# Sets built, and template to the demo that came along.
download() {
    local expected actual
    say "downloading $archive"
    fetch "$release_url/SHA256SUMS" "$work/SHA256SUMS"
    fetch "$release_url/$archive" "$work/$archive"
    expected=$(awk -v name="$archive" '{ sub(/^\*/, "", $2) } $2 == name { print $1 }' "$work/SHA256SUMS")
    actual=$(sha256 <"$work/$archive")
    actual=${actual%% *}
    [[ $expected =~ ^[0-9a-f]{64}$ ]] || fail release-unlisted "SHA256SUMS says nothing of $archive" \
        'without it nobody can tell whether the download is whole' 'tell whoever publishes the release'
    [[ $expected == "$actual" ]] || fail release-damaged "$archive is not what SHA256SUMS says; nothing was installed" \
        "its SHA-256 is $actual, it should be $expected" \
        'run this again; if it stays so, do not use this download and tell whoever publishes the release'
    mkdir "$work/release"
    tar -xzf "$work/$archive" -C "$work/release" --no-same-owner
    built=$work/release/devenv
    [[ -f $built && ! -L $built ]] || fail release-damaged "there is no devenv in $archive" '' 'tell whoever publishes the release'
    [[ ! -d $work/release/templates/demo ]] || template=$work/release/templates/demo
}

# Usage: fetch ADDRESS FILE
fetch() {
    local said status=0
    case $1 in
        file://*) said=$(cp "${1#file://}" "$2" 2>&1) || status=$? ;;
        *)
            if has curl; then
                # Never from https to http on the way.
                said=$(curl --proto "=${1%%:*}" --proto-redir "=${1%%:*}" -fsSL --retry 2 --connect-timeout 20 -o "$2" "$1" 2>&1) || status=$?
            elif has wget; then
                said=$(wget -q --tries 3 --timeout 20 -O "$2" "$1" 2>&1) || status=$?
            else
                fail no-downloader 'there is neither curl nor wget to download with' '' 'install one of them; on Debian: apt-get install curl'
            fi
            ;;
    esac
    ((status == 0)) || fail download "$(without_login "$1") cannot be downloaded" "${said##*$'\n'}" \
        'check your connection and DEVENV_RELEASE_URL, then run this again'
}

# ---------------------------------------------------------------------------------------------------- Docker

# A client that waits for an answer that never comes is ended.
sha256() { if has sha256sum; then sha256sum; else shasum -a 256; fi; }
patiently() { if has timeout; then timeout 10 "$@"; else "$@"; fi; }

engine_answers() {
    if has docker; then
        patiently docker version --format '{{.Server.Version}}' >/dev/null 2>&1
    else
        has curl && curl -sf --max-time 5 --unix-socket /var/run/docker.sock http://localhost/_ping >/dev/null 2>&1
    fi
}

can_install() { [[ $(id -u) == 0 ]] && is_debian && has apt-get; }
is_debian() { grep -qE '^(ID|ID_LIKE)=.*(debian|ubuntu)' /etc/os-release 2>/dev/null; }
has_systemd() { [[ -d /run/systemd/system ]]; }

look_at_engine() {
    local exit_code=4
    engine_answers && return
    [[ ! ${DOCKER_HOST:-} || $DOCKER_HOST == unix:///var/run/docker.sock ]] ||
        fail engine-silent "no Docker answers on $DOCKER_HOST" 'DOCKER_HOST says to use that one' 'start it' 'unset DOCKER_HOST'
    if [[ $(uname -s) == Darwin ]]; then
        fail engine-missing 'Docker is not running' '' 'start Docker Desktop, OrbStack or Colima, or install one of them'
    elif [[ -S /var/run/docker.sock && ! -w /var/run/docker.sock ]]; then
        fail engine-forbidden "Docker is there, but not for the user $(id -un)" '' \
            "sudo usermod -aG docker $(id -un)    # as good as root on this computer; then log out and in again"
    elif [[ $(id -u) != 0 ]]; then
        has dockerd && fail engine-stopped 'Docker is not running' '' 'sudo systemctl start docker'
        fail engine-missing 'Docker is not installed' 'only root can do that' \
            "sudo apt-get install docker.io && sudo usermod -aG docker $(id -un)    # on Debian or Ubuntu; then log out and in again"
    fi
    look_at_packages
    [[ ${#packages[@]} == 0 ]] || can_install ||
        fail engine-missing 'Docker is not installed' 'this script can do that on Debian and Ubuntu' 'install it as your system does, then run this again'
    plan+=("start      Docker$(has_systemd || printf ', in the background: without systemd it does not come back by itself after a restart')")
    start_engine=1
}

# What Docker needs of the distribution's packages.
look_at_packages() {
    has dockerd || packages+=(docker.io)
    has iptables || packages+=(iptables)
    # The small first process that lets every app end at once.
    has docker-init || packages+=(tini)
    # Where the kernel has AppArmor on, nothing starts without its loader.
    [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) != Y ]] || has apparmor_parser || packages+=(apparmor)
}

install_packages() {
    local policy=/usr/sbin/policy-rc.d made=''
    say "installing $* …"
    # Without systemd nothing but this script shall start what is installed.
    if ! has_systemd && [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        made=$policy
    fi
    export DEBIAN_FRONTEND=noninteractive
    quietly "$work/apt.log" apt-get update -q || say 'going on with the package lists as they are'
    if ! quietly "$work/apt.log" apt-get install -q -y --no-install-recommends "$@"; then
        rm -f "$made"
        fail packages 'the packages could not be installed' '' 'look at the lines above'
    fi
    rm -f "$made"
}

start_docker() {
    local log=/var/log/devenv-docker.log tries process='' why='' hint exit_code=4
    hint="look at $log"
    # Since Debian 13 the client is a package of its own.
    has docker || install_packages docker-cli
    say 'starting Docker …'
    if has_systemd; then
        hint='journalctl -u docker'
        quietly "$work/start.log" systemctl enable --now docker || fail engine-silent 'Docker did not start' '' "$hint"
    elif ! engine_answers; then
        # One that was killed leaves its number behind, and the next refuses to start if that lives again.
        [[ $(readlink "/proc/$(cat /var/run/docker.pid 2>/dev/null || echo none)/exe") == */dockerd ]] || rm -f /var/run/docker.pid
        (cd / && exec setsid dockerd --host unix:///var/run/docker.sock) >"$log" 2>&1 </dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
        process=$!
        disown
    fi
    for ((tries = 0; tries < 150; tries++)); do
        engine_answers && return
        [[ ! $process ]] || kill -0 "$process" 2>/dev/null || break
        sleep 0.2
    done
    [[ ! $process ]] || why=$(tail -n 1 "$log")
    fail engine-silent 'Docker was started and does not answer' "$why" "$hint"
}

# ---------------------------------------------------------------------------------------------------- the demo

look_at_demo() {
    [[ $source == release || -f $template/dev.yaml ]] || fail demo-missing "there is no demo in $(shown "$checkout")" '' 'git checkout templates'
    if is_demo "$demo_dir"; then
        plan+=("keep       $(shown "$demo_dir") as it is")
    elif [[ -e $demo_dir && (! -d $demo_dir || $(ls -A "$demo_dir")) ]]; then
        fail demo-folder "$(shown "$demo_dir") is there already and is not the demo" '' './install.sh --demo --demo-dir FOLDER'
    else
        plan+=("create     $(shown "$demo_dir"), a small app with a database")
    fi
    if needs_stand_ins; then
        stand_ins=1
        plan+=("build      what the demo runs on from Debian's packages with tests/bed/up.sh (it installs what it needs for that, and" \
            "           keeps it in /var/lib/devenv-bed): its usual downloads cannot be reached from here. A few minutes the first time")
    fi
    plan+=("start      the demo with \`devenv up\`, and open its page")
}

is_demo() { grep -qx 'name: demo' "$1/dev.yaml" 2>/dev/null; }

# The test bed can stand in for downloads only in a checkout, as root, on Debian.
needs_stand_ins() {
    local settings=${XDG_CONFIG_HOME:-$HOME/.config}/devenv
    [[ ! ${DEVENV_HOME:-} ]] || settings=$DEVENV_HOME/config
    [[ ! ${DEVENV_MIRROR:-} && $checkout && -x $checkout/tests/bed/up.sh ]] && can_install || return 1
    ! grep -qs '^mirror:' "$settings/settings.yaml" || return 1
    # Docker may go through a proxy or a mirror of its own, which this shell can't see through.
    [[ ! ${HTTPS_PROXY:-${https_proxy:-}} ]] || return 1
    [[ $(patiently docker info --format '{{.HTTPSProxy}}{{join .RegistryConfig.Mirrors ""}}' 2>/dev/null) == '' ]] || return 1
    ! timeout 2 bash -c ': <>/dev/tcp/registry-1.docker.io/443' 2>/dev/null
}

start_demo() {
    local part=$demo_dir.part.$$ status=0 url page=$work/page.html
    if [[ $stand_ins ]]; then
        use_stand_ins
    fi
    if ! is_demo "$demo_dir"; then
        mkdir -p "$(dirname "$demo_dir")" && cp -R "$template" "$part" && rm -f "$part/template.yaml"
        rmdir "$demo_dir" 2>/dev/null || true
        mv "$part" "$demo_dir"
    fi
    "$bin_dir/devenv" -C "$demo_dir" up >&2 || status=$?
    if ((status)); then
        say "devenv is installed, the demo did not start; to try again: devenv -C $(shown "$demo_dir") up"
        exit "$status"
    fi
    url=$("$bin_dir/devenv" -C "$demo_dir" env web --get PUBLIC_URL)
    open_page "$url" "$page" || fail demo-silent "$url does not answer as it should" "$(head -n 1 "$page")" \
        "devenv -C $(shown "$demo_dir") logs web"
    say "the demo answers, with what it read from its database. Stop it with: devenv -C $(shown "$demo_dir") down"
    [[ ! $stand_ins ]] || say "for more downloads from here: export DEVENV_MIRROR=$DEVENV_MIRROR"
    printf '%s\n' "$url"
}

# Usage: open_page ADDRESS FILE: true when it answers 200 with rows of the demo's database.
open_page() {
    local at=${1#http://} host
    at=${at%%/*}
    host=${at%%:*}
    # As browsers do, whatever this computer's list of hosts says.
    [[ $host != localhost ]] || host=127.0.0.1
    {
        exec 3<>"/dev/tcp/$host/${at##*:}" && printf 'GET / HTTP/1.0\r\nHost: %s\r\n\r\n' "$at" >&3 && cat <&3 >"$2"
    } 2>/dev/null || { echo 'nothing answers' >"$2"; return 1; }
    exec 3>&-
    head -n 1 "$2" | grep -q ' 200 ' && grep -q 'id="from-the-database"><li>' "$2"
}

# The engine test bed brings what the demo names, and serves it on this computer.
use_stand_ins() {
    local names bed
    names=$(sed -nE 's/^[^#]*: *([a-z]+)@([0-9.]+).*/\1:\2/p' "$template/dev.yaml" | paste -sd, -)
    bed=$("$checkout/tests/bed/up.sh" --only "$names") || fail stand-ins 'what the demo runs on could not be built' '' 'look at the lines above'
    eval "$bed"
}

# ---------------------------------------------------------------------------------------------------- removing it

# devenv's own folders, of those that are there.
own_folders() {
    local folder home=$HOME/Library
    if [[ ${DEVENV_HOME:-} ]]; then
        set -- "$DEVENV_HOME/state" "$DEVENV_HOME/cache" "$DEVENV_HOME/config"
    elif [[ $(uname -s) == Darwin ]]; then
        set -- "$home/Application Support/devenv" "$home/Caches/devenv"
    else
        set -- "${XDG_STATE_HOME:-$HOME/.local/state}/devenv" "${XDG_CACHE_HOME:-$HOME/.cache}/devenv" "${XDG_CONFIG_HOME:-$HOME/.config}/devenv"
    fi
    for folder; do [[ ! -d $folder ]] || printf '%s\n' "$folder"; done
}

# Labels of what this user's devenv made with Docker: of each environment, and, of its home, what is for all of them alike; other
# users' are none of our business.
own_labels() {
    local folder environment
    while IFS= read -r folder; do
        for environment in "$folder"/environments/*; do
            [[ ! -e $environment ]] || printf 'devenv.environment=%s\n' "${environment##*/}"
        done
        # A home is known by its path, as an environment is: EnvironmentId in src/names.rs.
        [[ ! -e $folder/blanks.json ]] || printf 'devenv.home=%.12s\n' "$(printf %s "$folder" | sha256)"
    done <<<"$folders"
}

# Usage: labelled LABEL ps -aq | volume ls -q | network ls -q
labelled() { patiently docker "${@:2}" --filter "label=$1" 2>/dev/null; }

remove() {
    local target=$bin_dir/devenv folders line found=''
    folders=$(own_folders)
    [[ ! -e $target ]] || is_ours "$target" || fail name-taken "$target is another program, or a broken one" '' 'remove it, if you know what it is'
    if [[ -e $target ]]; then
        found=1
        ! is_demo "$demo_dir" || [[ $purge ]] || plan+=("stop       the demo in $(shown "$demo_dir")")
        plan+=("remove     $(shown "$target")")
    fi
    if [[ $purge ]]; then plan_purge; else
        while IFS= read -r line; do
            [[ ! $line ]] || plan+=("keep       $(shown "$line")")
        done <<<"$folders"
        plan+=("keep       your environments and their data: \`devenv down\` in a repo stops what still runs there, --purge removes them")
    fi
    ! is_demo "$demo_dir" || plan+=("keep       $(shown "$demo_dir"): it is yours")
    plan+=('keep       Docker, and what it has downloaded')
    [[ $found || $purge ]] || { say "devenv is not installed in $(shown "$bin_dir")."; exit 0; }
    agree 'devenv will be removed. What happens:'
    if [[ $found && ! $purge ]] && is_demo "$demo_dir"; then
        "$target" -C "$demo_dir" down >&2 || say 'the demo could not be stopped; going on'
    fi
    [[ ! $purge ]] || purge
    rm -f "$target"
    say 'devenv is removed.'
}

plan_purge() {
    local label line
    for label in $(own_labels); do
        # Without Docker it would stay, and nobody could open its data again: the passwords are in the folders.
        if ! has docker || ! engine_answers; then
            exit_code=4 fail engine-silent 'Docker does not answer, so the data of environments cannot be removed' '' \
                'start Docker' 'leave out --purge'
        fi
        line=$({
            labelled "$label" ps -a --format '{{.Label "devenv.checkout"}}'
            labelled "$label" volume ls --format '{{.Label "devenv.checkout"}}'
        } | sort -u)
        [[ ! $line ]] || plan+=("remove     the environment of $(shown "$line"), with all its data")
    done
    while IFS= read -r line; do
        [[ ! $line ]] || plan+=("remove     $(shown "$line")")
    done <<<"$folders"
    [[ $yes || $dry_run || -t 0 ]] || exit_code=2 fail not-agreed '--purge loses data, and there is nobody to ask' '' './install.sh --uninstall --purge --yes'
}

# This user's processes: PID COMMAND…
own_processes() {
    local folder
    if [[ ! -d /proc/self ]]; then ps -xo pid=,args=; return; fi
    for folder in /proc/[0-9]*; do
        [[ ! -O $folder ]] || printf '%s %s\n' "${folder##*/}" "$(tr '\0' ' ' <"$folder/cmdline")"
    done 2>/dev/null
}

# What makes empty data ahead, beside the commands that started it, would go on writing into what is removed.
end_makers() {
    local program pid command makers round
    program=$(cd "$bin_dir" 2>/dev/null && pwd -P || printf %s "$bin_dir")/devenv
    for round in {1..100}; do
        makers=()
        while read -r pid command; do
            [[ $command != "$program -C "*" make-ahead "* ]] || makers+=("$pid")
        done < <(own_processes)
        ((${#makers[@]})) || return 0
        ((round > 1)) || say 'ending what makes empty data ahead'
        kill -KILL "${makers[@]}" 2>/dev/null || true
        sleep 0.05
    done
}

purge() {
    local label line
    end_makers
    for label in $(own_labels); do
        labelled "$label" ps -aq | while IFS= read -r line; do docker rm -f "$line" >/dev/null; done
        labelled "$label" volume ls -q | while IFS= read -r line; do docker volume rm "$line" >/dev/null; done
        labelled "$label" network ls -q | while IFS= read -r line; do docker network rm "$line" >/dev/null; done
    done
    while IFS= read -r line; do [[ ! $line ]] || rm -rf "$line"; done <<<"$folders"
}

# ---------------------------------------------------------------------------------------------------- all of it

# How the shell finds it.
say_how_to_find_it() {
    local first folder=$bin_dir file=~/.profile line
    if [[ :$PATH: == *":$bin_dir:"* ]]; then
        hash -r
        first=$(command -v devenv || true)
        [[ ! $first || $first == "$bin_dir/devenv" ]] || say "note: \`devenv\` runs $first, which comes first on your PATH"
        return
    fi
    [[ $bin_dir != "$HOME"/* ]] || folder="\$HOME${bin_dir#"$HOME"}"
    line="export PATH=\"$folder:\$PATH\""
    case ${SHELL##*/} in
        zsh) file=~/.zshrc ;;
        bash) file=~/.bashrc ;;
        fish) file=~/.config/fish/config.fish line="fish_add_path $folder" ;;
    esac
    say "note: $(shown "$bin_dir") is not on your PATH. Type this line here, and add it to $(shown "$file"):"
    say "  $line"
}

main() {
    [[ ${HOME:-} ]] || { HOME=$(cd ~ && pwd) && export HOME; }
    # Empty where the script was piped into bash; a checkout is where it lies beside its own Cargo.toml.
    script='' checkout='' template='' source='' stand_ins='' start_engine=''
    [[ ! -f ${BASH_SOURCE[0]:-} ]] || script=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    ! grep -qsx 'name = "devenv"' "$script/Cargo.toml" || checkout=$script
    template=$checkout/templates/demo
    read_arguments "$@"
    work=$(mktemp -d)
    trap 'rm -rf "$work"; rm -f "$bin_dir/.devenv.$$"' EXIT
    trap 'exit 130' INT TERM HUP
    if [[ $uninstall ]]; then
        remove
        return
    fi
    [[ ! $engine ]] || look_at_engine
    look_at_program
    if [[ ${#packages[@]} != 0 ]]; then
        can_install || fail build-tools 'there is no C compiler, which Rust links with' '' 'install one; on Debian: apt-get install gcc libc6-dev'
        [[ $engine || $yes || $dry_run || -t 0 ]] || fail build-tools 'there is no C compiler, which Rust links with' \
            'installing it changes more than your own folders' 'apt-get install gcc libc6-dev' './install.sh --yes'
        plan=("install    ${packages[*]} with apt-get" "${plan[@]}")
    fi
    [[ ! $demo ]] || look_at_demo
    agree 'devenv will be installed. What happens:'
    [[ ${#packages[@]} == 0 ]] || install_packages "${packages[@]}"
    [[ ! $start_engine ]] || start_docker
    install_program
    [[ ! $demo ]] || start_demo
    say_how_to_find_it
}

# Last, so that half a script does nothing.
main "$@"
