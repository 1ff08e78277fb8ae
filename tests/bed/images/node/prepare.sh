#!/usr/bin/env bash
# Gets the parts of the node image from the npm registry and lays them out in root-fs.
# Usage: prepare.sh VERSION   (in the build's own folder)
set -euo pipefail

version=$1
case $(uname -m) in
    x86_64) platform=linux-x64 ;;
    aarch64) platform=linux-arm64 ;;
    *) echo "no node for $(uname -m)"; exit 1 ;;
esac
# The npm that each line of node was released with.
case $version in
    18) npm=10 corepack=0.29 ;;
    22) npm=10 corepack=0 ;;
    *) npm=11 corepack=0 ;;
esac

# Usage: unpack PACKAGE@RANGE FOLDER
unpack() {
    local tarball
    tarball=$(npm pack --loglevel error "$1" | tail -n 1)
    mkdir -p "$2"
    tar -xzf "$tarball" -C "$2" --strip-components=1 --no-same-owner
    rm -f "$tarball"
}

modules=root-fs/usr/local/lib/node_modules
mkdir -p root-fs/usr/local/bin root-fs/opt
unpack "node-$platform@$version" unpacked
mv unpacked/bin/node root-fs/usr/local/bin/node
rm -rf unpacked
unpack "npm@$npm" "$modules/npm"
unpack "corepack@$corepack" "$modules/corepack"
unpack yarn@1 root-fs/opt/yarn
rm -rf "$modules/npm/docs" "$modules/npm/man"
ln -s node root-fs/usr/local/bin/nodejs
ln -s ../lib/node_modules/npm/bin/npm-cli.js root-fs/usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js root-fs/usr/local/bin/npx
ln -s ../lib/node_modules/corepack/dist/corepack.js root-fs/usr/local/bin/corepack
ln -s /opt/yarn/bin/yarn root-fs/usr/local/bin/yarn
ln -s /opt/yarn/bin/yarnpkg root-fs/usr/local/bin/yarnpkg
chmod -R u=rwX,go=rX root-fs
chmod 755 root-fs/usr/local/bin/node "$modules"/npm/bin/*.js "$modules"/corepack/dist/*.js root-fs/opt/yarn/bin/*
