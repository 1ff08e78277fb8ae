// Makes elements, and says numbers as a person does. Text never becomes markup.

export const byId = (id) => document.getElementById(id);

/** An element with properties, attributes (in `attributes`), listeners (in `on`) and children. */
export function element(tag, { attributes = {}, on = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(on)) made.addEventListener(name, listener);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the icons at the end of the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button with an icon and a name that is spoken, and shown as a tip. */
export function iconButton(name, label, act, className = "button quiet icon-only") {
  return element("button", { type: "button", className, title: label, attributes: { "aria-label": label }, on: { click: act } }, icon(name));
}

/** A button that copies a text, and says so. */
export function copyButton(text, label, { words = "", className } = {}) {
  const content = () => [icon("copy"), words].filter(Boolean);
  const button = element("button", { type: "button", className: className ?? "button quiet icon-only", title: label, attributes: { "aria-label": label } }, ...content());
  let back;
  button.addEventListener("click", async () => {
    const worked = await copy(typeof text === "function" ? text() : text);
    clearTimeout(back);
    button.classList.toggle("done", worked);
    button.replaceChildren(icon(worked ? "check" : "close"), ...(words ? [worked ? "Copied" : "Not copied"] : []));
    button.setAttribute("aria-label", worked ? "Copied" : "Could not be copied");
    back = setTimeout(() => {
      button.classList.remove("done");
      button.replaceChildren(...content());
      button.setAttribute("aria-label", label);
    }, 1600);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A sentence in which `names` stand between backticks, as nodes. */
export function sentence(text) {
  const start = /^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
  return start.split("`").map((piece, index) => (index % 2 === 1 ? element("code", { textContent: piece }) : piece));
}

/** Sets a text only where it is another one, so that nothing is painted or spoken again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** `for 12 s`, `for 3 min`, `for 2 h`, `for 5 days`. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** What is left of a time, rounded. */
export const rest = (milliseconds) => (milliseconds > 90 * 60_000 ? span(Math.round(milliseconds / 3_600_000) * 3_600_000) : span(milliseconds));

/** `820 B`, `12 MB`, `1.8 GB`. */
export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000;
    unit += 1;
  }
  return `${number < 10 && unit > 1 ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}

export const plural = (number, one, many) => `${number} ${String(number) === "1" ? one : many}`;

const ATTEMPTS = 6;

/** Sends a wish; answers what came back, or throws the problem as the page shows it. */
export async function ask(where, what) {
  // The same for each attempt, so that it is done once: a browser breaks off what is under way when a network interface comes or
  // goes, which is what starting a service brings about.
  const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  let response;
  for (let attempt = 1; !response; attempt += 1) {
    try {
      response = await fetch(where, { method: "POST", headers, body: JSON.stringify(what) });
    } catch {
      if (attempt === ATTEMPTS) throw { what: "devenv ui does not answer", why: "it was ended in its terminal", fixes: ["devenv ui"] };
      await new Promise((go) => setTimeout(go, 100 * attempt));
    }
  }
  if (response.ok) return response.json();
  const body = await response.json().catch(() => ({}));
  throw body.problem ?? { what: "that could not be done", why: `the answer was ${response.status}`, fixes: [] };
}
