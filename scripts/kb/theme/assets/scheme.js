/* The reader's colours, before anything is painted: those chosen here, or else those of the reader's system. */
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
})();
