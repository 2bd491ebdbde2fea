const rowHeight = 54;
let found = [], current = -1; // what is listed, and which of it is chosen

// draw makes the elements of the rows that can be seen.
function draw() {
  const viewport = by("viewport"), space = by("space");
  const from = Math.max(0, Math.floor(viewport.scrollTop / rowHeight) - 4);
  const to = Math.min(found.length, Math.ceil((viewport.scrollTop + viewport.clientHeight) / rowHeight) + 4);
  space.style.height = `${found.length * rowHeight}px`;
  space.replaceChildren(...found.slice(from, to).map((row, i) => drawRow(row, from + i)));
  const chosen = current >= from && current < to ? `row${current}` : null;
  if (chosen) viewport.setAttribute("aria-activedescendant", chosen);
  else viewport.removeAttribute("aria-activedescendant");
}

function drawRow(row, i) {
  const element = h("div", {
    class: `row ${row.verdict}`, role: "option", id: `row${i}`, "aria-selected": String(i === current), "aria-setsize": found.length, "aria-posinset": i + 1,
    "aria-label": `${row.name}, ${row.verdict}${row.title ? ", " + row.title : ""}`, onclick: () => { choose(i); open(row); },
  },
  h("span", { class: `sign ${row.verdict}`, title: row.verdict }, sign[row.verdict]),
  h("code", { class: "name", title: row.name }, row.name),
  h("span", { class: "dim why" }, row.title || row.fields.map((f) => index.fieldNames[f]).join(", ")),
  h("span", { class: "dim num" }, `${row.ms.toFixed(1)} ms`));
  element.style.top = `${i * rowHeight}px`;
  return element;
}

// choose moves the choice, and the list so that it can be seen.
function choose(i) {
  if (found.length === 0) return;
  current = Math.max(0, Math.min(found.length - 1, i));
  const viewport = by("viewport"), top = current * rowHeight;
  if (top < viewport.scrollTop) viewport.scrollTop = top;
  else if (top + rowHeight > viewport.scrollTop + viewport.clientHeight) viewport.scrollTop = top + rowHeight - viewport.clientHeight;
  draw();
}

// refresh lists what the filter asks for.
function refresh() {
  const chosen = found[current];
  const selected = select();
  found = selected.found;
  current = chosen ? found.indexOf(chosen) : -1;
  by("count").textContent = found.length === rows.length ? counted(rows.length, "case") : `${found.length.toLocaleString("en")} of ${counted(rows.length, "case")}`;
  by("clear").hidden = !isFiltered();
  for (const button of by("verdicts").children) {
    const verdict = button.dataset.verdict;
    button.setAttribute("aria-pressed", String(filter.verdicts.has(verdict)));
    button.querySelector("b").textContent = (selected.counts[verdict] || 0).toLocaleString("en");
  }
  by("viewport").scrollTop = current > 0 ? current * rowHeight : 0;
  draw();
}

// narrow sets filters from elsewhere on the page, the others off.
function narrow(wanted) {
  Object.assign(filter, { verdicts: new Set(), field: "", class: "", channel: "", text: "" }, wanted);
  for (const name of ["field", "class", "channel"]) by(name).value = filter[name];
  by("search").value = filter.text;
  refresh();
  document.body.classList.remove("reading");
}

function setUpFilters() {
  by("verdicts").append(...index.verdictNames.filter((v) => report.summary[v] > 0).reverse().map((v) =>
    h("button", { type: "button", class: `verdict ${v}`, "data-verdict": v, "aria-pressed": "false", onclick: () => {
      if (!filter.verdicts.delete(v)) filter.verdicts.add(v);
      refresh();
    } }, h("span", { "aria-hidden": "true" }, sign[v]), ` ${v} `, h("b", null, "0"))));
  const options = (id, all, names) => {
    by(id).append(h("option", { value: "" }, all), ...names.map(([name, value]) => h("option", { value }, name)));
    by(id).addEventListener("change", () => { filter[id] = by(id).value; refresh(); });
  };
  const named = (names) => names.map((name, i) => [name, String(i)]);
  options("field", "All fields", named(index.fieldNames).sort((a, b) => a[0] < b[0] ? -1 : 1));
  options("class", "All causes", named(index.classNames).sort((a, b) => a[0] < b[0] ? -1 : 1));
  options("channel", "All channels", named(index.channelNames));
  by("search").addEventListener("input", () => { filter.text = by("search").value; refresh(); });
  by("clear").addEventListener("click", () => { narrow({}); by("viewport").focus(); });
  by("viewport").addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  addEventListener("resize", draw);
}
