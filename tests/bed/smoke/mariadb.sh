# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in mariadb:11.8 mariadb:10.11 mysql:8.4; do
    is_asked "${tag%:*}" || continue
    use "library/$tag"
    prefix=MARIADB client=mariadb dump=mariadb-dump
    [[ $tag != mysql:* ]] || prefix=MYSQL client=mysql dump=mysqldump
    init=$(mktemp -d)
    chmod 755 "$init"
    echo 'create table seeded as select 42 as answer;' >"$init/1.sql"
    echo 'insert into seeded values (43);' | gzip >"$init/2.sql.gz"
    start -v "$box:/var/lib/mysql" -v "$init:/docker-entrypoint-initdb.d:ro" -e ${prefix}_ROOT_PASSWORD="ro'ot" -e ${prefix}_USER=app -e ${prefix}_PASSWORD="it's" -e ${prefix}_DATABASE=shop_a
    over_tcp() { inside env MYSQL_PWD="$2" $client -h "$(address)" -u "$1" shop_a -Nse "$3"; }
    check "init files ran" says '^2$' over_tcp app "it's" 'select count(*) from seeded'
    check "root from outside" says '^2$' over_tcp root "ro'ot" 'select count(*) from seeded'
    check "a wrong password is refused" fails_with 'ERROR 1045' over_tcp app wrong 'select 1'
    check "utf8mb4" says utf8mb4 over_tcp app "it's" 'select @@character_set_database'
    check "time zones" says '20:00' over_tcp app "it's" "select convert_tz('2024-07-01 12:00:00','UTC','Asia/Tokyo') = '2024-07-01 21:00:00', '20:00'"
    check "runs as 999" is_user 999
    check "dump" says 'CREATE TABLE' inside env MYSQL_PWD="it's" $dump -uapp shop_a
    if [[ $client == mariadb ]]; then
        check "healthcheck.sh" inside healthcheck.sh --connect --innodb_initialized
        check "no client of mysql's name" fails_with 'not found' inside mysql --version
    else
        check "no client of mariadb's name" fails_with 'not found' inside mariadb --version
    fi
    over_tcp app "it's" 'insert into seeded values (45)' >/dev/null
    check_stops 5
    docker start "$box" >/dev/null
    check "data stays" says '^3$' over_tcp app "it's" 'select count(*) from seeded'
    check_stops 5
    check "needs a password" fails_with "${prefix}_ROOT_PASSWORD" docker run --rm "$image"
    start -e ${prefix}_ALLOW_EMPTY_ROOT_PASSWORD=1 -e MYSQL_ALLOW_EMPTY_PASSWORD=yes -- --max-connections=33
    check "no password, options of the server" says '^33$' inside $client -h 127.0.0.1 -uroot -Nse 'select @@max_connections'
    rm -rf "$init"
    docker rm -f "$box" >/dev/null
done
