# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in 24 22 18; do
    is_asked node || break
    use "library/node:$tag"
    start --init --user node -w /home/node -- -e "require('http').createServer((q,a)=>a.end('hello')).listen(3000)"
    check "serves" says hello speak 3000 'GET / HTTP/1.0\r\n\r\n'
    check "node" says "^v$tag" inside node --version
    check "npm, npx, yarn, corepack" says 'all there' inside sh -c 'npm --version && npx --version && yarn --version && corepack --version && echo all there'
    # shellcheck disable=SC2016
    check "npm runs a script" says 'it ran' inside sh -c 'cd $(mktemp -d) && echo "{\"scripts\":{\"x\":\"echo it ran\"}}" >package.json && npm run x'
    check "user node is 1000" says '^1000$' inside id -u
    check_stops 2
done
