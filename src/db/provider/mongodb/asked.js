// What the shell beside a MongoDB server runs: what to do is told by the variable DEVENV_ASK, so that nothing of it is ever code.
//
// MongoDB forgets a database that holds nothing and can't call one otherwise. So `admin.devenv_databases` knows those that were
// made here, and a move takes one collection after the other; it is written down in `admin.devenv_moves` before, and whoever
// comes next finishes what was begun.

const asked = JSON.parse(process.env.DEVENV_ASK);

function carryOut() {
    const server = new Mongo(process.env.DEVENV_URI);
    const admin = server.getDB("admin");
    const known = admin.getCollection("devenv_databases");
    const moves = admin.getCollection("devenv_moves");
    const safe = { writeConcern: { w: 1, j: true } };

    const infos = (database, filter) => server.getDB(database).getCollectionInfos(filter);
    const holds = (database, name) => infos(database, { name }).length > 0;

    // Every database that is there, by name, as it is told.
    function all() {
        const rows = new Map();
        const put = (name) => {
            if (!rows.has(name)) rows.set(name, { name, size: 0, sessions: 0, busy: 0 });
            return rows.get(name);
        };
        put(asked.own);
        for (const one of admin.runCommand({ listDatabases: 1 }).databases) {
            if (!["admin", "config", "local"].includes(one.name)) put(one.name).size = Number(String(one.sizeOnDisk));
        }
        for (const one of known.find().toArray()) {
            if (one.making) rows.delete(one._id);
            else put(one._id);
        }
        // Half moved is where it was.
        for (const one of moves.find().toArray()) {
            for (const part of one.parts) put(part.from);
            if (one.parts.length === 1) rows.delete(one._id);
        }
        return rows;
    }

    // A connection is in no database; what it is at work on, and what it goes on reading, is.
    function list() {
        const rows = all();
        const stages = [{ $currentOp: { allUsers: true, idleConnections: false, idleCursors: true } }];
        for (const one of admin.aggregate(stages).toArray()) {
            const row = one.appName === "devenv" ? undefined : rows.get(String(one.ns || "").split(".")[0]);
            if (row) {
                row.sessions += 1;
                row.busy += one.active === true ? 1 : 0;
            }
        }
        for (const name of [...rows.keys()].sort()) print(JSON.stringify(rows.get(name)));
    }

    function checkIfFree(name) {
        for (const there of all().keys()) {
            if (there === name) throw new Error("database `" + name + "` already exists");
            if (there.toLowerCase() === name.toLowerCase()) {
                throw new Error("there is a database `" + there + "`, and the server wants more than the case of letters to differ");
            }
        }
    }

    // What of a database has to be moved.
    function part(from, to) {
        const [collections, views] = [[], []];
        for (const one of infos(from)) {
            if (one.name.startsWith("system.")) continue;
            if (one.type === "timeseries" || one.options.timeseries) {
                throw new Error("`" + one.name + "` is a time series, which the server can't move to another database");
            }
            // As text, because fields of a document may not be called as the steps of a view are.
            if (one.type === "view") views.push({ name: one.name, options: EJSON.stringify(one.options, { relaxed: false }) });
            else collections.push(one.name);
        }
        return { from, to, collections, views };
    }

    // Moves one collection; what an app has written under its name in the meantime is kept beside it, in `late`.
    function rename(name, from, to, late) {
        if (!holds(from, name)) return;
        if (late !== undefined && holds(to, name)) rename2(name, to, late, name + ".written_meanwhile");
        rename2(name, from, to, name);
    }

    function rename2(name, from, to, named) {
        admin.runCommand({ renameCollection: from + "." + name, to: to + "." + named, dropTarget: true });
    }

    function carry({ from, to, collections, views }, late) {
        for (const name of collections) rename(name, from, to, late);
        for (const { name, options } of views) {
            if (!holds(to, name)) server.getDB(to).runCommand({ create: name, ...EJSON.parse(options) });
            if (holds(from, name)) server.getDB(from).getCollection(name).drop();
        }
    }

    function forward(job) {
        for (const one of job.parts) carry(one, one.late);
        for (const { to } of job.parts) known.replaceOne({ _id: to }, { _id: to, at: new Date() }, { upsert: true, ...safe });
        known.deleteOne({ _id: job.gone }, safe);
        moves.deleteOne({ _id: job._id }, safe);
    }

    function back(job) {
        for (const { from, to, collections, views } of [...job.parts].reverse()) {
            carry({ from: to, to: from, collections, views }, from);
        }
        moves.deleteOne({ _id: job._id }, safe);
    }

    function move(job) {
        moves.insertOne(job, safe);
        try {
            forward(job);
        } catch (why) {
            back(job);
            throw why;
        }
    }

    // Finishes what a killed command has begun with any of these.
    function settle(...names) {
        for (const one of moves.find().toArray()) {
            if (one.parts.some(({ from, to }) => names.includes(from) || names.includes(to))) forward(one);
        }
    }

    function remove(name) {
        for (const one of known.find({ making: name }).toArray()) {
            server.getDB(one._id).dropDatabase();
            known.deleteOne({ _id: one._id }, safe);
        }
        server.getDB(name).dropDatabase();
        known.deleteOne({ _id: name }, safe);
    }

    const { verb, name, to, side } = asked;
    settle(...[name, to, side].filter((one) => one !== undefined));
    switch (verb) {
        case "list":
            return list();
        case "create":
            checkIfFree(name);
            return known.insertOne({ _id: name, at: new Date() }, safe);
        case "copy":
            checkIfFree(to);
            return known.insertOne({ _id: to, at: new Date(), making: side }, safe);
        case "copied":
            return known.updateOne({ _id: to }, { $unset: { making: "" } }, safe);
        case "remove":
            return remove(name);
        case "rename":
            if (all().has(name)) checkIfFree(to);
            else if (all().has(to)) return undefined;
            else throw new Error("there is no database `" + name + "`");
            return move({ _id: to, gone: name, parts: [part(name, to)] });
        case "swap":
            return move({ _id: to, gone: side, parts: [part(name, to), { ...part(side, name), late: to }] });
        case "has-moved":
            return print(known.findOne({ _id: to }) ? 1 : 0);
        default:
            throw new Error("nothing is known as " + verb);
    }
}

try {
    carryOut();
} catch (why) {
    process.stderr.write("ERROR: " + why.message + "\n");
    quit(1);
}
void 0;
