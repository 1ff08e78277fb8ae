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

    const look = (database, name) => infos(database, { name })[0];
    // A collection that is made again under the same name is another one.
    const idOf = (one) => one && EJSON.stringify(one.info);
    const ends = (job, at) => (job.back ? [job.parts[at].to, job.parts[at].from] : [job.parts[at].from, job.parts[at].to]);

    // What comes from another database, which takes the server a while, gets its name at once afterwards.
    const coming = (name) => name + ".devenv_coming";
    const source = (database, name) => look(database, coming(name)) || look(database, name);

    function rename(from, name, to, named, dropTarget = false) {
        admin.runCommand({ renameCollection: from + "." + name, to: to + "." + named, dropTarget });
    }

    // How far a move has come is written down: what is about to be moved, and after that, that it was.
    function note(job, change) {
        Object.assign(job, change.$set);
        moves.updateOne({ _id: job._id }, change, safe);
    }

    function tick(job, at, name) {
        const others = job.moved.filter((one) => one.at !== at || one.name !== name);
        job.moved = job.back ? others : [...others, { at, name }];
        note(job, { $set: { about: null }, [job.back ? "$pull" : "$push"]: { moved: { at, name } } });
    }

    function keep(job, database, name) {
        if (look(database, name).type === "view") return server.getDB(database).getCollection(name).drop();
        let named = name + ".written_meanwhile";
        for (let count = 2; holds(database, named); count++) named = name + ".written_meanwhile" + count;
        note(job, { $set: { kept: [...job.kept, named] } });
        return rename(database, name, database, named);
    }

    // Gives something its name. What an app has written under it meanwhile, which it may at any moment, is kept.
    function place(job, database, name, make) {
        for (let tries = 1; ; tries++) {
            try {
                if (holds(database, name)) keep(job, database, name);
                return make();
            } catch (why) {
                if (!["NamespaceExists", "NamespaceNotFound"].includes(why.codeName) || tries === 9) throw why;
            }
        }
    }

    function carry(job, at, name) {
        const [from, to] = ends(job, at);
        const one = source(from, name);
        const begun = job.about && job.about.at === at && job.about.name === name;
        if (one && !(begun && job.about.id !== idOf(one))) {
            note(job, { $set: { about: { at, name, id: idOf(one) } } });
            if (one.type === "view") {
                const { options } = job.parts[at].views.find((view) => view.name === name);
                place(job, to, name, () => server.getDB(to).runCommand({ create: name, ...EJSON.parse(options) }));
                server.getDB(from).getCollection(name).drop();
            } else rename(from, one.name, to, coming(name), true);
        }
        if (holds(to, coming(name))) place(job, to, name, () => rename(to, coming(name), to, name));
        tick(job, at, name);
    }

    // From here on, all that was moved is taken back.
    function turn(job) {
        const moved = [...job.moved];
        if (job.about) {
            const { at, name, id } = job.about;
            const [from, to] = ends(job, at);
            const one = source(from, name);
            const left = one && idOf(one) === id && look(to, one.type === "view" ? name : coming(name));
            // A copy of what is still there.
            if (left && left.type === one.type) server.getDB(to).getCollection(left.name).drop();
            else if (idOf(one) !== id) moved.push({ at, name });
        }
        note(job, { $set: { back: true, about: null, moved } });
    }

    function forward(job) {
        for (const [at, { collections, views }] of job.parts.entries()) {
            for (const name of [...collections, ...views.map((view) => view.name)]) {
                if (!job.moved.some((one) => one.at === at && one.name === name)) carry(job, at, name);
            }
        }
    }

    // What was kept goes beside what was set aside, where there is such; what can't stays.
    function setAside(job) {
        for (const { to, late } of job.parts.filter((one) => one.late !== undefined)) {
            for (const name of job.kept) {
                try {
                    if (holds(to, name)) rename(to, name, late, name);
                } catch {
                    continue;
                }
            }
        }
    }

    // Brings a move to its end, or takes it back once a step is refused; answers why.
    function finish(job) {
        let refused;
        if (!job.back) {
            try {
                forward(job);
            } catch (why) {
                refused = why;
                turn(job);
            }
        }
        if (job.back) {
            for (const { at, name } of [...job.moved].reverse()) carry(job, at, name);
        } else {
            setAside(job);
            for (const { to } of job.parts) known.replaceOne({ _id: to }, { _id: to, at: new Date() }, { upsert: true, ...safe });
            known.deleteOne({ _id: job.gone }, safe);
        }
        moves.deleteOne({ _id: job._id }, safe);
        return refused;
    }

    function move(planned) {
        const job = { ...planned, moved: [], kept: [], about: null, back: false };
        moves.insertOne(job, safe);
        const refused = finish(job);
        if (refused) throw refused;
    }

    // Finishes what a killed command has begun with any of these.
    function settle(...names) {
        for (const one of moves.find().toArray()) {
            if (one.parts.some(({ from, to }) => names.includes(from) || names.includes(to))) finish(one);
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
