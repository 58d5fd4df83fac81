"use strict";
/* Small drawing helpers: elements, SVG, Python colouring, numbers. All text goes through textContent. */
const Draw = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    return fill(made, attributes, children);
  }
  function svg(tag, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
  }
  function fill(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children) if (child !== null) made.append(child);
    return made;
  }

  /* One line of Python as coloured spans: strings, comments, keywords and numbers are told apart. `open` is the quote
     of a string that began on an earlier line; the answer says which one is open afterwards. */
  const TOKEN = new RegExp(
    [
      "(#.*$)",
      "([rbfuRBFU]{0,2}(?:\"(?:[^\"\\\\]|\\\\.)*\"?|'(?:[^'\\\\]|\\\\.)*'?))",
      "\\b(def|class|return|if|elif|else|try|except|finally|with|as|for|while|in|is|not|and|or|import|from|raise|" +
        "yield|await|async|pass|break|continue|lambda|None|True|False|global|nonlocal|assert|del|match|case)\\b",
      "\\b(\\d[\\d_.]*)\\b",
    ].join("|"), "g");
  const CLASSES = ["com", "str", "kw", "num"];
  const TRIPLE = /[rbfuRBFU]{0,2}("""|''')/;
  function coloured(text, open = null) {
    if (open !== null) {
      const end = text.indexOf(open);
      if (end < 0) return { pieces: [element("span", { class: "str" }, text)], open };
      const rest = coloured(text.slice(end + 3));
      return { pieces: [element("span", { class: "str" }, text.slice(0, end + 3)), ...rest.pieces], open: rest.open };
    }
    const triple = TRIPLE.exec(text);
    if (triple && !text.slice(0, triple.index).includes("#")) {
      const before = coloured(text.slice(0, triple.index)).pieces, inside = triple.index + triple[0].length;
      const after = coloured(text.slice(inside), triple[1]);
      return { pieces: [...before, element("span", { class: "str" }, triple[0]), ...after.pieces], open: after.open };
    }
    const pieces = [];
    let last = 0;
    for (const match of text.matchAll(TOKEN)) {
      if (match.index > last) pieces.push(document.createTextNode(text.slice(last, match.index)));
      const kind = CLASSES[match.slice(1).findIndex((group) => group !== undefined)];
      pieces.push(element("span", { class: kind }, match[0]));
      last = match.index + match[0].length;
    }
    if (last < text.length) pieces.push(document.createTextNode(text.slice(last)));
    return { pieces, open: null };
  }

  /* The same rounding as units.py: whole from 100 on, one place from 10 on, two below. */
  function short(value) {
    const places = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return value.toLocaleString("en-US", { maximumFractionDigits: places });
  }
  function size(bytes) {
    const units = ["B", "KB", "MB", "GB", "TB", "PB"];
    let unit = 0;
    while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; unit += 1; }
    return `${short(bytes)} ${units[unit]}`;
  }

  const plural = (value, name) => `${short(value)} ${name}${short(value) === "1" ? "" : "s"}`;
  /* The time that ticks stand for, as units.py has it. */
  const MINUTES_A_TICK = 12;
  const time = (ticks) => (ticks * MINUTES_A_TICK < 60 ? plural(ticks * MINUTES_A_TICK, "minute") : plural((ticks * MINUTES_A_TICK) / 60, "hour"));
  const hours = (ticks) => ((ticks * MINUTES_A_TICK) / 60).toFixed(1);

  /* A step line through (x, y) points, or with `base` the area under it. */
  function stairs(points, base = null) {
    let path = "";
    points.forEach(([x, y], index) => {
      path += index === 0 ? (base === null ? `M${x},${y}` : `M${x},${base}V${y}`) : `H${x}V${y}`;
    });
    return base === null ? path : `${path}V${base}Z`;
  }
  function line(points) {
    return points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
  }

  return { element, svg, coloured, short, size, plural, time, hours, stairs, line };
})();
