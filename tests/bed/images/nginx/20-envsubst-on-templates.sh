#!/bin/sh
# Fills templates with the environment: templates/PATH.template becomes conf.d/PATH. Only names that are set are
# replaced, so that nginx's own variables stay.
set -e

from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
to=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
filter=${NGINX_ENVSUBST_FILTER:-}

[ -d "$from" ] || exit 0
if [ ! -w "$to" ]; then
    echo "$0: ERROR: $from exists, but $to is not writable"
    exit 0
fi
names=$(awk -v filter="$filter" 'END { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && name ~ filter) printf "${%s} ", name }' </dev/null)
find -L "$from" -type f -name "*$suffix" | while read -r template; do
    path=${template#"$from"/}
    output=$to/${path%"$suffix"}
    mkdir -p "$(dirname "$output")"
    echo "$0: Running envsubst on $template to $output"
    envsubst "$names" <"$template" >"$output"
done
