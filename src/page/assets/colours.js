// Colours that programs print with escape sequences: the eight of a terminal become classes, everything else is left out.

const ESCAPE = /\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

/** The text without any of it. */
export const plain = (text) => (text.includes("\x1b") || /[\x00-\x08\x0b-\x1f]/.test(text) ? text.replace(ESCAPE, "") : text);

/** The text in pieces, each with the classes it is shown with. */
export function pieces(text) {
  const found = [];
  const style = { ink: "", bold: false, faint: false, slanted: false, lined: false };
  let from = 0;
  const add = (to) => {
    if (to > from) found.push({ text: text.slice(from, to), classes: classes(style) });
  };
  for (const match of text.matchAll(ESCAPE)) {
    add(match.index);
    from = match.index + match[0].length;
    if (match[2] === "m") change(style, match[1]);
  }
  add(text.length);
  return found;
}

function classes(style) {
  const named = ["bold", "faint", "slanted", "lined"].filter((name) => style[name]).map((name) => `ink-${name}`);
  return [...(style.ink === "" ? [] : [`ink-${style.ink}`]), ...named].join(" ");
}

function change(style, codes) {
  const numbers = codes === "" ? [0] : codes.split(/[;:]/).map(Number);
  for (let index = 0; index < numbers.length; index += 1) {
    const code = numbers[index];
    if (code === 0) Object.assign(style, { ink: "", bold: false, faint: false, slanted: false, lined: false });
    else if (code === 1) style.bold = true;
    else if (code === 2) style.faint = true;
    else if (code === 3) style.slanted = true;
    else if (code === 4) style.lined = true;
    else if (code === 22) style.bold = style.faint = false;
    else if (code === 23) style.slanted = false;
    else if (code === 24) style.lined = false;
    else if (code >= 30 && code <= 37) style.ink = String(code - 30);
    else if (code >= 90 && code <= 97) style.ink = String(code - 90);
    else if (code === 39) style.ink = "";
    // A colour out of more than eight follows, and is left out.
    else if (code === 38 || code === 48) index += numbers[index + 1] === 5 ? 2 : 4;
  }
}
