/* Explore: search and facets together. The address is the state; the page follows it. */
import { Facets } from "./facets.js";
import { open } from "./find.js";
import { element, number, result, suggestion } from "./results.js";

const AT_ONCE = 20; /* results shown at first, and more at each request */
const PORTIONS = [0, 7, 14]; /* where the first results are parted: a slow telephone takes long over twenty at once */
const VALUES = 8; /* values of a facet shown at first */
const OPEN = 3; /* facets that are open at first, where there is room */
const PAUSE = 200; /* milliseconds without a key before the results follow */

const one = (selector) => document.querySelector(selector);
const page = one("[data-kb-explore]");
const words = page.dataset;
const form = one("[data-kb-explore-form]");
const typed = one("#kb-query");
const told = page.querySelector("[data-kb-told]");
const meant = page.querySelector("[data-kb-meant]");
const chips = one("[data-kb-chips]");
const filters = one("[data-kb-filters]");
const panel = one("[data-kb-facets]");
const sort = one("[data-kb-sort]");
const list = one("[data-kb-results]");
const more = page.querySelector("[data-kb-more]");
const every = one("[data-kb-every]");
const kind = JSON.parse(words.kind);
const name = document.title;
const wide = window.matchMedia("(min-width: 60em)");
let finder = null;
let facets = null;
const boxes = new Map();
let counted = null; /* what was chosen and counted last */
let ticket = 0;

/* --- the state, as the address has it ---------------------------------------------------------------- */
const read = () => {
  const asked = new URLSearchParams(location.search);
  const chosen = new Map();
  for (const { name: facet, values } of facets.all) {
    const ids = new Set(asked.getAll(facet).filter((id) => values.some((value) => value.id === id)));
    if (ids.size) chosen.set(facet, ids);
  }
  const query = (asked.get("q") || "").slice(0, 300);
  return {
    query,
    chosen,
    sort: ["newest", "title"].includes(asked.get("sort")) ? asked.get("sort") : query.trim() ? "relevance" : "newest",
    shown: Math.min(Math.max(Number.parseInt(asked.get("shown"), 10) || AT_ONCE, AT_ONCE), 10 * AT_ONCE),
  };
};

const address = ({ query, chosen, sort: order, shown }) => {
  const said = new URLSearchParams();
  if (query.trim()) said.set("q", query.trim());
  for (const [facet, ids] of chosen) for (const id of ids) said.append(facet, id);
  if (order !== (query.trim() ? "relevance" : "newest")) said.set("sort", order);
  if (shown > AT_ONCE) said.set("shown", shown);
  return said.size ? `?${said}` : location.pathname;
};

/* Goes to another state: a step that Back undoes, or, while somebody types, the same step. */
const go = (change, { replace = false } = {}) => {
  const state = { ...read(), shown: AT_ONCE, ...change };
  if (!state.query.trim() && state.sort === "relevance") state.sort = "newest";
  history[replace ? "replaceState" : "pushState"](null, "", address(state));
  return follow();
};

const toggled = (facet, id) => {
  const { chosen } = read();
  const ids = new Set(chosen.get(facet));
  if (!ids.delete(id)) ids.add(id);
  return chosen.set(facet, ids);
};

/* --- from the state to the page ----------------------------------------------------------------------- */
const follow = async () => {
  const mine = (ticket += 1);
  const state = read();
  list.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => mine === ticket && (told.textContent = words.loading), 400);
  try {
    const answer = state.query.trim() ? await finder.search(state.query) : null;
    const { entries, counts } = facets.choose(state.chosen, answer?.entries);
    if (mine !== ticket) return;
    const ordered = inOrder(entries, state.sort, answer);
    clearTimeout(slow);
    show(state, answer, counts, ordered);
    const portions = list.children.length ? [0] : PORTIONS;
    for (const [place, from] of portions.entries()) {
      if (place) await new Promise((done) => setTimeout(done));
      const shown = await finder.shown(ordered.slice(from, portions[place + 1] ?? state.shown));
      if (mine !== ticket) return;
      showResults(answer, shown, from);
    }
    more.hidden = list.children.length >= ordered.length || state.shown >= 10 * AT_ONCE;
  } catch (error) {
    if (mine === ticket) fail(error);
  } finally {
    clearTimeout(slow);
    if (mine === ticket) list.setAttribute("aria-busy", "false");
  }
};

const inOrder = (entries, order, answer) => {
  if (order === "title") return entries;
  if (order === "newest" || !answer) return facets.newest(entries);
  const has = new Set(entries);
  return answer.entries.filter((entry) => has.has(entry));
};

/* All that is known before the results are fetched. */
const show = (state, answer, counts, ordered) => {
  sort.value = state.sort;
  sort.options[0].disabled = !answer;
  const query = answer?.meant || state.query.trim();
  tell(ordered.length, query);
  meant.replaceChildren();
  if (answer?.meant) meant.append(...suggestion(words.meant, answer.meant, take));
  else if (answer?.unknown.length && ordered.length) meant.append(words.unknown.replace("#", answer.unknown.join(", ")));
  document.title = [...(query ? [`“${query}”`] : []), ...labels(state.chosen), name].join(" – ");
  showChips(state.chosen);
  counted = { chosen: state.chosen, counts };
  for (const part of panel.children) showFacet(part);
};

const take = (query) => {
  typed.value = query;
  go({ query });
};

