# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in 4 3 4-management 3-management; do
    is_asked rabbitmq || break
    use "library/rabbitmq:$tag"
    start --hostname "broker" -v "$box:/var/lib/rabbitmq" -e RABBITMQ_DEFAULT_USER=app -e RABBITMQ_DEFAULT_PASS="it's" -e RABBITMQ_DEFAULT_VHOST=shop
    amqp_answers() { speak 5672 'AMQP\x00\x00\x09\x01' | grep -aq RabbitMQ; }
    check "speaks AMQP" amqp_answers
    check "runs as 999" is_user 999
    check "user and password" says Success inside rabbitmqctl authenticate_user app "it's"
    check "vhost" says '^shop$' inside rabbitmqctl -q list_vhosts
    if [[ $tag == *management ]]; then
        login=$(printf "app:it's" | base64)
        check "management" says '"rabbitmq_version"' speak 15672 "GET /api/overview HTTP/1.0\r\nAuthorization: Basic $login\r\n\r\n"
    fi
    inside rabbitmqctl -q add_user later secret >/dev/null
    check_stops 12
    docker start "$box" >/dev/null
    check "speaks AMQP again" amqp_answers
    check "data stays" says '^later' inside rabbitmqctl -q list_users
    check_stops 12
done
