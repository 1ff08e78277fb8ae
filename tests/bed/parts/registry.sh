# The registry that serves the stand-ins on the loopback interface. Sourced by up.sh.
# shellcheck shell=bash disable=SC2154 # the bed_… variables are set by up.sh

bed_registry_dir=$bed_dir/registry
bed_registry_pid=$bed_dir/registry.pid
# HOST:PORT of the registry, set by ensure_registry.
bed_registry=

# True when something speaks the registry protocol on this port.
registry_answers() {
    local line=
    {
        exec 4<>"/dev/tcp/127.0.0.1/$1" &&
            printf 'GET /v2/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&4 &&
            read -r -t 5 line <&4
    } 2>/dev/null
    exec 4>&- 4<&- || true
    [[ $line == *" 200 "* ]]
}

port_is_taken() { (exec 4<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

ensure_registry() {
    local port log=$bed_logs/registry.log tries
    port=$(cat "$bed_dir/registry.port" 2>/dev/null || echo "${DEVENV_BED_PORT:-5055}")
    bed_registry=127.0.0.1:$port
    if runs "$bed_registry_pid" docker-registry && registry_answers "$port"; then return; fi

    ensure_command docker-registry docker-registry
    if runs "$bed_registry_pid" docker-registry; then
        kill "$(cat "$bed_registry_pid")" || true
        for ((tries = 0; tries < 50; tries++)); do
            runs "$bed_registry_pid" docker-registry || break
            sleep 0.1
        done
    fi
    while port_is_taken "$port"; do port=$((port + 1)); done
    bed_registry=127.0.0.1:$port
    mkdir -p "$bed_registry_dir"
    cat >"$bed_dir/registry.yml" <<CONFIG
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: "$bed_registry_dir"}
  delete: {enabled: true}
http: {addr: "$bed_registry"}
CONFIG
    start_detached "$log" "$bed_registry_pid" docker-registry serve "$bed_dir/registry.yml"
    for ((tries = 0; tries < 100; tries++)); do
        if registry_answers "$port"; then
            echo "$port" >"$bed_dir/registry.port"
            say "registry answers on $bed_registry"
            return
        fi
        sleep 0.05
    done
    fail "the registry does not answer on $bed_registry" "$log"
}

# The file in the registry's storage that says which image a tag is. Reading and writing it needs no client and takes
# a fraction of a millisecond. Usage: tag_file REPOSITORY TAG
tag_file() { echo "$bed_registry_dir/docker/registry/v2/repositories/$1/_manifests/tags/$2/current/link"; }
