/* What the pages do beyond what HTML does by itself. Everything here is a convenience: without it all pages work. */
(() => {
  "use strict";
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => document.querySelectorAll(selector);

  /* --- search: this opens the dialog; what is typed there is for dialog.js, loaded when it is first used -------- */
  const here = document.currentScript.src;
  const sheet = one("[data-kb-sheet]");
  const typed = one("#kb-words");
  const slash = one("[data-kb-slash]");
  const keep = (name, value) => {
    try {
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch {
      /* then it holds for this page */
    }
  };
  const isKept = (name) => {
    try {
      return Boolean(localStorage.getItem(name));
    } catch {
      return false;
    }
  };

  const openSearch = async (event) => {
    event.preventDefault();
    if (!sheet.open) sheet.showModal();
    typed.focus();
    typed.select();
    try {
      await import(new URL("dialog.js", here));
    } catch {
      one("[data-kb-told]").textContent = sheet.dataset.failed;
      one("[data-kb-all]").hidden = false;
    }
  };

  for (const button of all("[data-kb-open-search]")) button.addEventListener("click", openSearch);
  one("[data-kb-close]").addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet) sheet.close();
  });

  /* "/" opens the search unless somebody types or has turned it off: people who speak to their computer would set off
     a key without Ctrl (WCAG 2.1.4). */
  slash.checked = !isKept("kb-no-slash");
  slash.addEventListener("change", () => keep("kb-no-slash", slash.checked ? "" : "yes"));
  document.addEventListener("keydown", (event) => {
    const chord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    const types = event.target.closest?.("input, textarea, select, [contenteditable]");
    const single = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && slash.checked && !types;
    if ((chord || single) && !event.defaultPrevented) openSearch(event);
  });

  /* --- pages with a script of their own: where it cannot be loaded, they say so ------------------------------ */
  for (const part of all("[data-kb-script]")) {
    import(new URL(part.dataset.kbScript, here)).catch(() => {
      const sorry = document.createElement("p");
      sorry.textContent = part.dataset.failed;
      part.replaceChildren(sorry);
      part.dataset.kbFailed = "";
      part.hidden = false;
    });
  }

  /* --- an entry that is overdue says so; the page itself does not change with the day it was built on ------------ */
  const today = new Date().toISOString().slice(0, 10);
  for (const one of all("[data-kb-due]")) one.hidden = one.dataset.kbDue >= today;

  /* --- colours ------------------------------------------------------------------------------------- */
  one("[data-kb-palette]")?.addEventListener("click", () => {
    const scheme = document.body.dataset.mdColorScheme === "slate" ? "default" : "slate";
    document.body.dataset.mdColorScheme = scheme;
    keep("kb-scheme", scheme);
  });

  /* --- on a wide screen and on paper the menu and the facts are open; on a narrow screen they fold --------- */
  const wide = window.matchMedia("(min-width: 60em), print"); // paper is narrow, and is so only after "beforeprint"
  const menu = one("[data-kb-menu]");
  const fit = () => {
    if (menu) menu.open = wide.matches;
    for (const part of all(".kb-facts > details, .kb-contents details")) part.open = wide.matches;
  };
  wide.addEventListener("change", fit);
  fit();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu?.open && !wide.matches && menu.contains(document.activeElement)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...all(".kb-page details:not([open], .kb-bibtex)")];
    for (const part of folded) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
  });
})();
