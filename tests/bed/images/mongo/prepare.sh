#!/usr/bin/env bash
# Gets the server from PyPI, the shell and what runs it from the npm registry, and lays them out in root-fs.
# Usage: prepare.sh VERSION   (in the build's own folder)
set -euo pipefail

case $(uname -m) in
    x86_64) platform=linux-x64 ;;
    aarch64) platform=linux-arm64 ;;
    *) echo "no mongo for $(uname -m)"; exit 1 ;;
esac

# For the Python of the image, whatever this machine's own is. Without what computes on places on the globe.
python3 -m pip install --quiet --no-deps --no-compile --target root-fs/usr/local/lib/mongod \
    --python-version 3.13 --implementation cp --abi cp313 --only-binary=:all: \
    --platform "manylinux_2_28_$(uname -m)" --platform "manylinux2014_$(uname -m)" --platform any \
    secantusdb==0.7.0b3 pymongo==4.20.0 dnspython python-dateutil six

mkdir -p root-fs/usr/local/bin root-fs/usr/local/lib/mongosh
tarball=$(npm pack --loglevel error "node-$platform@22" | tail -n 1)
tar -xzf "$tarball" --no-same-owner
mv package/bin/node root-fs/usr/local/lib/mongosh/node
rm -rf package "$tarball"
(
    cd root-fs/usr/local/lib/mongosh
    echo '{}' >package.json
    npm install --loglevel error --no-audit --no-fund --omit=optional --ignore-scripts mongosh@2.12.0
    find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.md' \) -delete
    rm -rf node_modules/typescript
)
chmod -R u=rwX,go=rX root-fs
chmod 755 root-fs/usr/local/lib/mongosh/node
