#!/bin/sh
# What is a command of deno's is for deno.
set -e
case ${1:-} in
    run | test | task | eval | fmt | lint | repl | serve | install | cache | check | bundle | compile | info | upgrade) set -- deno "$@" ;;
esac
exec "$@"
