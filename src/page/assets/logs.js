// The lines that everything prints. Only those that are seen exist as elements, and what comes is shown once a frame, so that
// thousands in a second are no more work than a few.

import { byId, copyButton, element, iconButton, plural, setText } from "./elements.js";
import { pieces, plain } from "./colours.js";

const HEIGHT = 20;
/** Beyond what is seen, above and below. */
const MORE = 12;
const MOST = 60_000;
/** What is left when there were more. */
const KEPT = 50_000;
const COLOURS = 8;

export class Logs {
  #all = [];
  #shown = [];
  #only = new Set();
  #search = "";
  #follows = true;
  #unseen = 0;
  #chosen = 0;
  #pool = [];
  #asked = false;
  #names = new Map();
  #lines = byId("lines");
  #space = byId("lines-space");

  constructor() {
    this.#lines.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.#lines.addEventListener("click", (event) => this.#onClick(event));
    this.#lines.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.#draw()).observe(this.#lines);
    byId("newest").addEventListener("click", () => {
      this.#toEnd();
      this.#lines.focus();
    });
    const search = byId("search");
    search.addEventListener("input", () => {
      this.#search = search.value.toLowerCase();
      this.#filter();
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest("input, select, textarea, dialog");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "Escape" && event.target === search) {
        search.value = this.#search = "";
        this.#filter();
        this.#lines.focus();
      }
    });
  }

  /** Everything that may print, in the order of the list. */
  setNames(names) {
    const chips = byId("chips");
    for (const name of names) {
      if (this.#names.has(name)) continue;
      const number = this.#names.size % COLOURS;
      const toggle = () => this.only(name, !this.#only.has(name));
      const chip = element("button", { type: "button", className: `chip name-${number}`, textContent: name, attributes: { "aria-pressed": "false" }, on: { click: toggle } });
      this.#names.set(name, { number, chip });
      chips.append(chip);
    }
    const longest = Math.max(6, ...[...this.#names.keys()].map((name) => name.length));
    this.#lines.style.setProperty("--names", `${Math.min(longest, 18) + 2}ch`);
  }

  /** Shows the lines of one, or of all again; `alone` leaves out those chosen before. */
  only(name, is, alone = false) {
    if (alone) this.#only.clear();
    if (is) this.#only.add(name);
    else this.#only.delete(name);
    for (const [known, { chip }] of this.#names) chip.setAttribute("aria-pressed", String(this.#only.has(known)));
    this.#filter();
  }

  /** Begins anew: the numbers of another run of the program mean other lines. */
  clear() {
    this.#all = [];
    this.#shown = [];
    this.#unseen = 0;
    this.#choose(0);
    this.#drawSoon();
  }

  add(told) {
    for (const [number, name, source, at, text] of told) {
      const before = this.#all.at(-1)?.number ?? number - 1;
      // They came faster than anybody could read them.
      if (number > before + 1) this.#push({ number: number - 0.5, name, source: "gap", at, text: gap(number - before - 1) });
      this.#push({ number, name, source, at, text });
    }
    if (this.#all.length > MOST) this.#trim();
    this.#drawSoon();
  }

  #push(told) {
    const line = { ...told, plain: plain(told.text), lower: undefined };
    this.#all.push(line);
    if (this.#fits(line)) {
      this.#shown.push(line);
      this.#unseen += this.#follows ? 0 : 1;
    }
  }

  #trim() {
    this.#all.splice(0, this.#all.length - KEPT);
    const first = this.#all[0].number;
    const gone = this.#shown.findIndex((line) => line.number >= first);
    const number = gone < 0 ? this.#shown.length : gone;
    this.#shown.splice(0, number);
    // What is being read stays where it is.
    if (!this.#follows) this.#lines.scrollTop -= number * HEIGHT;
  }

  #fits(line) {
    if (this.#only.size > 0 && !this.#only.has(line.name)) return false;
    if (this.#search === "") return true;
    line.lower ??= line.plain.toLowerCase();
    return line.lower.includes(this.#search);
  }

  #filter() {
    this.#shown = this.#all.filter((line) => this.#fits(line));
    this.#toEnd();
  }

  #toEnd() {
    this.#follows = true;
    this.#unseen = 0;
    this.#drawSoon();
  }

  #onScroll() {
    const rest = this.#lines.scrollHeight - this.#lines.scrollTop - this.#lines.clientHeight;
    this.#follows = rest < HEIGHT;
    if (this.#follows) this.#unseen = 0;
    this.#drawSoon();
  }

  #drawSoon() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #draw() {
    const number = this.#shown.length;
    this.#space.style.height = `${number * HEIGHT + 8}px`;
    if (this.#follows) this.#lines.scrollTop = this.#lines.scrollHeight;
    const first = Math.max(0, Math.floor(this.#lines.scrollTop / HEIGHT) - MORE);
    const last = Math.min(number, Math.ceil((this.#lines.scrollTop + this.#lines.clientHeight) / HEIGHT) + MORE);
    this.#growPool(last - first);
    this.#pool.forEach((row, index) => this.#fill(row, this.#shown[first + index], first + index, first + index < last));
    this.#tell();
  }

  #growPool(number) {
    while (this.#pool.length < number) {
      const row = element("div", { className: "line" }, element("time"), element("b"), element("span"));
      this.#pool.push(row);
      this.#space.append(row);
    }
  }

  #fill(row, line, index, isSeen) {
    row.hidden = !isSeen;
    if (!isSeen) {
      row.line = undefined;
      return;
    }
    row.style.transform = `translateY(${index * HEIGHT + 4}px)`;
    row.classList.toggle("chosen", line.number === this.#chosen);
    if (row.line === line && row.search === this.#search) return;
    row.line = line;
    row.search = this.#search;
    const [time, name, text] = row.children;
    setText(time, clock(line.at));
    setText(name, line.name);
    name.className = `name-${this.#names.get(line.name)?.number ?? 0}`;
    row.classList.toggle("error", line.source === "e");
    row.classList.toggle("setup", line.source === "s" || line.source === "gap");
    show(text, line, this.#search);
  }

  #tell() {
    const [all, shown] = [this.#all.length, this.#shown.length];
    const isFiltered = this.#search !== "" || this.#only.size > 0;
    const count = (number) => `${number.toLocaleString("en")} ${number === 1 ? "line" : "lines"}`;
    setText(byId("lines-count"), isFiltered ? `${shown.toLocaleString("en")} of ${count(all)}` : count(all));
    byId("lines-empty").hidden = shown > 0;
    setText(byId("lines-empty"), all === 0 ? "Nothing was printed yet" : "No line is like that");
    const newest = byId("newest");
    newest.hidden = this.#follows;
    const words = this.#unseen > 0 ? plural(this.#unseen, "new line", "new lines") : "Newest lines";
    setText(newest.lastElementChild, words);
  }

  #onClick(event) {
    const row = event.target.closest(".line");
    // Who marks text with the mouse wants to copy it.
    if (!row || String(getSelection()) !== "") return;
    this.#choose(row.line.number === this.#chosen ? 0 : row.line.number);
  }

  #onKey(event) {
    if (event.key === "End") {
      event.preventDefault();
      this.#toEnd();
    } else if (event.key === "Escape") {
      this.#choose(0);
    } else if (this.#chosen !== 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const index = this.#shown.findIndex((line) => line.number === this.#chosen);
      this.#step(index + (event.key === "ArrowDown" ? 1 : -1));
    } else if (this.#chosen === 0 && event.key === "Enter") {
      this.#step(Math.min(this.#shown.length, Math.floor((this.#lines.scrollTop + this.#lines.clientHeight) / HEIGHT)) - 1);
    }
  }

  #step(index) {
    const line = this.#shown[index];
    if (!line) return;
    this.#choose(line.number);
    const [top, bottom] = [index * HEIGHT, (index + 1) * HEIGHT + 8];
    if (top < this.#lines.scrollTop) this.#lines.scrollTop = top;
    else if (bottom > this.#lines.scrollTop + this.#lines.clientHeight) this.#lines.scrollTop = bottom - this.#lines.clientHeight;
  }

  /** Shows one line whole. */
  #choose(number) {
    this.#chosen = number;
    const line = number === 0 ? undefined : this.#shown.find((one) => one.number === number);
    const detail = byId("line-detail");
    detail.hidden = !line;
    if (line) {
      const text = element("pre");
      show(text, line, this.#search);
      const tools = element("div", { className: "tools" }, copyButton(line.plain, "Copy the line"), iconButton("close", "Close", () => this.#choose(0)));
      const when = line.at ? new Date(line.at).toLocaleString() : "";
      detail.replaceChildren(element("h3", { textContent: [line.name, when].filter(Boolean).join(" · ") }), text, tools);
    }
    this.#drawSoon();
  }
}

/** A line's text: with what was searched for marked, else in its colours. */
function show(into, line, search) {
  if (search !== "") {
    into.replaceChildren(...marked(line.plain, search));
  } else if (line.plain === line.text) {
    into.textContent = line.text;
  } else {
    into.replaceChildren(...pieces(line.text).map(({ text, classes }) => (classes === "" ? text : element("i", { className: classes, textContent: text }))));
  }
}

function marked(text, search) {
  const lower = text.toLowerCase();
  const found = [];
  let from = 0;
  for (let at = lower.indexOf(search); at >= 0 && lower.length === text.length; at = lower.indexOf(search, from)) {
    found.push(text.slice(from, at), element("mark", { textContent: text.slice(at, at + search.length) }));
    from = at + search.length;
  }
  return [...found, text.slice(from)];
}

const gap = (number) => `… ${plural(number.toLocaleString("en"), "line is", "lines are")} left out here: \`devenv logs\` shows all`;

const two = (number) => String(number).padStart(2, "0");

function clock(at) {
  if (!at) return "";
  const time = new Date(at);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}
