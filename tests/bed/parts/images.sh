# The stand-in images: which are missing, how one is built and given to the registry. Sourced by up.sh.
# shellcheck shell=bash disable=SC2154 # the bed_… variables are set by up.sh

# Two builds at a time: they wait for the mirror as much as they compute.
bed_builders=2

# One entry a job, filled from images.list.
declare -A job_suite=() job_rows=() job_hash=()
jobs_listed=()

# Reads images.list: JOB SUITE TIER TARGET REPOSITORY TAG…, several rows a job.
read_images() {
    local job suite tier target repository tags
    while read -r job suite tier target repository tags; do
        [[ $job && $job != \#* ]] || continue
        is_wanted "$tier" "$repository" "$tags" || continue
        if [[ ! ${job_suite[$job]:-} ]]; then
            jobs_listed+=("$job")
            job_suite[$job]=$suite
        fi
        job_rows[$job]+="$target $repository $tags"$'\n'
    done <"$bed_here/images.list"
}

# Usage: is_wanted TIER REPOSITORY TAGS
is_wanted() {
    local name
    [[ $bed_only ]] || { [[ $bed_tiers == *" $1 "* ]]; return; }
    for name in ${bed_only//,/ }; do
        [[ $name == "${2##*/}" || $name == "$2" ]] && return
        [[ $name == *:* && ${name%%:*} == "${2##*/}" && " $3 " == *" ${name#*:} "* ]] && return
    done
    return 1
}

# A recipe's hash: its files, its rows, its base. What was pushed is recorded under it, so that nothing is built twice.
hash_jobs() {
    local job all
    # One hash for each recipe in a single pass; a process for each file would cost the warm start its second.
    all=$(cd "$bed_here/images" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
    for job in "${jobs_listed[@]}"; do
        job_hash[$job]=$({
            grep -F "  ./${job%-*}/" <<<"$all"
            echo "${job_rows[$job]} $(base_image "${job_suite[$job]}")"
        } | sha256sum | cut -c1-16)
    done
}

# What was pushed for a job as it is now: a line REPOSITORY TAG DIGEST a tag. Usage: record_file JOB
record_file() { echo "$bed_dir/made/$1-${job_hash[$1]}"; }

# True when the registry holds the job's images. Where another checkout has pushed its own under the same tags, the
# tags are turned back, so that two checkouts side by side do not build against each other. Usage: is_built JOB
is_built() {
    local record repository tag digest file
    record=$(record_file "$1")
    [[ -s $record ]] || return 1
    while read -r repository tag digest; do
        file=$(tag_file "$repository" "$tag")
        [[ -s $file ]] || return 1
        [[ $(<"$file") != "$digest" ]] || continue
        printf '%s' "$digest" >"$file.new"
        mv "$file.new" "$file"
    done <"$record"
}

# Builds one job's images, gives them to the registry, and takes them out of the engine again, so that a test
# meets a real download. Usage: build_job JOB
build_job() (
    job=$1 recipe=${1%-*} version=${1##*-}
    context=$bed_dir/work/$job
    rm -rf "$context"
    mkdir -p "$context"
    cp -r "$bed_here/images/$recipe/." "$context"
    if [[ -f $context/prepare.sh ]]; then (cd "$context" && bash prepare.sh "$version"); fi
    names=()
    while read -r target repository tags; do
        image=$bed_registry/$repository
        # The classic builder: it is in every engine, the newer one is a plug-in that may be missing.
        DOCKER_BUILDKIT=0 docker build --force-rm \
            --build-arg "BASE=$(base_image "${job_suite[$job]}")" --build-arg "VERSION=$version" \
            --target "$target" --tag "$image:${tags%% *}" "$context"
        for tag in $tags; do
            docker tag "$image:${tags%% *}" "$image:$tag"
            names+=("$image:$tag")
        done
    done <<<"${job_rows[$job]%$'\n'}"
    for name in "${names[@]}"; do docker push --quiet "$name"; done
    docker rmi "${names[@]}" >/dev/null
    rm -rf "$context"
    mkdir -p "$bed_dir/made"
    while read -r target repository tags; do
        for tag in $tags; do
            echo "$repository $tag $(<"$(tag_file "$repository" "$tag")")"
        done
    done <<<"${job_rows[$job]%$'\n'}" >"$(record_file "$job").new"
    mv "$(record_file "$job").new" "$(record_file "$job")"
)

# Runs FUNCTION for every argument, bed_builders at a time, each with a log of its own; fails after the last one
# if any failed. Usage: run_each FUNCTION ARGUMENT…
run_each() {
    local function=$1 argument running=0 failed=
    shift
    rm -f "$bed_logs"/*.failed
    for argument in "$@"; do
        ((running < bed_builders)) || { wait -n || true; running=$((running - 1)); }
        (
            began=$SECONDS log=$bed_logs/${argument//\//_}.log
            # Not as the condition of an `if`: there `set -e` would be off inside the function.
            set +e
            (
                set -e
                "$function" "$argument"
            ) >"$log" 2>&1 </dev/null
            # shellcheck disable=SC2181
            if (($? == 0)); then
                say "$argument built in $((SECONDS - began)) s"
            else
                touch "$log.failed"
            fi
        ) 9>&- &
        running=$((running + 1))
    done
    wait
    failed=$(cd "$bed_logs" && printf '%s ' *.failed)
    [[ $failed == '*.failed ' ]] || fail "${failed//.log.failed/}" "$bed_logs/${failed%%.failed *}"
}

# Takes out of the engine what building left there: first stages, bases of older recipes, and what was pulled of
# images that are now replaced. What a container uses stays.
sweep_engine() {
    local name
    docker image prune --force --filter label=devenv-bed=scrap >/dev/null || true
    for name in $(docker images --format '{{.Repository}}:{{.Tag}}' 'devenv-bed/*'); do
        [[ $name == *":$bed_base_hash" ]] || docker rmi "$name" >/dev/null 2>&1 || true
    done
    for name in $(docker images --filter dangling=true --format '{{.Repository}} {{.ID}}' "$bed_registry/*/*" | cut -d' ' -f2); do
        docker rmi "$name" >/dev/null 2>&1 || true
    done
}

ensure_images() {
    local job suite
    local -a missing=() bases=()
    read_images
    ((${#jobs_listed[@]})) || fail "no image in images.list is called $bed_only"
    # Here and not in a subshell, so that it is computed once.
    base_image any >/dev/null
    hash_jobs
    for job in "${jobs_listed[@]}"; do
        is_built "$job" || missing+=("$job")
    done
    ((${#missing[@]})) || return 0

    say "to build: ${missing[*]}"
    for suite in $(for job in "${missing[@]}"; do echo "${job_suite[$job]}"; done | sort -u); do
        docker image inspect "$(base_image "$suite")" >/dev/null 2>&1 || bases+=("$suite")
    done
    if ((${#bases[@]})); then
        ensure_command mmdebstrap mmdebstrap debian-archive-keyring
        run_each build_base "${bases[@]}"
    fi
    # Some come from the npm registry and from PyPI, through this machine's own clients.
    [[ ! " ${missing[*]}" =~ " "(node|deno|bun|mongo)- ]] || ensure_command npm npm
    run_each build_job "${missing[@]}"
    sweep_engine
    say "images are in the registry"
}
