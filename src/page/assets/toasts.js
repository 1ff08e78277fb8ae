// Short messages that go away by themselves, with a way back where there is one.

import { byId, element } from "./elements.js";

const SHOWN_MS = 7000;
const WITH_ACTION_MS = 15000;

/** Shows a message; `action` is `{ words, act }`. */
export function toast(words, action) {
  const message = element("div", { className: "toast" }, element("span", { textContent: words }));
  if (action) {
    const act = () => {
      message.remove();
      action.act();
    };
    message.append(element("button", { type: "button", className: "button", textContent: action.words, on: { click: act } }));
  }
  byId("toasts").append(message);
  let rest = setTimeout(() => message.remove(), action ? WITH_ACTION_MS : SHOWN_MS);
  // Nobody is hurried who is about to press it.
  const stay = () => clearTimeout(rest);
  const go = () => (rest = setTimeout(() => message.remove(), SHOWN_MS));
  message.addEventListener("pointerenter", stay);
  message.addEventListener("focusin", stay);
  message.addEventListener("pointerleave", go);
  message.addEventListener("focusout", go);
}

/** A problem that belongs to no place on the page. */
export const complain = ({ what, why }) => toast(why ? `${what}: ${why}` : what);
