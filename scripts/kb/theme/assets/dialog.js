/* The search dialog, from the first key on. `kb.js` opens it and loads this when it is first used. */
import { open } from "./find.js";
import { element, result, suggestion } from "./results.js";

const BEST = 3; /* results that stand first, whatever their kind */
const OF_A_KIND = 4;
const LOOKED_AT = 24; /* results among which the groups are made */
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
    const shown = await finder.shown(answer.entries.slice(0, LOOKED_AT));
    if (ticket === asked) show(query, answer, shown);
  } catch (error) {
    if (ticket === asked) fail();
    console.info(error);
  } finally {
    clearTimeout(slow);
  }
};

const show = (query, { entries, meant: better, unknown, mark }, shown) => {
  clear();
  const many = entries.length === 1 ? words.one : words.many.replace("#", entries.length.toLocaleString());
  tell(entries.length ? many : words.none);
  if (better) meant.append(...suggestion(words.meant, better, take));
  else if (unknown.length && entries.length) meant.append(words.unknown.replace("#", unknown.join(", ")));
  group(words.best, shown.slice(0, BEST), kind, mark);
  for (const [name, those] of byKind(shown.slice(BEST))) group(kinds[name], those.slice(0, OF_A_KIND), kind, mark);
  if (entries.length) {
    all.href = `${explore}?${new URLSearchParams({ q: better || query.trim() })}`;
    all.textContent = words.all;
    all.hidden = false;
  }
  if (go) goToFirst();
};

const byKind = (shown) => {
  const groups = new Map();
  for (const entry of shown) groups.set(entry.kind, [...(groups.get(entry.kind) || []), entry]);
  return groups;
};

const group = (title, shown, kind, mark) => {
  if (!shown.length) return;
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
