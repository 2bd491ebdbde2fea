// storedView shows what both sides changed in the stores: entity by entity, each
// property before, and after on either side.
function storedView(sides, places) {
  const entities = new Map(); // by store and key
  sides.forEach((side, n) => (side.effects || []).forEach((effect) => {
    const id = effect.store + "\n" + effect.key;
    if (!entities.has(id)) entities.set(id, { store: effect.store, key: effect.key, by: [] });
    const entity = entities.get(id);
    entity.by[n] = entity.by[n] ? merge(entity.by[n], effect) : effect;
  }));
  if (entities.size === 0) return [h("p", { class: "dim" }, "Neither side changed anything that is stored.")];
  return [...entities.values()].sort((a, b) => a.store < b.store ? -1 : a.store > b.store ? 1 : 0).map((entity) => entityView(entity, sides, places));
}

// merge puts several effects on rows without a key into one.
function merge(a, b) {
  const set = { ...a.set };
  let n = 2;
  for (const [name, change] of Object.entries(b.set || {})) {
    while (`${name} (${n})` in set) n++;
    set[name in set ? `${name} (${n})` : name] = change;
  }
  return { ...a, set };
}

function entityView(entity, sides, places) {
  const [l, r] = [entity.by[0], entity.by[1]];
  const ops = sides.map((side, n) => `${side.name}: ${entity.by[n] ? entity.by[n].op : "unchanged"}`);
  const state = (l && l.op) !== (r && r.op) ? places(entity.store).state(entity.key) : "same";
  const names = [...new Set([l, r].flatMap((e) => Object.keys(e && e.set || {})))].sort();
  const caption = `${entity.store}: ${entity.key}`;
  return h("div", { class: "entity" },
    h("div", { class: `entity-head ${state}` }, h("span", { class: "dim" }, entity.store), h("code", null, entity.key),
      l && r && l.op === r.op ? h("span", { class: "op" }, l.op) : h("span", { class: `op ${state}` }, ops.join(" · "))),
    names.length > 0 && table(caption, ["property", "before", ...sides.map((s) => s.name)], names.map((name) => propertyRow(entity, name, [l, r], places))));
}

function propertyRow(entity, name, effects, places) {
  const changes = effects.map((e) => e && e.set && e.set[name]);
  const before = changes.map((c) => c && c.from).find((v) => v !== undefined);
  const after = changes.map((c, n) => {
    if (c) return c.to;
    return effects[n] === undefined || effects[n].op !== "update" ? undefined : before;
  });
  const flags = effects.map((e) => Boolean(e && (e.unindexed || []).some((p) => p === name || p.startsWith(name + ".") || p.startsWith(name + "["))));
  const kept = changes.map((c, n) => !c && effects[n] !== undefined && effects[n].op === "update");
  const unlike = after[0] !== after[1] || Boolean(changes[0]) !== Boolean(changes[1]) || flags[0] !== flags[1];
  const state = unlike ? places(entity.store).state(member(entity.key, name)) : "same";
  return h("tr", { class: state }, h("th", { scope: "row" }, h("code", null, name)), h("td", null, h("code", { class: "dim" }, before === undefined ? "—" : before)),
    after.map((text, n) => h("td", { class: "after" },
      state !== "same" && h("span", { class: "sr" }, stateText[state]),
      h("code", null, text === undefined ? h("span", { class: "dim" }, "—") : state === "same" ? text : marked(text, after[1 - n] === undefined ? null : after[1 - n])),
      kept[n] && h("span", { class: "tag" }, "unchanged"), flags[n] && changes[n] && h("span", { class: "tag" }, "unindexed"))));
}

// fixtureView shows what is stored before the request, and what must not be.
function fixtureView(fixture) {
  return fixture.map((state) => h("div", null,
    h("h3", null, state.store),
    (state.entities || []).map((e) => h("details", { class: "seeded" },
      h("summary", null, h("code", null, e.key)),
      table(e.key, ["property", "value"], Object.keys(e.properties || {}).sort().map((name) =>
        h("tr", null, h("th", { scope: "row" }, h("code", null, name)), h("td", null, h("code", null, e.properties[name]), (e.unindexed || []).includes(name) && h("span", { class: "tag" }, "unindexed"))))))),
    state.more && h("p", { class: "dim" }, `and ${state.more.toLocaleString("en")} more`),
    (state.absent || []).map((key) => h("p", { class: "seeded absent" }, h("code", null, key), h("span", { class: "tag" }, "absent")))));
}
