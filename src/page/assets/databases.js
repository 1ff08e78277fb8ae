// Databases: what there is, how to get there, and what can be done with it. Everything that takes something away can be undone.

import { ask, byId, bytes, copyButton, element, icon, iconButton, plural, rest, setText, span } from "./elements.js";
import { NewDatabase } from "./new-database.js";
import { problem } from "./problems.js";
import { complain, toast } from "./toasts.js";

const ASKED = "/databases";
const HOUR = 3600;
const TICK_MS = 15_000;

/** Where it is and what it is called there, and nothing else. */
const keyOf = ({ place, name }) => ({ place, name });

export class Databases {
  #overview = null;
  #known = null;
  #asked = 0;
  #answered = 0;
  #new;
  #elements = new Map();
  #before = new Map();

  constructor() {
    this.#new = new NewDatabase({ created: () => this.refresh(), showAddress });
    byId("new-database-button").addEventListener("click", () => this.#new.open(this.#overview));
    // Sizes and sessions are those of the moment in which somebody looks.
    addEventListener("focus", () => this.refresh());
    // What is not seen any more is gone: there are passwords in it.
    for (const dialog of [byId("new-database"), byId("one-database")]) dialog.addEventListener("close", () => dialog.replaceChildren());
    setInterval(() => document.querySelectorAll("[data-until]").forEach(tellRest), TICK_MS);
  }

  /** Databases come and go with the services that they are in, and by commands elsewhere. */
  onPicture({ is_known: isKnown, rows, databases }) {
    const known = `${databases} ${rows.map((row) => `${row.name}:${row.ready}`).join()}`;
    if (isKnown && known !== this.#known) {
      this.#known = known;
      this.refresh();
    }
  }

  async refresh() {
    // An answer may come after that to a later question, which knew more.
    const turn = ++this.#asked;
    try {
      const told = await ask(ASKED, { ask: "list" });
      if (turn < this.#answered) return;
      this.#answered = turn;
      if (told.trouble) throw told.trouble;
      this.#overview = told;
      this.#show();
    } catch (failed) {
      // What keeps all of the page from being told stands above.
      if (this.#overview) byId("database-rows").replaceChildren(element("li", { className: "nothing" }, problem(failed)));
    }
  }

  #show() {
    const { places, databases, undoable } = this.#overview;
    byId("databases").hidden = places.length === 0;
    // What is as it was stays: somebody may be about to press it.
    this.#before = this.#elements;
    this.#elements = new Map();
    const rows = databases.map((database) => this.#kept(database, () => this.#row(database)));
    place(byId("database-rows"), rows.length > 0 ? rows : [this.#kept("none", () => this.#none())]);
    place(byId("undoable"), undoable.slice(0, 3).map((one) => this.#kept(one, () => this.#undoableRow(one))));
  }

  /** The element of what is told in the same way as before, or a new one. */
  #kept(told, make) {
    const key = JSON.stringify([told, this.#overview.places.map(({ label }) => label)]);
    this.#elements.set(key, this.#before.get(key) ?? make());
    return this.#elements.get(key);
  }

  #none() {
    const act = () => this.#new.open(this.#overview);
    return element(
      "li",
      { className: "nothing" },
      icon("database"),
      element("h3", { textContent: "No database yet" }),
      element("p", { textContent: "A scratch one takes a second, and goes away by itself." }),
      element("p", { className: "actions" }, element("button", { type: "button", className: "button primary wide", textContent: "New database", on: { click: act } })),
    );
  }

  #place(id) {
    return this.#overview.places.find((place) => place.id === id);
  }

  #row(database) {
    const { name, is_main: isMain, expires_ms: expires } = database;
    const where = this.#place(database.place);
    const facts = [where?.label ?? database.place];
    if (where && !where.is_running) facts.push("stopped");
    if (database.size != null) facts.push(bytes(database.size));
    if (database.keys != null) facts.push(plural(database.keys, "key", "keys"));
    if (database.sessions != null && database.sessions > 0) facts.push(plural(database.sessions, "session", "sessions"));
    return element(
      "li",
      { className: "row database", attributes: { "data-database": name } },
      icon("database"),
      element(
        "div",
        {},
        element("div", { className: "row-head" }, element("h3", { className: "row-name", textContent: name }), isMain ? element("span", { className: "badge", textContent: where?.is_service ? "of the repo" : "always there" }) : null, expires == null ? null : expiry(expires)),
        element("p", { className: "row-state", textContent: facts.join(" · ") }),
      ),
      element(
        "div",
        { className: "row-actions" },
        iconButton("plug", `Connect to ${name}`, () => this.#open(database)),
        iconButton("snapshot", `Take a snapshot of ${name}`, () => this.#snapshot(database)),
        iconButton("clone", `Clone ${name}`, () => this.#clone(database)),
        isMain ? null : iconButton("trash", `Drop ${name}`, () => this.#drop(database), "button quiet icon-only danger"),
      ),
    );
  }

  #undoableRow({ id, what, at_ms: at }) {
    const words = element("span", { textContent: `${what}, ${span(Date.now() - at)} ago` });
    return element("p", { className: "undoable" }, words, element("button", { type: "button", className: "button quiet", on: { click: () => this.#undo(id) } }, icon("undo"), "Undo"));
  }

  /** Asks, looks again, and then says what came of it. */
  async #do(what, say) {
    try {
      const answer = await ask(ASKED, what);
      await this.refresh();
      say(answer);
    } catch (failed) {
      complain(failed);
      await this.refresh();
    }
  }

  #undo(id) {
    return this.#do({ ask: "undo", id }, () => toast("It is as it was before."));
  }

  /** Where nothing was replaced there is nothing to undo. */
  #offerUndo({ answer, id, what }, otherwise) {
    if (answer !== "undoable") return toast(otherwise);
    toast(what, { words: "Undo", act: () => this.#undo(id) });
  }

  #snapshot(database) {
    return this.#do({ ask: "snapshot", database: keyOf(database) }, () => toast(`A snapshot of ${database.name} was taken.`));
  }

  #clone(database) {
    return this.#do({ ask: "clone", database: keyOf(database) }, (address) => this.#new.showDone(address));
  }

  #drop(database) {
    byId("one-database").close();
    return this.#do({ ask: "drop", database: keyOf(database) }, (done) => this.#offerUndo(done, `${database.name} was dropped`));
  }

  #restore(database, snapshot) {
    byId("one-database").close();
    return this.#do({ ask: "restore", database: keyOf(database), snapshot }, (done) => this.#offerUndo(done, `${database.name} was restored`));
  }

  #extend(database, seconds) {
    byId("one-database").close();
    const words = seconds === null ? `${database.name} is kept.` : `${database.name} is kept for ${span(seconds * 1000)} from now on.`;
    return this.#do({ ask: "extend", database: keyOf(database), seconds }, () => toast(words));
  }

  /** One database: how to connect, and what there is to know. */
  async #open(database) {
    const dialog = byId("one-database");
    const place = this.#place(database.place);
    const head = element(
      "header",
      { className: "dialog-head" },
      icon("database"),
      element("h2", { id: "one-database-title", textContent: database.name, tabIndex: -1, autofocus: true }),
      iconButton("close", "Close", () => dialog.close()),
    );
    const address = element("div", { className: "reach" }, element("p", { className: "working", attributes: { role: "status", "aria-label": "Asking for the address" } }));
    dialog.replaceChildren(head, element("div", { className: "dialog-body" }, address, facts(database, place), this.#expiry(database), this.#snapshots(database)));
    dialog.showModal();
    try {
      address.replaceChildren(...showAddress(await ask(ASKED, { ask: "address", database: keyOf(database) })));
    } catch (failed) {
      address.replaceChildren(problem(failed));
    }
  }

  #expiry(database) {
    if (database.expires_ms == null) return null;
    const button = (words, seconds) => element("button", { type: "button", className: "button wide", textContent: words, on: { click: () => this.#extend(database, seconds) } });
    return element("div", {}, element("p", { className: "label", textContent: "Keep it" }), element("div", { className: "actions" }, button("4 more hours", 4 * HOUR), button("A week", 7 * 24 * HOUR), button("For good", null)));
  }

  #snapshots(database) {
    const own = this.#overview.snapshots.filter((snapshot) => snapshot.place === database.place && snapshot.name === database.name);
    if (own.length === 0) return null;
    const row = (snapshot) =>
      element(
        "li",
        {},
        element("span", {}, `${span(Date.now() - snapshot.made_ms)} ago `, element("small", { textContent: `${bytes(snapshot.size)} · ${snapshot.id}` })),
        element("button", { type: "button", className: "button", textContent: "Restore", on: { click: () => this.#restore(database, snapshot.id) } }),
      );
    return element("div", {}, element("p", { className: "label", textContent: "Snapshots" }), element("ul", { className: "snapshots" }, ...own.map(row)));
  }
}

/** Puts elements where they belong, and touches none that is there already. */
function place(list, elements) {
  const kept = new Set(elements);
  for (const child of [...list.children]) {
    if (!kept.has(child)) child.remove();
  }
  elements.forEach((one, index) => {
    if (list.children[index] !== one) list.insertBefore(one, list.children[index] ?? null);
  });
}

function expiry(at) {
  const badge = element("span", { className: "badge", attributes: { "data-until": at } });
  tellRest(badge);
  return badge;
}

/** Nobody's work is taken away: what has expired goes when nobody is connected any more. */
function tellRest(badge) {
  const left = Number(badge.dataset.until) - Date.now();
  badge.classList.toggle("soon", left < HOUR * 1000);
  setText(badge, left > 0 ? `${rest(left)} left` : "expires when it is not used");
}

function facts(database, place) {
  const all = [
    ["Engine", place?.label],
    database.keys == null ? ["Size", database.size == null ? "unknown" : bytes(database.size)] : ["Keys", database.keys],
    ["Sessions", database.sessions ?? "unknown"],
    ["Made", database.made_ms == null ? null : `${span(Date.now() - database.made_ms)} ago`],
    ["From", database.origin],
  ];
  const pairs = all.filter(([, value]) => value != null && value !== "").map(([name, value]) => element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value })));
  return element("dl", { className: "facts" }, ...pairs);
}

/** The address with its copy button, and examples in the repo's own languages. */
function showAddress({ url, snippets }) {
  const address = element("div", { className: "address" }, element("code", { className: "url" }, ...breakable(url)), copyButton(url, "Copy the address", { words: "Copy", className: "button primary" }));
  return snippets.length === 0 ? [address] : [address, examples(snippets)];
}

/** A long one goes on in the next line behind the login, and not in the middle of a name. */
const breakable = (url) => url.split(/(?<=@)/).flatMap((piece) => [piece, element("wbr")]);

function examples(snippets) {
  const panel = element("div", { className: "snippet", id: "snippet", attributes: { role: "tabpanel", tabindex: "0" } });
  const tabs = snippets.map(({ label }) => element("button", { type: "button", className: "tab", textContent: label, attributes: { role: "tab", "aria-controls": "snippet" } }));
  const choose = (index) => {
    tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === index));
      tab.tabIndex = other === index ? 0 : -1;
    });
    panel.setAttribute("aria-label", snippets[index].label);
    panel.replaceChildren(element("pre", {}, element("code", { textContent: snippets[index].code })), copyButton(snippets[index].code, "Copy the example"));
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(index));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = (index + step + tabs.length) % tabs.length;
      choose(next);
      tabs[next].focus();
    });
  });
  choose(0);
  const list = element("div", { className: "tabs", attributes: { role: "tablist", "aria-label": "Examples" } }, ...tabs);
  return element("div", { className: "examples" }, list, panel);
}
