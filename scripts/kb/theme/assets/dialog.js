/* The search dialog, from the first key on. `kb.js` opens it and loads this when it is first used. */
import { open } from "./find.js";
import { element, number, result, suggestion } from "./results.js";

const BEST = 3; /* results that stand first, whatever their kind */
const OF_A_KIND = 3;
const LOOKED_AT = 40; /* results among which the groups are made; only what is shown is fetched */
const PAUSE = 50; /* milliseconds without a key before a search begins */

const one = (selector) => document.querySelector(selector);
const sheet = one("[data-kb-sheet]");
const typed = one("#kb-words");
const told = one("[data-kb-told]");
const meant = one("[data-kb-meant]");
const found = one("[data-kb-found]");
const all = one("[data-kb-all]");
const words = sheet.dataset;
const kind = JSON.parse(words.kind);
const kinds = JSON.parse(words.kinds);
const explore = all.href;
let asked = 0;
let waiting = 0;
let go = false;

const tell = (text) => {
  told.textContent = text;
};

const clear = () => {
  found.replaceChildren();
  meant.replaceChildren();
  all.hidden = true;
};

const fail = () => {
  clear();
  tell(words.failed);
  all.href = explore;
  all.textContent = words.lists;
  all.hidden = false;
};

const ask = async () => {
  const ticket = (asked += 1);
  const query = typed.value;
  if (!query.trim()) {
    clear();
    tell(words.hint);
    return;
  }
  const slow = setTimeout(() => ticket === asked && tell(words.loading), 300);
  try {
    const finder = await open();
    const answer = await finder.search(query);
    const groups = grouped(answer.entries.slice(0, LOOKED_AT), finder);
    const shown = await Promise.all(groups.map(([title, entries]) => finder.shown(entries).then((rows) => [title, rows])));
    if (ticket === asked) show(query, answer, shown);
  } catch (error) {
    if (ticket === asked) fail();
    console.info(error);
  } finally {
    clearTimeout(slow);
  }
};

const show = (query, { entries, meant: better, unknown, mark }, groups) => {
  clear();
  const many = entries.length === 1 ? words.one : words.many.replace("#", number(entries.length));
  tell(entries.length ? many : words.none);
  if (better) meant.append(...suggestion(words.meant, better, take));
  else if (unknown.length && entries.length) meant.append(words.unknown.replace("#", unknown.join(", ")));
  for (const [title, shown] of groups) group(title, shown, mark);
  if (entries.length) {
    all.href = `${explore}?${new URLSearchParams({ q: better || query.trim() })}`;
    all.textContent = words.all;
    all.hidden = false;
  }
  if (go) goToFirst();
};

/* The best, then the next by kind: each group with its title. */
const grouped = (entries, finder) => {
  const groups = new Map(entries.length ? [[words.best, entries.slice(0, BEST)]] : []);
  for (const entry of entries.slice(BEST)) {
    const title = kinds[finder.kind(entry)];
    const those = groups.get(title) || [];
    if (those.length < OF_A_KIND) groups.set(title, [...those, entry]);
  }
  return [...groups];
};

const group = (title, shown, mark) => {
  const list = element("ol", "kb-found__list", ...shown.map((entry) => result(entry, kind, mark, words.elsewhere)));
  found.append(element("section", "", element("h2", "kb-found__group", title), list));
};

const take = (better) => {
  typed.value = better;
  typed.focus();
  ask();
};

const goToFirst = () => {
  go = false;
  found.querySelector("a")?.click();
};

typed.addEventListener("input", () => {
  go = false;
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});
one("[data-kb-sheet-form]").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  go = Boolean(typed.value.trim());
  ask();
});
sheet.addEventListener("click", (event) => {
  if (event.target.closest("a")) sheet.close();
});
sheet.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.closest("[data-kb-sheet-foot]")) return;
  const stops = [typed, ...found.querySelectorAll("a")];
  stops[Math.min(Math.max(stops.indexOf(document.activeElement) + step, 0), stops.length - 1)].focus();
  event.preventDefault();
});

ask();
export { ask };
