// overview fills the pane when no case is open: likely causes first.
function overview() {
  const pane = by("pane");
  pane.setAttribute("aria-label", "Overview");
  pane.replaceChildren(...[
    report.incomplete && h("p", { class: "alarm" }, h("b", null, "Incomplete. "), report.incomplete),
    causesPart(), bugsPart(), acceptedPart(), fieldsPart(), rulesPart(), indexesPart(), keptPart(),
  ].filter(Boolean));
  pane.scrollTop = 0;
}

const part = (title, ...content) => h("section", { class: "part" }, h("h2", null, title), ...content);

function causesPart() {
  if (index.groups.length === 0) {
    return part("Likely causes", h("p", { class: "calm" }, report.results === null && rows.length === 0 ? "No case was run." : "No case fails."));
  }
  return part("Likely causes", h("div", { class: "causes" }, index.groups.map(causeCard)));
}

function causeCard(group) {
  const cls = index.classNames.indexOf(group.class);
  const cases = group.class ? rows.filter((row) => row.verdict === group.verdict && row.classes.includes(cls)).length : group.cases;
  const show = () => narrow(group.class
    ? { verdicts: new Set([group.verdict]), class: String(cls) }
    : { verdicts: new Set([group.verdict]) });
  return h("article", { class: `cause ${group.verdict}` },
    h("div", { class: "head" }, h("h3", null, group.title), badge(group.verdict), h("button", { type: "button", onclick: show, "aria-label": `Show ${counted(cases, "case")} of ${group.title}` }, counted(cases, "case"))),
    group.why && h("p", null, group.why[0].toUpperCase() + group.why.slice(1) + "."),
    group.places && h("ul", { class: "places" }, group.places.slice(0, 5).map((p) => h("li", null, h("span", { class: "num" }, p.cases), h("span", null, p.title))),
      group.places.length > 5 && h("li", { class: "dim" }, `and ${counted(group.places.length - 5, "more place")}`)),
    group.advice && h("details", null, h("summary", null, "What to do"), h("pre", { tabindex: "0" }, group.advice.replace(/^ {4}/gm, ""))),
    h("button", { type: "button", class: "link", onclick: () => openByName(group.first) }, `Open ${group.first}`));
}

function bugsPart() {
  if (!report.bugs || report.bugs.length === 0) return null;
  return part("Bugs to be ported", table("Bugs to be ported", ["bug", "status", "#cases"], report.bugs.map((b) =>
    h("tr", null, h("td", null, h("code", null, b.id)), h("td", { class: b.status === "ported" ? "fine" : "wrong" }, b.status), h("td", { class: "num" }, (b.cases || []).length)))));
}

function acceptedPart() {
  if (!report.accepted || report.accepted.length === 0) return null;
  const heads = [...new Set(report.accepted.flatMap((a) => Object.keys(a)))];
  return part("Accepted differences", table("Accepted differences", heads, report.accepted.map((a) =>
    h("tr", null, heads.map((name) => h("td", null, a[name] === undefined ? "" : Array.isArray(a[name]) ? counted(a[name].length, name.replace(/s$/, "")) : String(a[name])))))));
}

function fieldsPart() {
  const verdicts = index.verdictNames.filter((v) => report.summary[v] > 0);
  return part("Fields", table("Fields", ["field", "#cases", ...verdicts.map((v) => "#" + v)], report.fields.map((f) =>
    h("tr", null, h("td", null, h("button", { type: "button", class: "link", onclick: () => narrow({ field: String(index.fieldNames.indexOf(f.coordinate)) }) }, f.coordinate)),
      h("td", { class: "num" }, f.cases), verdicts.map((v) => h("td", { class: `num ${f.verdicts[v] ? "verdict-" + v : "dim"}` }, f.verdicts[v] || "·"))))));
}

function rulesPart() {
  if (!report.normalizers || report.normalizers.length === 0) return null;
  return part("Rules", table("Rules and how many places each hid", ["rule", "use", "#places hidden"], report.normalizers.map((n) =>
    h("tr", null, h("td", null, h("code", null, n.rule)), h("td", null, n.use), h("td", { class: "num" }, n.hidden.toLocaleString("en"))))));
}

function indexesPart() {
  if (!report.indexes || report.indexes.length === 0) return null;
  return part("Composite indexes needed", h("pre", { tabindex: "0" }, report.indexes.map((i) => JSON.stringify(i)).join("\n")));
}

// keptPart says what of the cases is on the page.
function keptPart() {
  const without = rows.length - index.whole;
  const text = without === 0 ? `All ${counted(rows.length, "case")} are on this page with request, fixture and what both sides did.`
    : `Request, fixture and what both sides did are on this page for ${counted(index.whole, "case")} of ${rows.length.toLocaleString("en")}, failing ones first; of the others there is the result alone. The command under each case shows it again.`;
  return h("p", { class: "dim kept" }, text);
}
