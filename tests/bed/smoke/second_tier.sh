# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
# Toolchains; of the second tier only what was built: up.sh --all.
# Usage: is_idle NAME REPOSITORY TAG: whether it is asked for and there; it is then started with nothing to do.
is_idle() {
    is_asked "$1" && is_served "$2" "$3" || return 1
    use "$2:$3"
    start --init -- sleep 600
}

if is_idle golang library/golang 1.24; then
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
if is_idle elixir library/elixir 1.18; then
    check "runs" says '^42$' inside elixir -e 'IO.puts(6 * 7)'
    check "mix without Hex" says 'Mix 1.18' inside mix --version
    check_stops 2
fi
if is_idle deno denoland/deno 2.7.6; then
    check "runs" says '^42$' inside deno eval 'console.log(6 * 7)'
    check_stops 2
fi
if is_idle bun oven/bun 1; then
    check "runs" says '^42$' inside bun -e 'console.log(6 * 7)'
    check_stops 2
fi
if is_idle rust library/rust 1.85; then
    # shellcheck disable=SC2016
    check "builds and runs" says '^42$' inside sh -c 'cd $(mktemp -d) && cargo init -q --name x && echo "fn main() { println!(\"{}\", 6 * 7) }" >src/main.rs && cargo run -q'
    check_stops 2
fi
if is_idle maven library/maven 3-eclipse-temurin-21; then
    check "the JDK where it is said to be" says '^javac 21' inside /opt/java/openjdk/bin/javac -version
    check "Maven on it" says 'Apache Maven 3' inside mvn --version
    check_stops 2
fi
if is_idle crystal crystallang/crystal 1.14; then
    check "compiles and runs" says '^42$' inside crystal eval 'puts 6 * 7'
    check_stops 2
fi
if is_idle composer library/composer 2; then
    check "one file" inside test -x /usr/bin/composer
    check_stops 2
fi
