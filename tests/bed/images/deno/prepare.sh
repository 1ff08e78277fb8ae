#!/usr/bin/env bash
# Gets the program from the npm registry and lays it out in root-fs.
# Usage: prepare.sh VERSION   (in the build's own folder)
set -euo pipefail

case $(uname -m) in
    x86_64) platform=x64 ;;
    aarch64) platform=arm64 ;;
    *) echo "no deno for $(uname -m)"; exit 1 ;;
esac
tarball=$(npm pack --loglevel error "@deno/linux-$platform-glibc@$1" | tail -n 1)
tar -xzf "$tarball" --no-same-owner
mkdir -p root-fs/usr/local/bin
find package -name deno -type f -exec mv {} root-fs/usr/local/bin/deno \;
rm -rf package "$tarball"
chmod 755 root-fs/usr/local/bin/deno
