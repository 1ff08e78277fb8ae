// Runs the script of `DEVENV_SCRIPT` on a server that is a model, and refuses or kills it at each of its steps, while an app goes
// on writing: afterwards every collection is where it was or where it was to be, as the script says, and nothing is lost.

const NAMES = { swap: { name: "app", side: "side", to: "aside" }, rename: { name: "app", to: "aside" } };

const GLOBALS = ["Mongo", "process", "EJSON", "print", "quit"];
const SCRIPT = new Function(...GLOBALS, process.env.DEVENV_SCRIPT);

class Killed extends Error {}

function made() {
    const world = { databases: {}, next: 0, late: [] };
    const put = (database, name, more) => {
        world.databases[database] = world.databases[database] || {};
        world.databases[database][name] = { id: world.next++, docs: [database + "." + name], ...more };
    };
    for (const name of ["a", "c"]) put("app", name);
    for (const name of ["a", "d"]) put("side", name);
    for (const name of ["app", "side"]) put(name, "v", { docs: undefined, view: name });
    return world;
}

const copy = (value) => JSON.parse(JSON.stringify(value));
const collections = (world, database) => (world.databases[database] = world.databases[database] || {});

// An app that makes what it writes to.
function write(world) {
    for (const name of ["a", "c", "d"]) {
        const app = collections(world, "app");
        app[name] = app[name] || { id: world.next++, docs: [] };
        app[name].docs.push("late" + world.late.length);
        world.late.push("late" + world.late.length);
    }
}

// Answers what was printed; `plan(step, what)` says what becomes of a change: "refuse", "before" or "after" = killed there.
function run(world, asked, plan, writes) {
    let [step, printed, dead] = [0, "", false];
    const change = (what, act) => {
        if (dead) throw new Killed("killed");
        const fate = plan(step++, what);
        if (fate === "refuse") throw new Error("refused");
        dead = fate === "before" || fate === "after";
        if (fate !== "before") act();
        if (writes === "always" || (writes === "often" && what === "note") || (dead && writes === "killed")) write(world);
        if (dead) throw new Killed("killed");
    };
    const rename = ({ renameCollection, to, dropTarget }) => {
        const [from, into] = [renameCollection, to].map((path) => [path.split(".")[0], path.split(".").slice(1).join(".")]);
        const [source, target] = [collections(world, from[0]), collections(world, into[0])];
        if (!source[from[1]]) throw Object.assign(new Error("no " + renameCollection), { codeName: "NamespaceNotFound" });
        if (target[into[1]] && !dropTarget) throw Object.assign(new Error("there is " + to), { codeName: "NamespaceExists" });
        target[into[1]] = { ...source[from[1]], id: world.next++ };
        delete source[from[1]];
    };
    const database = (of) => ({
        getCollectionInfos: (filter = {}) =>
            Object.entries(collections(world, of))
                .filter(([name]) => filter.name === undefined || filter.name === name)
                .map(([name, { id, view }]) => ({ name, type: view ? "view" : "collection", options: { view }, info: { id } })),
        runCommand: (command) => {
            if (command.renameCollection) change("move", () => rename(command));
            if (command.create) {
                const view = { id: world.next++, view: command.view };
                change("move", () => (collections(world, of)[command.create] = view));
            }
            const databases = Object.keys(world.databases).filter((name) => Object.keys(world.databases[name]).length > 0);
            return { databases: databases.map((name) => ({ name, sizeOnDisk: 1 })) };
        },
        getCollection: (name) => table(of, name),
    });
    // Only of `admin`'s two collections anything but `drop` is asked.
    const table = (of, name) => {
        const rows = (world[name] = world[name] || {});
        const amend = (row, { $set, $push, $pull }) => {
            Object.assign(row, copy($set));
            if ($push) row.moved.push($push.moved);
            if ($pull) row.moved = row.moved.filter((one) => JSON.stringify(one) !== JSON.stringify($pull.moved));
        };
        return {
            drop: () => change("move", () => delete collections(world, of)[name]),
            find: () => ({ toArray: () => Object.values(copy(rows)) }),
            findOne: ({ _id }) => rows[_id] || null,
            insertOne: (row) => change("note", () => (rows[row._id] = copy(row))),
            replaceOne: ({ _id }, row) => change("note", () => (rows[_id] = copy(row))),
            updateOne: ({ _id }, by) => change("note", () => amend(rows[_id], by)),
            deleteOne: ({ _id }) => change("note", () => delete rows[_id]),
        };
    };
    const globals = {
        Mongo: function () {
            this.getDB = database;
        },
        process: { env: { DEVENV_ASK: JSON.stringify(asked) }, stderr: { write: (text) => (printed += text) } },
        EJSON: { stringify: (value) => JSON.stringify(value), parse: JSON.parse },
        print: (text) => (printed += text),
        quit: () => {},
    };
    SCRIPT(...GLOBALS.map((name) => globals[name]));
    return { printed, steps: step, dead };
}

