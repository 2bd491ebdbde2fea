// h makes an element. Strings become text, never markup: cases hold what anybody
// sent.
function h(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "onclick" || name === "onchange") e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false));
  return e;
}

const by = (id) => document.getElementById(id);

const counted = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;

const sign = { equivalent: "=", accepted: "≈", divergent: "≠", unstable: "~", unfaithful: "⟲", errored: "!" };

// badge names a verdict by sign, word and colour.
const badge = (verdict) => h("span", { class: `badge ${verdict}` }, h("span", { "aria-hidden": "true" }, sign[verdict]), ` ${verdict}`);

// table makes a table with a caption for those who cannot see where it stands.
function table(caption, heads, rows, attributes) {
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    h("table", attributes,
      h("caption", { class: "sr" }, caption),
      h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col", class: head.startsWith("#") ? "num" : null }, head.replace("#", ""))))),
      h("tbody", null, rows)));
}

// copy puts a text on the clipboard and says so on the button.
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { "aria-hidden": "true", class: "sr" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const was = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = was; }, 1200);
}

// command is a command line that can be copied.
function command(text) {
  const button = h("button", { type: "button", class: "copy", onclick: () => copy(text, button) }, "Copy");
  return h("div", { class: "command" }, h("code", null, text), button);
}
