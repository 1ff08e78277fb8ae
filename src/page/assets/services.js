// Each service and app: how it is, where, since when, why not, and what can be done about it. Rows are changed in place, so that
// the focus stays where it is.

import { ask, byId, copyButton, element, icon, iconButton, setText, span } from "./elements.js";
import { complain } from "./toasts.js";

const WORKING = new Set(["waiting", "downloading", "building", "creating", "starting", "stopping"]);

/** What it looks like: good, busy, bad or idle. */
export function look(row) {
  if (row.doing || WORKING.has(row.state)) return "busy";
  if (row.state === "failed") return "bad";
  if (row.state === "ready" || row.state === "completed") return "good";
  if (row.state === "running") return row.word === "running" ? "good" : "busy";
  return "idle";
}

export class Services {
  #rows = new Map();
  #list = byId("rows");
  #logs;

  constructor(logs) {
    this.#logs = logs;
    setInterval(() => this.#rows.forEach((row) => row.tick()), 1000);
  }

  show(picture) {
    if (!picture.is_known) return;
    this.#list.setAttribute("aria-busy", "false");
    if (picture.rows.length === 0) {
      this.#rows.clear();
      this.#list.replaceChildren(nothing(picture));
      return;
    }
    const names = new Set(picture.rows.map((row) => row.name));
    for (const name of this.#rows.keys()) {
      if (!names.has(name)) this.#rows.delete(name);
    }
    const elements = picture.rows.map((row) => {
      if (!this.#rows.has(row.name)) this.#rows.set(row.name, new Row(row.name, this.#logs));
      return this.#rows.get(row.name).show(row);
    });
    const before = [...this.#list.children];
    if (before.length !== elements.length || elements.some((row, index) => row !== before[index])) {
      this.#list.replaceChildren(...elements);
    }
  }
}

function nothing({ troubles }) {
  const words = troubles.length > 0 ? "What runs can't be told at the moment." : "dev.yaml names no services and no apps.";
  return element("li", { className: "nothing" }, icon("lines"), element("h3", { textContent: "Nothing to show" }), words);
}

class Row {
  #told;
  #where = null;
  #parts;

  constructor(name, logs) {
    const act = (verb) => () => ask("/wishes", { verb, names: [name] }).catch(complain);
    const parts = {
      version: element("span", { className: "row-version" }),
      word: element("span", { className: "word" }),
      since: element("span"),
      where: element("p", { className: "row-where" }),
      why: element("p", { className: "row-why" }),
      bar: element("div", { className: "row-bar", attributes: { role: "progressbar", "aria-label": `Download for ${name}`, "aria-valuemin": "0", "aria-valuemax": "100" } }, element("i")),
      start: iconButton("play", `Start ${name}`, act("up")),
      restart: iconButton("restart", `Restart ${name}`, act("restart")),
      stop: iconButton("stop", `Stop ${name}`, act("down")),
    };
    parts.root = element(
      "li",
      { className: "row", attributes: { "data-name": name } },
      element("span", { className: "dot", attributes: { "aria-hidden": "true" } }),
      element(
        "div",
        {},
        element("div", { className: "row-head" }, element("h3", { className: "row-name", textContent: name }), parts.version),
        element("div", { className: "row-line" }, element("p", { className: "row-state" }, parts.word, parts.since), parts.where),
        parts.why,
      ),
      element("div", { className: "row-actions" }, iconButton("lines", `Show the logs of ${name} alone`, () => logs.only(name, true, true)), parts.start, parts.restart, parts.stop),
      parts.bar,
    );
    this.#parts = parts;
  }

  show(row) {
    this.#told = row;
    const { root, version, word, why, bar, start, restart, stop } = this.#parts;
    root.dataset.look = look(row);
    root.dataset.state = row.state;
    setText(version, row.version === "host" ? "on this computer" : (row.version ?? ""));
    setText(word, row.doing?.words ?? row.word);
    why.hidden = !row.why || Boolean(row.doing);
    setText(why, row.why ?? "");
    bar.hidden = !row.doing;
    bar.classList.toggle("unknown", row.doing?.percent == null);
    if (row.doing?.percent != null) {
      bar.setAttribute("aria-valuenow", row.doing.percent);
      bar.firstElementChild.style.scale = `${row.doing.percent / 100} 1`;
    } else {
      bar.removeAttribute("aria-valuenow");
      bar.firstElementChild.style.scale = "";
    }
    const runs = row.state === "ready" || row.state === "running";
    start.hidden = runs || Boolean(row.doing);
    restart.hidden = stop.hidden = !runs || Boolean(row.doing);
    this.#showWhere(row);
    this.tick();
    return root;
  }

  #showWhere(row) {
    const { where } = this.#parts;
    const runs = row.state === "ready" || row.state === "running";
    const address = row.url ?? (row.port ? `${row.host ?? "localhost"}:${row.port}` : null);
    const shown = runs ? address : null;
    where.hidden = !shown;
    if (shown === this.#where) return;
    this.#where = shown;
    if (!shown) return where.replaceChildren();
    const isPage = /^https?:/.test(shown);
    const words = shown.replace(/^https?:\/\//, "");
    const text = isPage
      ? element("a", { href: shown, target: "_blank", rel: "noopener noreferrer", textContent: words })
      : element("span", { textContent: words });
    where.replaceChildren(text, copyButton(shown, `Copy the address of ${row.name}`));
  }

  /** What changes with time alone. */
  tick() {
    const { doing, since_ms: since } = this.#told;
    setText(this.#parts.since, doing || since == null ? "" : ` for ${span(Date.now() - since)}`);
  }
}
