// A new database: engine, what it begins with, name and how long; everything is chosen already but for what somebody wants
// otherwise.

import { ask, byId, bytes, element, iconButton, span } from "./elements.js";
import { problem } from "./problems.js";

const HOUR = 3600;
const TIMES = [["4 hours", 4 * HOUR], ["A day", 24 * HOUR], ["A week", 7 * 24 * HOUR], ["For good", null]];
const MOST_SNAPSHOTS = 4;

export class NewDatabase {
  #dialog = byId("new-database");
  #created;
  #showAddress;
  #overview;
  #place;
  #form;

  constructor({ created, showAddress }) {
    this.#created = created;
    this.#showAddress = showAddress;
  }

  open(overview) {
    this.#overview = overview;
    this.#place = overview.places.find((place) => place.is_running) ?? overview.places[0];
    const from = element("fieldset");
    const failed = element("div");
    const create = element("button", { type: "submit", className: "button primary wide", textContent: "Create" });
    const cancel = element("button", { type: "button", className: "button wide", textContent: "Cancel", on: { click: () => this.#dialog.close() } });
    const body = element("div", { className: "dialog-body" }, this.#engines(from), from, element("div", { className: "side-by-side" }, name(), times()), failed);
    this.#form = element("form", { on: { submit: (event) => this.#submit(event, create, failed) } }, body, element("footer", { className: "dialog-foot" }, cancel, create));
    this.#fillFrom(from);
    this.#dialog.replaceChildren(this.#head("New database"), this.#form);
    this.#show();
  }

  /** A database that is there now, with its address. */
  showDone({ database, url, snippets }) {
    const done = element("button", { type: "button", className: "button wide", textContent: "Done", on: { click: () => this.#dialog.close() } });
    const body = element("div", { className: "dialog-body" }, ...this.#showAddress({ url, snippets }));
    this.#dialog.replaceChildren(this.#head(`${database.name} is ready`), body, element("footer", { className: "dialog-foot" }, done));
    this.#show();
    body.querySelector("button").focus();
  }

  #show() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #head(words) {
    const title = element("h2", { id: "new-database-title", textContent: words, attributes: { "aria-live": "polite" } });
    return element("header", { className: "dialog-head" }, title, iconButton("close", "Close", () => this.#dialog.close()));
  }

  #engines(from) {
    const choice = (place) => {
      const choose = () => {
        this.#place = place;
        this.#fillFrom(from);
      };
      const words = place.is_service ? `${place.id}, of this repo` : "scratch, of your own";
      return radio("engine", place.id, place.label, place.is_running ? words : `${words} · starts first`, place === this.#place, choose);
    };
    return element("fieldset", {}, element("legend", { textContent: "Engine" }), element("div", { className: "choices" }, ...this.#overview.places.map(choice)));
  }

  /** What it can begin with depends on where it is. */
  #fillFrom(from) {
    const { databases, snapshots } = this.#overview;
    const here = databases.filter(({ place }) => place === this.#place.id);
    const engineOf = (id) => this.#overview.places.find((place) => place.id === id)?.engine;
    const saved = snapshots.filter(({ place }) => place === this.#place.id || engineOf(place) === this.#place.engine);
    const choices = [radio("from", JSON.stringify({ kind: "empty" }), "Empty", "nothing in it", true)];
    if (this.#place.has_seed) choices.push(radio("from", JSON.stringify({ kind: "seed" }), "Seed", "as dev.yaml fills it"));
    for (const { name, size } of here) {
      choices.push(radio("from", JSON.stringify({ kind: "database", name }), name, size == null ? "a copy of it" : `a copy of it, ${bytes(size)}`));
    }
    for (const { id, name, made_ms: made, size } of saved.slice(0, MOST_SNAPSHOTS)) {
      choices.push(radio("from", JSON.stringify({ kind: "snapshot", id }), name, `snapshot of ${span(Date.now() - made)} ago, ${bytes(size)}`));
    }
    from.replaceChildren(element("legend", { textContent: "Begins with" }), element("div", { className: "choices" }, ...choices));
  }

  async #submit(event, create, failed) {
    event.preventDefault();
    const chosen = new FormData(this.#form);
    const name = String(chosen.get("name")).trim();
    const seconds = chosen.get("time") === "" ? null : Number(chosen.get("time"));
    create.disabled = true;
    create.replaceChildren(element("span", { className: "working", attributes: { "aria-hidden": "true" } }), "Creating");
    failed.replaceChildren();
    try {
      this.showDone(await ask("/databases", { ask: "create", place: this.#place.id, from: JSON.parse(chosen.get("from")), name: name === "" ? null : name, seconds }));
      this.#created();
    } catch (wrong) {
      failed.replaceChildren(problem(wrong));
      failed.scrollIntoView({ block: "nearest" });
      create.disabled = false;
      create.replaceChildren("Create");
    }
  }
}

function radio(name, value, title, words, checked = false, change = undefined) {
  const input = element("input", { type: "radio", name, value, checked, autofocus: checked && name === "engine", on: change ? { change } : {} });
  return element("label", { className: "choice" }, input, element("b", { textContent: title }), element("span", { textContent: words }));
}

function name() {
  const input = element("input", { className: "field", name: "name", id: "new-name", placeholder: "Any free name", autocomplete: "off", spellcheck: false, maxLength: 63 });
  return element("div", {}, element("label", { className: "label", htmlFor: "new-name", textContent: "Name" }), input);
}

function times() {
  const one = ([words, seconds], index) =>
    element("label", {}, element("input", { type: "radio", name: "time", value: seconds ?? "", checked: index === 0 }), words);
  return element("fieldset", {}, element("legend", { textContent: "Keep it for" }), element("div", { className: "segments" }, ...TIMES.map(one)));
}
