# The container engine. Sourced by up.sh.
# shellcheck shell=bash disable=SC2154 # the bed_… variables are set by up.sh

bed_engine_pid=$bed_dir/engine.pid

# The client's own settings (contexts, proxies, plug-ins) must not change what is built here.
bed_client_config=$bed_dir/client

engine_answers() {
    local limit=()
    # An engine that hangs is no engine.
    ! command -v timeout >/dev/null || limit=(timeout 10)
    command -v docker >/dev/null &&
        ${limit[@]+"${limit[@]}"} docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

ensure_engine() {
    local wanted=${DOCKER_HOST:-} log=$bed_logs/engine.log
    if [[ ! $wanted ]] && [[ ! -S /var/run/docker.sock ]] && command -v docker >/dev/null; then
        # Docker Desktop and its like answer elsewhere; their context knows where.
        wanted=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true)
    fi
    export DOCKER_HOST=${wanted:-unix:///var/run/docker.sock}
    mkdir -p "$bed_client_config"
    export DOCKER_CONFIG=$bed_client_config
    if engine_answers; then return; fi

    [[ $DOCKER_HOST == unix:///var/run/docker.sock ]] || fail "no engine answers on DOCKER_HOST=$DOCKER_HOST"
    [[ $(id -u) == 0 && $(uname -s) == Linux ]] || fail "no engine answers on $DOCKER_HOST, and only root on Linux can start one"
    if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null || ! command -v docker-init >/dev/null; then
        install_packages docker.io iptables tini
    fi
    # Since Debian 13 the client is a package of its own.
    ensure_command docker docker-cli
    engine_answers || start_engine "$log"
    say "engine $(docker version --format '{{.Server.Version}}') answers on $DOCKER_HOST"
}

start_engine() {
    local log=$1 tries
    # One that is on its way down answers no more but still holds its folders.
    for ((tries = 0; tries < 300; tries++)); do
        runs /var/run/docker.pid dockerd || break
        ((tries != 20)) || say "an engine runs but does not answer, waiting for it"
        sleep 0.1
        if engine_answers; then return; fi
    done
    ! runs /var/run/docker.pid dockerd ||
        fail "process $(cat /var/run/docker.pid) is an engine that does not answer on its socket; end it and try again"
    # A killed engine leaves its pid file, and the next one refuses to start if that number lives again.
    rm -f /var/run/docker.pid
    [[ -d /sys/fs/cgroup/memory || -f /sys/fs/cgroup/cgroup.controllers ]] || fail "no cgroups are mounted on /sys/fs/cgroup"
    [[ ! -s $log ]] || mv -f "$log" "$log.1"
    # The default pools have room for some thirty networks; tests that run side by side want more.
    start_detached "$log" "$bed_engine_pid" \
        dockerd --host unix:///var/run/docker.sock --default-address-pool base=172.17.0.0/16,size=24
    for ((tries = 0; tries < 300; tries++)); do
        engine_answers && return
        runs "$bed_engine_pid" dockerd || ((tries < 20)) || fail "the engine ended" "$log"
        sleep 0.1
    done
    fail "the engine does not answer" "$log"
}
