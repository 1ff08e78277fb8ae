# The two base images, a minimal Debian each, that the recipes start from. Sourced by up.sh.
# shellcheck shell=bash disable=SC2154 # the bed_… variables are set by up.sh

# Name of a base image in the engine; the hash is that of its recipe, so that a changed recipe is a new base.
# Usage: base_image SUITE
base_image() {
    bed_base_hash=${bed_base_hash:-$({
        declare -f make_base
        cat "$bed_here"/parts/bed-*
    } | sha256sum | cut -c1-12)}
    echo "devenv-bed/$1:$bed_base_hash"
}

# The mirror that this machine's own apt uses for Debian's main archive.
debian_mirror() {
    if [[ ${DEVENV_BED_APT:-} ]]; then
        echo "$DEVENV_BED_APT"
        return
    fi
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(LABEL) $(CODENAME)' 'Created-By: Packages' |
        awk '$2 == "main" && $3 == "Debian" && $4 !~ /-/ { print $1; exit }'
}

# What this machine's apt needs to reach the mirror, the base needs too: one option for mmdebstrap a line.
apt_options() {
    local name option
    for name in Acquire::Check-Valid-Until Acquire::Check-Date Acquire::http::Proxy; do
        option=$(apt-config dump "$name" | head -n 1)
        [[ ! $option ]] || printf -- '--aptopt=%s\n' "${option%;}"
    done
}

# Usage: make_base SUITE MIRROR TARBALL [OPTION…]
make_base() {
    local suite=$1 mirror=$2 tarball=$3
    shift 3
    # Bookworm would make its merged /usr by a perl program; this hook lays the links before anything is unpacked.
    [[ $suite != bookworm ]] || set -- "$@" --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr
    # shellcheck disable=SC2016 # mmdebstrap fills in $1
    SOURCE_DATE_EPOCH=0 mmdebstrap --variant=apt --components=main --include=passwd \
        --aptopt='Acquire::Languages "none"' \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='force-unsafe-io' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/lintian/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"' \
        --customize-hook='install -m 755 "'"$bed_here"'"/parts/bed-* "$1/usr/local/sbin/"' \
        "$@" "$suite" "$tarball" "$mirror"
}

# Builds the base of one suite and gives it to the engine.
# Usage: build_base SUITE
build_base() {
    local suite=$1 mirror tarball=$bed_dir/work/base-$1.tar
    local -a options
    mirror=$(debian_mirror)
    if [[ ! $mirror ]] && can_install; then
        # Apt tells whose archive it is only after it has looked once.
        apt-get update -q
        mirror=$(debian_mirror)
    fi
    [[ $mirror ]] || { echo "this machine's apt has no Debian archive; set DEVENV_BED_APT to one"; return 1; }
    mapfile -t options < <(apt_options)
    mkdir -p "$bed_dir/work"
    make_base "$suite" "$mirror" "$tarball" "${options[@]}"
    docker import --change 'CMD ["bash"]' "$tarball" "$(base_image "$suite")"
    rm -f "$tarball"
}
