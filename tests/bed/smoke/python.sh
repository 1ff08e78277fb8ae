# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in 3.13 3.11; do
    is_asked python || break
    use "library/python:$tag"
    start --init -- python -m http.server 8000
    check "serves" says '200 OK' speak 8000 'GET / HTTP/1.0\r\n\r\n'
    check "python, python3" says "Python $tag" inside sh -c 'python --version && python3 --version'
    check "pip" says 'pip .*python 3' inside pip --version
    check "venv" says 'pip .*/tmp/v/' inside sh -c 'python -m venv /tmp/v && /tmp/v/bin/pip --version'
    check "not externally managed" says 'pip' inside sh -c 'python -m pip uninstall -y nothing-of-the-sort; python -m pip list'
    check "pip installs from a folder, offline" says 'done' inside sh -c 'mkdir -p /tmp/p/m && cd /tmp/p && touch m/__init__.py && printf "[project]\nname=\"m\"\nversion=\"1\"\n" >pyproject.toml && pip download --no-deps --no-index . >/dev/null 2>&1; python -c "import ssl, sqlite3, ctypes, lzma, bz2, zlib, readline, venv, asyncio; print(\"done\")"'
    check_stops 2
done
