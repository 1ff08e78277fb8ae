// Puts the parts together: what comes goes to those whom it concerns.

import { ask, byId, element, plural } from "./elements.js";
import { connect } from "./stream.js";
import { Logs } from "./logs.js";
import { Problems } from "./problems.js";
import { Services, look } from "./services.js";
import { Databases } from "./databases.js";
import { complain } from "./toasts.js";

const logs = new Logs();
const services = new Services(logs);
const problems = new Problems();
const databases = new Databases();

byId("start-all").addEventListener("click", () => ask("/wishes", { verb: "up" }).catch(complain));
byId("stop-all").addEventListener("click", () => ask("/wishes", { verb: "down" }).catch(complain));

connect({
  picture(told, isOtherRun) {
    if (isOtherRun) logs.clear();
    byId("project").textContent = told.project;
    byId("folder").textContent = told.folder;
    byId("folder").title = told.folder;
    document.title = `${told.rows.some((row) => look(row) === "bad") ? "● " : ""}${told.project} · devenv`;
    logs.setNames(told.rows.map((row) => row.name));
    services.show(told);
    problems.show(told);
    summarise(told);
    databases.onPicture(told);
  },
  lines: (told) => logs.add(told),
  state(state) {
    const banner = byId("connection");
    banner.hidden = state === "here";
    banner.textContent = state === "here" ? "" : "devenv ui has ended, so this may be out of date. Run it again in the repo, and this page goes on when the new address was opened.";
    document.body.classList.toggle("is-gone", state !== "here");
  },
});

function summarise({ is_known: isKnown, rows, doings }) {
  const looks = rows.map(look);
  const number = (wanted) => looks.filter((one) => one === wanted).length;
  const [good, bad, busy] = [number("good"), number("bad"), number("busy")];
  const optional = rows.filter((row, index) => row.optional && looks[index] === "idle").length;
  const wanted = rows.length - optional;
  let [shown, words] = ["idle", "Nothing runs"];
  if (!isKnown) [shown, words] = ["busy", "Looking"];
  else if (bad > 0) [shown, words] = ["bad", `${plural(bad, "has", "have")} failed`];
  else if (busy > 0) [shown, words] = ["busy", `${good} of ${wanted} ready`];
  else if (good > 0) [shown, words] = ["good", good === wanted ? "Everything is ready" : `${good} of ${wanted} ready`];
  const summary = byId("summary");
  if (summary.dataset.words !== shown + words) {
    summary.dataset.words = shown + words;
    summary.dataset.look = shown;
    summary.replaceChildren(element("span", { className: "dot", attributes: { "aria-hidden": "true" } }), words);
  }
  const isBusy = doings.length > 0;
  byId("start-all").hidden = !isKnown || rows.length === 0 || (good >= wanted && bad === 0);
  byId("stop-all").hidden = good + busy === 0;
  byId("start-all").disabled = isBusy;
  byId("stop-all").disabled = isBusy;
}

const THEME = "devenv-theme";

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(THEME, theme);
}

const known = localStorage.getItem(THEME);
if (known) setTheme(known);
byId("theme").addEventListener("click", () => {
  const isDark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  setTheme(isDark ? "light" : "dark");
});
