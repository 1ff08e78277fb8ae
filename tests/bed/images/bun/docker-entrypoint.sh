#!/bin/sh
# What is no command is for bun.
set -e
if [ "${1#-}" != "${1:-}" ] || [ -z "$(command -v "${1:-}")" ]; then
    set -- bun "$@"
fi
exec "$@"
