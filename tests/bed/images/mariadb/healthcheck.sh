#!/usr/bin/env bash
# Tells whether the server is well, as the user that the first start made for this. Each option is one condition.
set -euo pipefail

settings=/var/lib/mysql/.my-healthcheck.cnf
(($#)) || { echo "healthcheck.sh: at least one condition is needed, such as --connect" >&2; exit 1; }

client() { mariadb ${defaults:+--defaults-file="$defaults"} --protocol "$protocol" -h localhost --skip-column-names --batch -e "$1"; }
defaults='' protocol=socket
[[ ! -e $settings ]] || defaults=$settings

for condition; do
    case $condition in
        --connect)
            # Over TCP: the server of the first start does not listen there. A refused login is an answer too.
            output=$(mariadb ${defaults:+--defaults-file="$defaults"} --protocol tcp -h 127.0.0.1 --skip-column-names --batch -e 'select 1' 2>&1) ||
                [[ $output == *"ERROR 1045"* || $output == *"ERROR 1698"* ]] || exit 1
            ;;
        --innodb_initialized)
            [[ $(client "select 1 from information_schema.ENGINES WHERE engine='innodb' AND support in ('YES','DEFAULT','ENABLED')") == 1 ]] || exit 1
            ;;
        --mariadbupgrade) [[ -e /var/lib/mysql/mariadb_upgrade_info || -e /var/lib/mysql/mysql_upgrade_info ]] || exit 1 ;;
        --no-defaults) defaults='' ;;
        --defaults-file=*) defaults=${condition#*=} ;;
        --su-mysql) [[ $(id -u) != 0 ]] || exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "${@/--su-mysql/--no-su}" ;;
        --no-su) ;;
        *) echo "healthcheck.sh: unknown condition $condition" >&2; exit 1 ;;
    esac
done
