(() => {
  const search = document.getElementById("search"), gaps = document.getElementById("gaps");
  const fields = [...document.querySelectorAll("details")];
  const apply = () => {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    for (const field of fields) {
      const named = field.dataset.field.toLowerCase().includes(wanted);
      let rows = 0;
      for (const row of field.querySelectorAll("tbody tr")) {
        row.hidden = !(named || row.dataset.path.toLowerCase().includes(wanted)) || gaps.checked && "whole" in row.dataset;
        if (!row.hidden) rows++;
      }
      field.hidden = rows === 0;
      if (!field.hidden) shown++;
      if (wanted && !named) field.open = rows > 0;
    }
    document.getElementById("none").hidden = shown > 0;
  };
  search.addEventListener("input", apply);
  gaps.addEventListener("change", apply);
  document.addEventListener("keydown", (e) => {
    if (e.key === "/" && document.activeElement !== search) { e.preventDefault(); search.focus(); }
    if (e.key === "Escape" && document.activeElement === search) { search.value = ""; apply(); search.blur(); }
  });
})();
