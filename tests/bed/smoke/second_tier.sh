# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
# Only what was built: up.sh --all.
if is_asked golang && is_served library/golang 1.24; then
    use library/golang:1.24
    start --init -- sleep 600
    # shellcheck disable=SC2016
    check "builds and runs" says 'hello' inside sh -c 'cd $(mktemp -d) && go mod init x && printf "package main\nfunc main() { println(\"hello\") }\n" >main.go && go run .'
    # shellcheck disable=SC2016
    check "with C" says 'hello' inside sh -c 'cd $(mktemp -d) && go mod init x && printf "package main\n// #include <stdlib.h>\nimport \"C\"\nfunc main() { println(\"hello\", C.abs(-1)) }\n" >main.go && go run .'
    check_stops 2
fi
if is_asked php && is_served library/php 8.4; then
    use library/php:8.4
    start --init -- -S 0.0.0.0:8000 -t /etc
    check "serves" says '^[0-9]+\.' speak 8000 'GET /debian_version HTTP/1.0\r\n\r\n'
    # shellcheck disable=SC2016
    check "extensions of the official image" says 'done' inside php -r 'foreach (["curl","mbstring","dom","pdo_sqlite","openssl","tokenizer","simplexml","xmlwriter","sodium","ctype","fileinfo"] as $e) if (!extension_loaded($e)) exit($e); echo "done";'
    check "not the others" says '^none$' inside php -r 'echo extension_loaded("pdo_pgsql") || extension_loaded("mysqli") ? "some" : "none";'
    check "docker-php-ext-install" says 'all' inside sh -c 'docker-php-ext-install pdo_pgsql pdo_mysql mysqli intl && php -r "echo extension_loaded(\"pdo_pgsql\") && extension_loaded(\"pdo_mysql\") && extension_loaded(\"mysqli\") && extension_loaded(\"intl\") ? \"all\" : \"some\";"'
    check_stops 2
fi
if is_asked ruby && is_served library/ruby 3.3; then
    use library/ruby:3.3
    start --init -- ruby -rsocket -e 's = TCPServer.new(8000); loop { c = s.accept; c.puts "hello"; c.close }'
    check "serves" says hello speak 8000 'GET / HTTP/1.0\r\n\r\n'
    check "gem and bundle" says Bundler inside sh -c 'gem --version && bundle --version && irb --version'
    check "gem folder" says '/usr/local/bundle' inside gem env home
    check_stops 2
fi
