/* What the pages do beyond what HTML does by itself. Everything here is a convenience: without it all pages work. */
(() => {
  "use strict";
  const toggle = document.getElementById("__search");
  const query = document.querySelector("[data-md-component=search-query]");

  const openSearch = (words) => {
    if (!toggle || !query) return;
    toggle.checked = true;
    toggle.dispatchEvent(new Event("change"));
    if (words) {
      query.value = words;
      query.dispatchEvent(new Event("input", { bubbles: true }));
      query.dispatchEvent(new Event("keyup", { bubbles: true }));
    }
    query.focus();
  };

  for (const button of document.querySelectorAll("[data-kb-open-search]")) {
    button.hidden = false;
    button.addEventListener("click", () => openSearch(""));
  }

  const form = document.querySelector("[data-kb-search]");
  if (form && toggle) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      openSearch(form.elements.q.value);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && toggle && toggle.checked) {
      toggle.checked = false;
      toggle.dispatchEvent(new Event("change"));
      const button = document.querySelector("[data-kb-open-search]");
      if (button) button.focus();
    }
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      openSearch("");
    }
  });

  /* On a wide screen the menu and the facts are always open; on a narrow one they fold. */
  const wide = window.matchMedia("(min-width: 60em)");
  const fit = () => {
    for (const one of document.querySelectorAll("[data-kb-menu]")) one.open = wide.matches;
    for (const one of document.querySelectorAll(".kb-facts > details, .kb-contents details")) one.open = wide.matches;
  };
  wide.addEventListener("change", fit);
  fit();

  window.addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = !one.matches("[data-kb-menu], .kb-bibtex");
  });
})();
