# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
if is_asked busybox; then
    use library/busybox:1
    start --init -- sh -c 'mkdir /www && echo hello >/www/index.html && exec httpd -f -h /www -p 8080'
    check "httpd" says hello speak 8080 'GET /index.html HTTP/1.0\r\n\r\n'
    check "applets" says 'done' inside sh -c 'env true && sleep 0 && cat /etc/passwd && nc -h; wget --help; id -u && echo done'
    check_stops 2
fi
