# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in 1 1.22; do
    is_asked nginx || break
    use "library/nginx:$tag"
    start
    check "default page" says 'Welcome to nginx' speak 80 'GET / HTTP/1.0\r\n\r\n'
    check "access log" says 'GET / HTTP' docker logs "$box"
    check "worker runs as 101" says '^101$' inside sh -c "stat -c %u /proc/\$(pidof nginx | cut -d' ' -f1)"
    check_stops 2
    templates=$(mktemp -d)
    chmod 755 "$templates"
    # shellcheck disable=SC2016
    echo 'server { listen 81; location / { return 200 "hello ${WHO} $request_method"; } }' >"$templates/a.conf.template"
    start -v "$templates:/etc/nginx/templates:ro" -e WHO=world
    check "templates" says 'hello world GET' speak 81 'GET / HTTP/1.0\r\n\r\n'
    check_stops 2
    rm -rf "$templates"
done
