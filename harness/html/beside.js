// Places are what a case says of one channel: differences that count, and what
// rules made equal. A place covers what lies within it and what it lies in.
class Places {
  constructor(differing, hidden, all) { this.differing = differing; this.hidden = hidden; this.all = all; }

  // state tells what it means that two values at a path are not written alike.
  state(path) {
    if (this.all || this.differing.some((p) => within(path, p) || within(p, path))) return "differs";
    return "hidden";
  }
}

// within reports whether a path is another one or leads into it.
const within = (path, outer) => path === outer || outer === "" || path.startsWith(outer) && (path[outer.length] === "." || path[outer.length] === "[");

const member = (path, name) => {
  const step = name === "" || /[.[\]*"]/.test(name) ? JSON.stringify(name) : name;
  return path === "" ? step : `${path}.${step}`;
};

// beside lays two JSON values out in lines: {depth, left, right, state}. A side
// that has nothing there is null.
function beside(left, right, places) {
  const lines = [];
  const put = (depth, l, r, state) => lines.push({ depth, left: l, right: r, state });
  const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  // print writes one value to one side or both.
  function print(depth, name, v, side, state) {
    const line = (d, text) => put(d, side !== "right" ? text : null, side !== "left" ? text : null, state);
    if (Array.isArray(v) && v.length > 0) {
      line(depth, name + "[");
      v.forEach((item) => print(depth + 1, "", item, side, state));
      line(depth, "]");
    } else if (isObject(v) && Object.keys(v).length > 0) {
      line(depth, name + "{");
      for (const key of Object.keys(v)) print(depth + 1, `${key}: `, v[key], side, state);
      line(depth, "}");
    } else {
      line(depth, name + JSON.stringify(v));
    }
  }

  function value(depth, name, l, r, path) {
    if (l === undefined || r === undefined) {
      print(depth, name, l === undefined ? r : l, l === undefined ? "right" : "left", places.state(path));
    } else if (isObject(l) && isObject(r)) {
      put(depth, name + "{", name + "{", "same");
      for (const key of new Set([...Object.keys(l), ...Object.keys(r)])) value(depth + 1, `${key}: `, l[key], r[key], member(path, key));
      put(depth, "}", "}", "same");
    } else if (Array.isArray(l) && Array.isArray(r)) {
      put(depth, name + "[", name + "[", "same");
      for (const [i, j] of align(l, r)) value(depth + 1, "", l[i], r[j], `${path}[${i ?? j}]`);
      put(depth, "]", "]", "same");
    } else if (same(l, r)) {
      print(depth, name, l, "both", "same");
    } else if (typeof l !== "object" && typeof r !== "object" || l === null && typeof r !== "object" || r === null && typeof l !== "object") {
      put(depth, name + JSON.stringify(l), name + JSON.stringify(r), places.state(path));
    } else {
      print(depth, name, l, "left", places.state(path));
      print(depth, name, r, "right", places.state(path));
    }
  }
  value(0, "", left, right, "");
  return lines;
}

// align pairs the items of two lists: equal ones in order, and between them those
// of one rank.
function align(l, r) {
  const a = l.map((v) => JSON.stringify(v)), b = r.map((v) => JSON.stringify(v));
  if (a.length * b.length > 250000) return Array.from({ length: Math.max(l.length, r.length) }, (_, i) => [i < l.length ? i : undefined, i < r.length ? i : undefined]);
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) longest[i][j] = a[i] === b[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
  }
  const pairs = [];
  let onlyLeft = [], onlyRight = [];
  const flush = () => {
    // As many on both sides: they replace each other.
    const both = onlyLeft.length === onlyRight.length || a.length === b.length;
    if (both) for (let i = 0; i < Math.max(onlyLeft.length, onlyRight.length); i++) pairs.push([onlyLeft[i], onlyRight[i]]);
    else pairs.push(...onlyLeft.map((i) => [i, undefined]), ...onlyRight.map((j) => [undefined, j]));
    onlyLeft = []; onlyRight = [];
  };
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { flush(); pairs.push([i++, j++]); }
    else if (j >= b.length || i < a.length && longest[i + 1][j] >= longest[i][j + 1]) onlyLeft.push(i++);
    else onlyRight.push(j++);
  }
  flush();
  return pairs;
}

// marked is a text with the part that the other one has otherwise.
function marked(text, other) {
  if (text === null) return [];
  if (other === null || text === other) return [text];
  let start = 0, end = 0;
  const most = Math.min(text.length, other.length);
  while (start < most && text[start] === other[start]) start++;
  while (end < most - start && text[text.length - 1 - end] === other[other.length - 1 - end]) end++;
  const middle = text.slice(start, text.length - end);
  return [text.slice(0, start), middle && h("mark", null, middle), text.slice(text.length - end)];
}

const around = 3; // lines shown around what differs
const stateText = { differs: "differs: ", hidden: "taken for equal: " };

// besideView shows lines side by side; long runs of equal ones are folded.
function besideView(title, names, lines) {
  const body = h("div", { class: "lines", role: "table", "aria-label": `${title}: ${names[0]} beside ${names[1]}`, tabindex: "0" },
    h("div", { class: "line names", role: "row" }, names.map((name) => h("span", { role: "columnheader" }, name))));
  const near = new Uint8Array(lines.length);
  lines.forEach((line, i) => { if (line.state !== "same") near.fill(1, Math.max(0, i - around), i + around + 1); });
  for (let i = 0; i < lines.length;) {
    let end = i;
    while (end < lines.length && !near[end]) end++;
    if (end - i > 8 && lines.length > 30) { body.append(fold(lines.slice(i, end))); i = end; continue; }
    do body.append(drawLine(lines[i++])); while (i < end);
  }
  return body;
}

function drawLine(line) {
  const cell = (text, other) => {
    const element = h("span", { class: `cell ${text === null ? "nothing" : ""}`, role: "cell" }, stateText[line.state] && text !== null && h("span", { class: "sr" }, stateText[line.state]), line.state === "same" ? text : marked(text, other));
    element.style.setProperty("--depth", line.depth);
    return element;
  };
  return h("div", { class: `line ${line.state}`, role: "row" }, cell(line.left, line.right), cell(line.right, line.left));
}

function fold(lines) {
  const button = h("button", { type: "button", class: "fold", onclick: () => row.replaceWith(...lines.map(drawLine)) }, `${lines.length.toLocaleString("en")} equal lines`);
  const row = h("div", { class: "line", role: "row" }, h("span", { role: "cell", class: "wide-cell" }, button));
  return row;
}
