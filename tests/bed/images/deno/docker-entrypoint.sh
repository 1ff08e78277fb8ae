#!/bin/sh
# What is no command is for deno.
set -e
case " run test task eval fmt lint repl serve install cache check bundle compile info upgrade " in
    *" ${1:-} "*) set -- deno "$@" ;;
esac
exec "$@"
