function step(by_) {
  choose(current < 0 ? 0 : current + by_);
  if (shown && found[current]) open(found[current]);
}

// back undoes one thing: the search, the open case, the filters.
function back() {
  if (document.activeElement === by("search") && by("search").value === "") by("viewport").focus();
  else if (document.activeElement === by("search")) { by("search").value = ""; filter.text = ""; refresh(); }
  else if (shown) { closeCase(); by("viewport").focus(); }
  else if (isFiltered()) narrow({});
}

const actions = {
  "j": () => step(1), "ArrowDown": () => step(1),
  "k": () => step(-1), "ArrowUp": () => step(-1),
  "Enter": () => { if (found[current]) open(found[current], true); },
  "/": () => by("search").select(),
  "Escape": back,
  "?": () => by("help").showModal(),
  "h": () => { const box = by("show-hidden"); if (box) box.click(); },
  "c": () => { const button = document.querySelector(".command .copy"); if (button) button.click(); },
  "Home": () => choose(0), "End": () => choose(found.length - 1),
};

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || by("help").open) return;
  const typing = e.target.matches("input[type=search], select, textarea");
  const inList = e.target === by("viewport") || e.target === document.body;
  if (typing && e.key !== "Escape" && !(e.target === by("search") && ["ArrowDown", "Enter"].includes(e.key))) return;
  if (["Enter", "ArrowDown", "ArrowUp", "Home", "End"].includes(e.key) && !inList && !typing) return;
  const action = actions[e.key];
  if (!action) return;
  e.preventDefault();
  if (typing && e.key !== "Escape") by("viewport").focus();
  action();
});

by("help-close").addEventListener("click", () => by("help").close());
by("help-button").addEventListener("click", () => by("help").showModal());

by("headline").textContent = index.headline.replace(/^replay: /, "").replace(/^./, (c) => c.toUpperCase());
by("headline").className = index.fails || report.incomplete ? "failed" : "passed";
by("about").textContent = `${report.config} · ${new Date(report.started).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" })} UTC · ${report.seconds.toFixed(1)} s · ${report.tool}`;
setUpFilters();
refresh();
overview();
const asked = new URLSearchParams(location.hash.slice(1)).get("case");
if (asked) openByName(asked);
