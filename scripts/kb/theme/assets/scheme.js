/* What must be so before anything is painted: the reader's colours, chosen here or else those of the reader's system, and
   what is folded on a narrow screen. */
(() => {
  "use strict";
  let chosen = null;
  try {
    chosen = localStorage.getItem("kb-scheme");
  } catch {
    /* a browser that keeps nothing */
  }
  const dark = chosen ? chosen === "slate" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.dataset.mdColorScheme = dark ? "slate" : "default";
  document.documentElement.classList.replace("no-js", "js");

  /* Facts and contents arrive open, for pages without scripts. kb.js folds them too, but it may come when they were
     painted, and then all that is below them would move. */
  if (window.matchMedia("(min-width: 60em), print").matches) return;
  const watching = new MutationObserver(() => {
    for (const part of document.querySelectorAll(".kb-facts > details, .kb-contents details")) part.open = false;
  });
  watching.observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => watching.disconnect());
})();
