let shown = null; // the row whose case is open
let showHidden = false;

const openByName = (name) => { const row = byName.get(name); if (row) { narrowTo(row); open(row); } };

// narrowTo makes sure that the list holds a case.
function narrowTo(row) {
  if (!found.includes(row)) narrow({});
  choose(found.indexOf(row));
}

// open shows a case in the pane.
async function open(row, focus) {
  shown = row;
  const kept = await whole(row);
  if (shown !== row) return; // another one was chosen meanwhile
  document.body.classList.add("reading");
  setHash(`case=${encodeURIComponent(row.name)}`);
  const pane = by("pane");
  pane.setAttribute("aria-label", `Case ${row.name}`);
  pane.replaceChildren(...caseView(row, kept ? kept.result : null, kept ? kept.detail : null));
  pane.scrollTop = 0;
  if (focus) pane.focus();
}

function closeCase() {
  shown = null;
  document.body.classList.remove("reading");
  setHash("");
  overview();
}

// setHash notes in the address what is shown, where an address can be changed.
function setHash(hash) {
  try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); } catch { /* a page without an address */ }
}

function caseView(row, result, detail) {
  return [
    h("div", { class: "case-head" },
      h("button", { type: "button", class: "back", onclick: () => { closeCase(); by("viewport").focus(); } }, "← Overview"),
      h("h2", null, row.name), badge(row.verdict),
      h("p", { class: "dim" }, row.fields.map((f) => index.fieldNames[f]).join(", "), result && ` · legacy ${result.milliseconds.legacy.toFixed(1)} ms, candidate ${result.milliseconds.candidate.toFixed(1)} ms`, detail && detail.recorded && ` · recorded ${detail.recorded}`),
      detail && detail.description && h("p", null, detail.description)),
    result && result.message && h("pre", { class: "message", tabindex: "0" }, result.message),
    result && command(result.reproduce),
    result && differencesPart(result),
    ...(detail ? detailParts(result, detail) : [h("p", { class: "dim kept" }, "What the sides did is not on this page for this case. The command shows it again: replay run --case " + row.name)]),
  ].filter(Boolean);
}

function differencesPart(result) {
  if (result.differences.length === 0) return null;
  const names = result.differences[0].between || ["legacy", "candidate"];
  return part(counted(result.differences.length + (result.omitted || 0), "difference"),
    table("Differences", ["place", "kind", ...names, "likely cause"], result.differences.map((d) => h("tr", null,
      h("td", { "data-head": "place" }, h("span", { class: "dim" }, d.store || d.channel, " "), h("code", null, d.path), d.message && h("p", { class: "dim" }, d.message)),
      h("td", { "data-head": "kind" }, d.kind),
      h("td", { class: "after", "data-head": names[0] }, h("code", null, d.legacy)), h("td", { class: "after", "data-head": names[1] }, h("code", null, d.candidate)),
      h("td", { "data-head": "cause" }, d.class || "", d.ledger && h("span", { class: "tag" }, d.ledger)))), { class: "differences" }),
    result.omitted > 0 && h("p", { class: "dim" }, `${result.omitted} more are not listed.`));
}

function detailParts(result, detail) {
  const hidden = detail.hidden || [], sides = detail.sides || [];
  const placesOf = (channel, store) => new Places(
    result.differences.filter((d) => d.channel === channel && (!store || d.store === store)).map((d) => d.path.replace(/^\//, "")),
    hidden, result.omitted > 0);
  const parts = [];
  if (hidden.length > 0) parts.push(hiddenPart(hidden, sides.length === 2 ? sides.map((s) => s.name) : ["left", "right"]));
  if (sides.length === 2) {
    const names = sides.map((s) => s.name);
    parts.push(part("Response", besideView("Response", names, beside(sides[0].response, sides[1].response, placesOf("response")))));
    parts.push(part("Stored", ...storedView(sides, (store) => placesOf("effects", store))));
    const http = sides.map((s) => ({ status: s.status, headers: s.headers }));
    parts.push(part("HTTP", besideView("HTTP", names, beside(http[0], http[1], placesOf("http")))));
    if (sides.some((s) => s.calls)) parts.push(part("Calls", besideView("Calls", names, beside(callsOf(sides[0]), callsOf(sides[1]), placesOf("calls"))),
      h("p", { class: "dim kept" }, "Calls that change something are compared. Reads must be answerable from the recording, but need not match.")));
  }
  if (result.uncovered.length > 0) {
    parts.push(part("Read outside the recording", h("ul", null, result.uncovered.map((u) => h("li", null, `${u.by} read `, h("code", null, u.read), ` of ${u.store}`)))));
  }
  parts.push(requestPart(detail.request));
  if (detail.fixture) parts.push(part("Fixture", ...fixtureView(detail.fixture)));
  return [h("div", { id: "case", class: showHidden ? "show-hidden" : "" }, parts)];
}

// callsOf groups calls by upstream, as paths of differences have them.
function callsOf(side) {
  const calls = {};
  for (const { upstream, ...call } of side.calls || []) (calls[upstream] ||= []).push(call);
  return calls;
}

// hiddenPart offers to show what rules made equal.
function hiddenPart(hidden, names) {
  const box = h("input", { type: "checkbox", id: "show-hidden", onchange: () => { showHidden = box.checked; by("case").classList.toggle("show-hidden", showHidden); } });
  box.checked = showHidden;
  return h("section", { class: "part hiding" },
    h("label", null, box, ` Show what rules hid (${counted(hidden.length, "place")})`),
    h("div", { class: "hidden-places" }, table("What rules hid", ["place", ...names, "rule"], hidden.map((p) => h("tr", null,
      h("td", null, h("code", null, hiddenPath(p.path))), h("td", { class: "after" }, h("code", null, p.left || "—")), h("td", { class: "after" }, h("code", null, p.right || "—")),
      h("td", null, `${p.use} (${p.rule})`, h("p", { class: "dim" }, p.reason)))))));
}

// hiddenPath writes a path as differences do: the channel or store, then the steps.
function hiddenPath([channel, ...steps]) {
  const where = channel === "effects" && steps.length > 1 ? steps.shift() : channel;
  return where + " " + steps.reduce((path, step) => step.startsWith("[") ? path + step : path === "" ? step : `${path}.${step}`, "");
}

function requestPart(request) {
  const button = h("button", { type: "button", class: "copy", onclick: () => copy(JSON.stringify({ query: request.document, operationName: request.name, variables: request.variables }, null, 2), button) }, "Copy as JSON");
  return part("Request",
    h("pre", { class: "document", tabindex: "0", "aria-label": "Document" }, request.document.trim()),
    request.variables !== undefined && h("pre", { class: "document", tabindex: "0", "aria-label": "Variables" }, JSON.stringify(request.variables, null, 2)),
    request.headers && h("p", null, Object.entries(request.headers).map(([name, value]) => h("code", { class: "header" }, `${name}: ${value}`))),
    button);
}
