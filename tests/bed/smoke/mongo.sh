# shellcheck shell=bash disable=SC2154 # image and box are set by smoke.sh
for tag in 8 8.2; do
    is_asked mongo || break
    use "library/mongo:$tag"
    start -v "$box:/data/db" -e MONGO_INITDB_ROOT_USERNAME=app -e MONGO_INITDB_ROOT_PASSWORD=secret
    shell=(inside mongosh --quiet --norc 'mongodb://app:secret@127.0.0.1/shop?authSource=admin' --eval)
    check "makes its administrator" says '^made$' "${shell[@]}" 'db.t.insertOne({_id: 1}); print("made")'
    check "runs as 999" is_user 999
    check "asks for a password" fails_with 'requires authentication|not authorized|Unauthorized' inside mongosh --quiet --norc 'mongodb://127.0.0.1/shop' --eval 'db.t.findOne()'
    check_stops 5
    docker start "$box" >/dev/null
    check "data stays" says '^1$' "${shell[@]}" 'print(db.t.countDocuments())'
    check_stops 5
done