const showResults = (answer, shown, from) => {
  const made = shown.map((entry) => result(entry, kind, answer?.mark, answer ? words.elsewhere : "", "h3"));
  if (from) list.append(...made);
  else list.replaceChildren(...made);
};

const tell = (count, query) => {
  const text = query ? (count === 1 ? words.oneFor : words.manyFor) : count === 1 ? words.one : words.many;
  told.textContent = count ? text.replace("#", number(count)).replace("@", query) : words.none;
};

const labels = (chosen) => [...chosen].map(([facet, ids]) => [...ids].map((id) => facets.words(facet, id)).join(", "));

const fail = (error) => {
  console.info(error);
  page.dataset.kbFailed = "";
  page.hidden = false;
  told.textContent = words.failed;
  for (const part of [form, chips, filters.parentElement, sort.parentElement, list, more]) part.hidden = true;
  every.open = true;
};

/* --- chips: what is chosen, each a button that takes it away --------------------------------------------- */
const showChips = (chosen) => {
  const made = [];
  for (const [facet, ids] of chosen) {
    const { label } = facets.all.find((one) => one.name === facet);
    for (const id of ids) made.push(chip(`${label}: ${facets.words(facet, id)}`, () => toggled(facet, id)));
  }
  if (made.length > 1) made.push(chip(words.all, () => new Map()));
  chips.replaceChildren(...made);
  chips.hidden = !made.length;
};

const chip = (label, chosen) => {
  const button = element("button", "kb-chip", label);
  button.type = "button";
  if (label !== words.all) {
    button.setAttribute("aria-label", words.remove.replace("#", label));
    button.append(element("span", "kb-chip__cross"));
  }
  const item = element("li", "", button);
  button.addEventListener("click", async () => {
    const place = [...chips.children].indexOf(item);
    await go({ chosen: chosen() });
    const next = chips.children[Math.min(place, chips.children.length - 1)];
    (next?.firstChild || one("#results")).focus();
  });
  return item;
};

/* --- the facets: each made when it is first opened, its counts kept up to date while it is open ------------ */
const makePanel = () => {
  panel.replaceChildren(
    ...facets.all.map(({ name: facet, label }, place) => {
      const chosen = element("span", "kb-facet__chosen");
      const part = element("details", "kb-facet", element("summary", "", label, " ", chosen));
      part.dataset.kbFacet = facet;
      part.open = wide.matches && place < OPEN;
      part.addEventListener("toggle", () => counted && showFacet(part));
      return part;
    }),
  );
};

const fill = (part, { name: facet, label, values }) => {
  boxes.set(facet, new Map());
  const items = values.map((value) => box(facet, value));
  const group = element("fieldset", "", element("legend", "kb-unseen", label), element("ul", "", ...items));
  if (values.length > VALUES + 2) group.append(fold(group, values.length));
  part.append(group);
};

const box = (facet, { id, words: label }) => {
  const input = element("input");
  input.type = "checkbox";
  input.name = facet;
  input.value = id;
  const count = element("span", "kb-facet__count");
  input.addEventListener("change", () => go({ chosen: toggled(facet, id) }));
  boxes.get(facet).set(id, { input, count });
  return element("li", "", element("label", "", input, element("span", "kb-facet__label", label), " ", count));
};

/* A button that shows all values of a long facet, or the first again. */
const fold = (group, total) => {
  const button = element("button", "kb-facet__more", words.more.replace("#", total));
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  group.classList.add("kb-facet__folded");
  button.addEventListener("click", () => {
    const folded = group.classList.toggle("kb-facet__folded");
    button.textContent = folded ? words.more.replace("#", total) : words.fewer;
    button.setAttribute("aria-expanded", String(!folded));
  });
  return button;
};

const showFacet = (part) => {
  const facet = part.dataset.kbFacet;
  const ids = counted.chosen.get(facet);
  part.querySelector(".kb-facet__chosen").textContent = ids ? words.chosen.replace("#", ids.size) : "";
  if (!part.open) return;
  if (!boxes.has(facet)) fill(part, facets.all.find((one) => one.name === facet));
  for (const [id, count] of counted.counts.get(facet)) {
    const { input, count: shown } = boxes.get(facet).get(id);
    const said = number(count);
    const text = ids && !ids.has(id) ? words.adds.replace("#", said) : said;
    input.checked = Boolean(ids?.has(id));
    input.disabled = !count && !input.checked;
    if (shown.textContent !== text) shown.textContent = text;
  }
};

/* --- what people do ---------------------------------------------------------------------------------------- */
let waiting = 0;
typed.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => go({ query: typed.value, sort: "relevance" }, { replace: true }), PAUSE);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  go({ query: typed.value, sort: "relevance" }, { replace: read().query === typed.value });
});
sort.addEventListener("change", () => go({ sort: sort.value }));
more.addEventListener("click", async () => {
  const next = list.children.length;
  await go({ shown: read().shown + AT_ONCE }, { replace: true });
  list.children[next]?.querySelector("a").focus();
});
window.addEventListener("popstate", () => {
  typed.value = read().query;
  follow();
});

try {
  every.open = false;
  page.hidden = false;
  told.textContent = words.loading;
  filters.open = wide.matches;
  finder = await open();
  facets = new Facets(await finder.facets());
  makePanel();
  typed.value = read().query;
  await follow();
} catch (error) {
  fail(error);
}
