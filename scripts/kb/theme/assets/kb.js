/* What the pages do beyond what HTML does by itself. Everything here is a convenience: without it all pages work. */
(() => {
  "use strict";
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => document.querySelectorAll(selector);

  /* --- search: Material's index and worker, loaded when they are first asked ------------------------ */
  const AT_ONCE = 20;
  const sheet = one("[data-kb-sheet]");
  const words = one("#kb-words");
  const told = one("[data-kb-told]");
  const found = one("[data-kb-found]");
  const more = one("[data-kb-more]");
  const material = JSON.parse(one("#__config").textContent);
  const base = new URL(`${material.base}/`, document.baseURI);
  const titles = new Map();
  let worker = null;
  let waiting = 0;
  let asked = "";
  let rest = [];
  let go = false;

  const load = async () => {
    const answer = await fetch(new URL("search/search_index.json", base));
    if (!answer.ok) throw new Error(answer.statusText);
    const { config, docs } = await answer.json();
    for (const { location, title } of docs) titles.set(location, title);
    const made = new Worker(new URL(material.search, document.baseURI));
    await new Promise((ready, failed) => {
      made.onmessage = ready;
      made.onerror = failed;
      made.postMessage({ type: 0, data: { config, docs, options: {} } });
    });
    made.onmessage = ({ data }) => show(data.data.items);
    return made;
  };

  const ask = async () => {
    asked = words.value.trim();
    if (!asked) {
      found.replaceChildren();
      more.hidden = true;
      told.textContent = sheet.dataset.hint;
      return;
    }
    if (!worker) {
      told.textContent = sheet.dataset.loading;
      worker = load();
    }
    try {
      (await worker).postMessage({ type: 2, data: asked });
    } catch {
      worker = null;
      told.textContent = sheet.dataset.failed;
    }
  };

  const show = (items) => {
    if (!asked) return;
    const many = items.length === 1 ? sheet.dataset.one : sheet.dataset.many.replace("#", items.length);
    told.textContent = items.length ? many : sheet.dataset.none;
    found.replaceChildren();
    rest = items;
    showMore();
    if (go) goToFirst();
  };

  const goToFirst = () => {
    go = false;
    found.querySelector("a")?.click();
  };

  const showMore = () => {
    found.append(...rest.splice(0, AT_ONCE).map(entry));
    more.hidden = !rest.length;
  };

  /* A page that was found: the list it stands in, its title, and the words around. Nothing but text and <mark> passes. */
  const entry = (hits) => {
    const page = hits.find((hit) => !hit.location.includes("#")) || hits[0];
    const lead = hits.find((hit) => hit.location.endsWith("#title"));
    const best = hits.find((hit) => hit.score && hit.text && hit !== page && hit !== lead);
    const shown = (page.title.includes("<mark>") && lead) || best || lead || page;
    const item = document.createElement("li");
    const list = page.location.replace(/[^/]*\/$/, "");
    if (list && titles.has(list)) {
      const kind = document.createElement("span");
      kind.textContent = titles.get(list);
      item.append(kind);
    }
    const link = document.createElement("a");
    link.href = new URL(page.location, base);
    link.append(...marked(page.title));
    const around = document.createElement("p");
    around.append(...marked(shown.text));
    item.append(link, around);
    return item;
  };

  const marked = (html) => {
    const body = new DOMParser().parseFromString(html.replace(/<\/(p|li)>/g, " "), "text/html").body;
    const walk = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    const nodes = [];
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
      if (!text.parentElement.closest("mark")) {
        nodes.push(text.data);
        continue;
      }
      const mark = document.createElement("mark");
      mark.textContent = text.data;
      nodes.push(mark);
    }
    return nodes;
  };

  const openSearch = (query) => {
    if (!sheet) return;
    if (query) words.value = query;
    if (!sheet.open) sheet.showModal();
    words.focus();
    words.select();
    ask();
  };

  if (sheet) {
    words.addEventListener("input", () => {
      go = false;
      clearTimeout(waiting);
      waiting = setTimeout(ask, 120);
    });
    one("[data-kb-sheet-form]").addEventListener("submit", (event) => {
      event.preventDefault();
      if (asked === words.value.trim() && found.children.length) {
        goToFirst();
      } else if (words.value.trim()) {
        go = true;
        ask();
      }
    });
    one("[data-kb-close]").addEventListener("click", () => sheet.close());
    more.addEventListener("click", () => {
      const next = found.children.length;
      showMore();
      found.children[next].querySelector("a").focus();
    });
    sheet.addEventListener("click", (event) => {
      if (event.target === sheet || event.target.closest("a")) sheet.close();
    });
    sheet.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const stops = [words, ...found.querySelectorAll("a")];
      stops[Math.min(Math.max(stops.indexOf(document.activeElement) + step, 0), stops.length - 1)].focus();
      event.preventDefault();
    });
    sheet.addEventListener("close", () => {
      if (document.activeElement === document.body) one("[data-kb-open-search]").focus();
    });
    for (const button of all("[data-kb-open-search]")) button.addEventListener("click", () => openSearch(""));
    one("[data-kb-search]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      openSearch(event.target.elements.q.value);
    });
    const query = new URLSearchParams(location.search).get("q");
    if (query) openSearch(query);
  }

  /* No key without Ctrl is taken: people who speak to their computer would set it off (WCAG 2.1.4). */
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      openSearch("");
    }
  });

  /* --- colours ------------------------------------------------------------------------------------- */
  one("[data-kb-palette]")?.addEventListener("click", () => {
    const scheme = document.body.dataset.mdColorScheme === "slate" ? "default" : "slate";
    document.body.dataset.mdColorScheme = scheme;
    try {
      localStorage.setItem("kb-scheme", scheme);
    } catch {
      /* then it holds for this page */
    }
  });

  /* --- on a wide screen the menu and the facts are open; on a narrow one they fold ----------------------- */
  const wide = window.matchMedia("(min-width: 60em)");
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