function check(verb, world, moved, story) {
    const fail = (what) => {
        throw new Error(verb + ", " + story + ": " + what + " in " + JSON.stringify(world, undefined, 1));
    };
    const places = moved ? { app: "aside", side: verb === "swap" ? "app" : "side" } : { app: "app", side: "side" };
    const owns = { app: ["a", "c", "v"], side: ["a", "d", "v"] };
    for (const [owner, place] of Object.entries(places)) {
        for (const name of owns[owner]) {
            const one = collections(world, place)[name];
            const right = one && (name === "v" ? one.view === owner : one.docs[0] === owner + "." + name);
            if (!right) fail(owner + "'s " + name + " is not at " + place);
        }
    }
    // What was written into what came from the side goes back with it.
    const kept = ["app", "aside", "side"].flatMap((place) => Object.values(collections(world, place)).flatMap((one) => one.docs || []));
    const lost = world.late.filter((one) => !kept.includes(one));
    if (lost.length > 0) fail(lost + " is lost");
    if (Object.keys(world.devenv_moves).length > 0) fail("a move is left");
    if (!moved && Object.keys(collections(world, "aside")).length > 0) fail("something is left aside");
}

let runs = 0;
// What becomes of it, once nothing stands in the way any more, and whether that is as it is expected.
function tell(verb, story, writes, plans, expected) {
    const world = made();
    let last;
    for (const plan of plans) last = run(world, { verb: plans[0] === plan ? verb : "has-moved", own: "app", ...NAMES[verb] }, plan, writes);
    const moved = run(world, { verb: "has-moved", own: "app", to: "aside" }, () => "done").printed === "1";
    if (expected !== undefined && moved !== expected) throw new Error(verb + ", " + story + ": moved is " + moved);
    check(verb, world, moved, story);
    const beside = Object.keys(world.databases.app).some((name) => name.endsWith(".written_meanwhile"));
    if (expected && verb === "swap" && beside) throw new Error(verb + ", " + story + ": something is kept in app");
    runs++;
    return last;
}

const at = (step, fate) => (one) => (one === step ? fate : "done");
for (const verb of ["swap", "rename"]) {
    for (const writes of ["never", "killed", "often", "always"]) {
        const { steps } = tell(verb, "done", writes, [() => "done"], writes === "always" ? undefined : true);
        for (let first = 0; first < steps; first++) {
            for (const fate of ["before", "after"]) {
                const story = "killed " + fate + " step " + first + ", app writes " + writes;
                // One that writes at every step is never let in between.
                const begun = writes === "always" ? undefined : first > 0 || fate === "after";
                const resumed = tell(verb, story, writes, [at(first, fate), () => "done"], begun);
                for (let second = 0; second < resumed.steps && writes === "killed"; second++) {
                    tell(verb, story + " and again at " + second, writes, [at(first, fate), at(second, fate)], begun);
                }
            }
            // Only what moves something is refused.
            const refuse = (one, what) => (one === first && what === "move" ? "refuse" : "done");
            const back = tell(verb, "refused at step " + first + ", app writes " + writes, writes, [refuse]);
            for (let second = first + 1; second < back.steps && writes === "killed"; second++) {
                for (const fate of ["before", "after"]) {
                    const plan = (one, what) => (one === second ? fate : refuse(one, what));
                    tell(verb, "refused at " + first + ", killed " + fate + " " + second + ", app writes " + writes, writes, [plan]);
                }
            }
        }
    }
}
(globalThis.print || console.log)("whole " + (runs > 1000));
