"use strict";
// The colours follow the system until somebody says otherwise; where the page may
// keep nothing (a file opened from disk, say), the choice holds while it is open.
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const keep = (theme) => { try { localStorage.setItem("replay-theme", theme); } catch { /* not allowed here */ } };
  const kept = () => { try { return localStorage.getItem("replay-theme"); } catch { return null; } };
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { if (button) button.setAttribute("aria-label", dark() ? "Switch to light colours" : "Switch to dark colours"); };
  if (kept()) root.dataset.theme = kept();
  if (button) button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    keep(root.dataset.theme);
    label();
  });
  label();
})();
