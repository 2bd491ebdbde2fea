const index = JSON.parse(by("index").textContent);
const report = index.report;

// rows are all cases, worst first. text is what a search looks into.
const rows = index.rows.map(([name, verdict, fields, channels, classes, title, ms, chunk], at) => ({
  at, name, title, ms, chunk, fields, channels, classes, verdict: index.verdictNames[verdict],
  text: [name, title, ...fields.map((f) => index.fieldNames[f]), ...classes.map((c) => index.classNames[c])].join("\n").toLowerCase(),
}));
const byName = new Map(rows.map((row) => [row.name, row]));

// filter is what is asked for; an empty set or text asks for nothing in particular.
const filter = { verdicts: new Set(), field: "", class: "", channel: "", text: "" };
const isFiltered = () => filter.verdicts.size > 0 || filter.field !== "" || filter.class !== "" || filter.channel !== "" || filter.text !== "";

// select applies the filter. It also counts verdicts as if none were chosen, for
// the buttons that choose them.
function select() {
  const field = filter.field === "" ? -1 : Number(filter.field);
  const cls = filter.class === "" ? -1 : Number(filter.class);
  const channel = filter.channel === "" ? -1 : Number(filter.channel);
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [], counts = {};
  for (const row of rows) {
    if (field >= 0 && !row.fields.includes(field)) continue;
    if (cls >= 0 && !row.classes.includes(cls)) continue;
    if (channel >= 0 && !row.channels.includes(channel)) continue;
    if (!words.every((word) => row.text.includes(word))) continue;
    counts[row.verdict] = (counts[row.verdict] || 0) + 1;
    if (filter.verdicts.size === 0 || filter.verdicts.has(row.verdict)) found.push(row);
  }
  return { found, counts };
}

const chunks = new Map();

// whole unpacks what the page knows of a case: {result, detail}; null if there is
// no more than the row.
async function whole(row) {
  if (row.chunk < 0) return null;
  if (!chunks.has(row.chunk)) chunks.set(row.chunk, unpack(by(`chunk${row.chunk}`).textContent));
  const cases = await chunks.get(row.chunk);
  return cases.find((c) => c.result.case === row.name) || null;
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
