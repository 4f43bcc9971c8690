/* Pagefind at its best: loaded when the box is focused, asked after the same pause as our own search, its results shown
   as each arrives, as many as its own interface shows. With `?explore` it does what Explore does. */
const PAUSE = 50;
const SHOWN = 5;
const typed = document.querySelector("[data-words]");
const told = document.querySelector("[data-told]");
const found = document.querySelector("[data-found]");
const facets = document.querySelector("[data-facets]");
let opened = null;
let waiting = 0;
let asked = 0;

const open = () => {
  opened ||= import("./pagefind/pagefind.js").then(async (pagefind) => {
    await pagefind.init();
    return pagefind;
  });
  return opened;
};

const clear = () => {
  found.replaceChildren();
  told.textContent = "";
};

const ask = async (words, filters = {}) => {
  const ticket = (asked += 1);
  const pagefind = await open();
  const answer = await pagefind.search(words, { filters });
  if (ticket !== asked) return null;
  clear();
  told.textContent = answer.results.length ? `${answer.results.length} found` : "Nothing found";
  for (const result of answer.results.slice(0, SHOWN)) {
    const item = document.createElement("li");
    found.append(item);
    result.data().then(({ url, meta, excerpt }) => {
      const link = document.createElement("a");
      link.href = url;
      link.textContent = meta.title;
      const line = document.createElement("p");
      line.innerHTML = excerpt;
      item.append(link, line);
    });
  }
  return answer;
};

typed.addEventListener("focus", open);
typed.addEventListener("input", () => {
  clearTimeout(waiting);
  asked += 1;
  if (typed.value.trim()) waiting = setTimeout(() => ask(typed.value), PAUSE);
  else clear();
});

/* --- what Explore does ------------------------------------------------------------------------------------- */
const chosen = () => {
  const filters = {};
  for (const { name, value } of facets.querySelectorAll("input:checked")) (filters[name] ||= []).push(value);
  return filters;
};

const narrow = async () => {
  const answer = await ask(null, chosen());
  for (const box of facets.querySelectorAll("input")) {
    box.nextSibling.textContent = ` ${box.value} ${answer.filters[box.name]?.[box.value] || 0}`;
  }
};

if (location.search === "?explore") {
  const pagefind = await open();
  for (const [name, values] of Object.entries(await pagefind.filters())) {
    const part = document.createElement("fieldset");
    part.dataset.facet = name;
    for (const value of Object.keys(values)) {
      const label = document.createElement("label");
      const box = document.createElement("input");
      Object.assign(box, { type: "checkbox", name, value });
      box.addEventListener("change", narrow);
      label.append(box, " ");
      part.append(label);
    }
    facets.append(part);
  }
  await narrow();
}
