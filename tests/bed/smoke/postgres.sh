# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in 17 15; do
    is_asked postgres || break
    use "library/postgres:$tag"
    init=$(mktemp -d)
    chmod 755 "$init"
    echo 'create table seeded as select 42 as answer;' >"$init/1.sql"
    echo 'insert into seeded values (43);' | gzip >"$init/2.sql.gz"
    # shellcheck disable=SC2016
    echo 'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "insert into seeded values (44)"' >"$init/3.sh"
    start -v "$box:/var/lib/postgresql/data" -v "$init:/docker-entrypoint-initdb.d:ro" -e POSTGRES_USER=app -e POSTGRES_PASSWORD="it's" -e POSTGRES_DB=shop -e POSTGRES_INITDB_ARGS=--data-checksums
    over_tcp() { inside env PGPASSWORD="$1" psql -h "$(address)" -U app -d shop -Atc "$2"; }
    check "init files ran" says '^3$' over_tcp "it's" 'select count(*) from seeded'
    check "checksums from initdb arguments" says on over_tcp "it's" 'show data_checksums'
    check "UTF-8" says UTF8 over_tcp "it's" 'show server_encoding'
    check "a wrong password is refused" fails_with 'password authentication failed' over_tcp wrong 'select 1'
    check "scram" says scram-sha-256 over_tcp "it's" 'show password_encryption'
    check "runs as 999" is_user 999
    over_tcp "it's" 'insert into seeded values (45)' >/dev/null
    check_stops 5
    docker start "$box" >/dev/null
    check "data stays" says '^4$' over_tcp "it's" 'select count(*) from seeded'
    check_stops 5
    other=$([[ $tag == 17 ]] && echo 15 || echo 17)
    docker pull -q "$DEVENV_MIRROR/library/postgres:$other" >/dev/null
    check "data of another major version is refused" fails_with 'not compatible with this version' docker run --rm -v "$box:/var/lib/postgresql/data" -e POSTGRES_PASSWORD=x "$DEVENV_MIRROR/library/postgres:$other"
    check "needs a password" fails_with 'POSTGRES_PASSWORD' docker run --rm "$image"
    start --user 1234:1234 --tmpfs /var/lib/postgresql/data:uid=1234,mode=700 -e POSTGRES_HOST_AUTH_METHOD=trust -- -c max_connections=7
    check "any user, options of the server" says '^7$' inside psql -h 127.0.0.1 -U postgres -Atc 'show max_connections'
    rm -rf "$init"
    docker rm -f "$box" >/dev/null
done
