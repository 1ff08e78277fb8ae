// Problems in our words, and what is being done: what happened, why, and how it is mended.

import { ask, byId, copyButton, element, icon, iconButton, sentence } from "./elements.js";
import { complain } from "./toasts.js";

/** One problem; `close` puts it aside. */
export function problem({ what, why, fixes = [], output = [] }, close) {
  const lines = output.length === 0 ? null : element("details", {}, element("summary", { textContent: "The last lines" }), element("pre", { textContent: output.join("\n") }));
  return element(
    "article",
    { className: "problem", attributes: { role: "alert" } },
    icon("warning"),
    element("h3", {}, ...sentence(what)),
    why ? element("p", { className: "why" }, ...sentence(why)) : null,
    fixes.length === 0 ? null : element("ul", { className: "fixes" }, ...fixes.map(fix)),
    lines,
    close ? iconButton("close", "Put this aside", close) : null,
  );
}

/** `devenv up        # takes 3001` is a command with what it does; anything else is a sentence. */
function fix(text) {
  const [command, words] = text.split(/\s{2,}#\s/);
  const isCommand = words !== undefined || /^(devenv|sudo|mv|echo|docker|systemctl) /.test(command);
  if (!isCommand) return element("li", {}, element("p", {}, ...sentence(text)));
  const said = words ? element("span", { className: "said", textContent: words }) : null;
  return element("li", {}, element("code", { textContent: command }), copyButton(command, "Copy the command"), said);
}

const VERBS = { up: "Starting", down: "Stopping", restart: "Restarting" };

export class Problems {
  #told = "";
  #section = byId("problems");

  show({ troubles, problems, doings }) {
    const told = JSON.stringify([troubles, problems, doings]);
    if (told === this.#told) return;
    this.#told = told;
    const forget = (number) => () => ask("/wishes", { verb: "forget", number }).catch(complain);
    this.#section.hidden = troubles.length + problems.length + doings.length === 0;
    this.#section.replaceChildren(
      ...doings.map(doing),
      ...troubles.map((trouble) => problem(trouble)),
      ...problems.map((one) => problem(one, forget(one.number))),
    );
  }
}

function doing({ id, verb, names, note }) {
  const cancel = () => ask("/wishes", { verb: "cancel", id }).catch(complain);
  return element(
    "div",
    { className: "doing", attributes: { "data-look": "busy" } },
    element("span", { className: "dot", attributes: { "aria-hidden": "true" } }),
    element("p", {}, element("b", { textContent: `${VERBS[verb]} ${names.length === 0 ? "everything" : names.join(", ")}` }), note ? ` · ${note}` : ""),
    element("button", { type: "button", className: "button quiet", textContent: "Cancel", on: { click: cancel } }),
  );
}
