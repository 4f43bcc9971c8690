/* The reading list. What is shown is the list of the address, `#ids=a,b&title=Name`, of which a browser sends nothing
   to any server; without one, the reader's own, which `kept.js` keeps. What an address says is only ever set as text. */
import { open } from "./find.js";
import { MOST, isKept, keep, mine, stored } from "./kept.js";
import { element, number, titled } from "./results.js";

const LONGEST = 200; /* characters of a name, or of an id */
const SLOW = 300; /* milliseconds after which it is said that something is being loaded */
const NONE = { ids: [], title: "" };

const root = document.querySelector("[data-kb-reading-list]");
const one = (name, within = root) => within.querySelector(`[data-kb-${name}]`);
const words = root.dataset;
const kind = JSON.parse(words.kind);
const heading = root.querySelector("h1");
const plain = { heading: heading.textContent, page: document.title, lead: one("lead").textContent };

let list = NONE; /* what the address names: the ids of `entries`, then those of `unknown` */
let entries = [];
let unknown = [];
let columns = [];
let own = true; /* whether it is the reader's own list */
let asked = 0;
let later = 0;

const tell = (text) => {
  one("said").textContent = text;
};

/* A text with a value for each `#`. */
const fill = (text, ...values) => text.split("#").reduce((before, after, place) => before + values[place - 1] + after);

const together = (...lists) => [...new Set(lists.flat())];
const same = (a, b) => a.title === b.title && a.ids.join() === b.ids.join();

/* --- the address ---------------------------------------------------------------------------------- */
/* Text without signs that break a line, turn it around, or are half a sign. */
const clean = (text) =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, " ")
    .trim()
    .slice(0, LONGEST)
    .replace(/\p{Cs}/gu, "");

/* Programs that make links of text end them before a bracket or a full stop. */
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]|\.$/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const bare = () => location.href.replace(/#.*/s, "");

const address = () => {
  if (!list.ids.length) return bare();
  const ids = list.ids.map((id) => encode(id).replace(/%2F/g, "/")).join(",");
  return `${bare()}#ids=${ids}${list.title && `&title=${encode(list.title).replace(/%20/g, "+")}`}`;
};

/* The list in the address; null if there is none. */
const linked = () => {
  const told = new URLSearchParams(location.hash.slice(1));
  const ids = together((told.get("ids") || "").split(",", 4 * MOST).map(clean)).filter(Boolean);
  if (!ids.length) return null;
  return { ids: ids.slice(0, MOST), title: clean(told.get("title") || ""), more: ids.length > MOST };
};

const write = () => {
  clearTimeout(later);
  try {
    history.replaceState({ own }, "", address());
  } catch {
    later = setTimeout(write, 1000); /* Safari allows 100 of these in 30 seconds */
  }
};

/* --- which list ------------------------------------------------------------------------------------ */
/* Whether this browser keeps anything. If not, the list of the address is the reader's own: there is no other. */
const holds = (() => {
  try {
    return Boolean(window.sessionStorage);
  } catch {
    return false;
  }
})();

const begin = () => {
  const there = linked();
  if (there && !holds) keep({ ids: there.ids, title: there.title });
  const kept = mine();
  own = !there || !holds || Boolean(kept && (history.state?.own || same(kept, there)));
  show(own ? kept || NONE : there);
};

/* Whether the reader has another list, so that changes must stay in the address. */
const isOther = () => !own && Boolean(mine()?.ids.length);

const change = () => {
  const ids = [...entries.map(({ id }) => id), ...unknown];
  list = { ids, title: ids.length ? list.title : "" };
  if (!isOther()) {
    own = true;
    keep(list);
  }
  paint();
};

const goToMine = async (said) => {
  history.pushState({ own: true }, "", bare());
  own = true;
  await show(mine() || NONE);
  tell(said);
  heading.tabIndex = -1;
  heading.focus();
};

const join = () => {
  const kept = mine();
  const ids = together(kept.ids, list.ids);
  if (ids.length > MOST) {
    tell(words.full);
  } else {
    keep({ ids, title: kept.title || list.title });
    goToMine(words.joined);
  }
};

/* --- what is shown ---------------------------------------------------------------------------------- */
const show = async (wanted) => {
  const ticket = (asked += 1);
  const slow = setTimeout(() => ticket === asked && tell(words.loading), SLOW);
  list = { ids: wanted.ids, title: wanted.title };
  one("list-page").inert = true; /* what is still there is of another list */
  try {
    const found = list.ids.length ? await load(list.ids) : [[], []];
    if (ticket !== asked) return;
    [entries, unknown] = found;
    list.ids = [...entries.map(({ id }) => id), ...unknown];
    const kept = mine();
    own ||= Boolean(kept && same(kept, list));
    if (own && kept && !same(kept, list)) keep(list);
    if (wanted.more) tell(words.most);
    fillPage();
  } catch (error) {
    if (ticket === asked) fail();
    console.info(error);
  } finally {
    clearTimeout(slow);
    if (ticket === asked) {
      one("list-page").inert = false;
      if (one("said").textContent === words.loading) tell("");
    }
  }
};

/* The entries that ids name, each once, and the ids that name none. */
const load = async (ids) => {
  const finder = await open();
  columns = finder.columns;
  const numbers = await finder.named(ids);
  const known = together(numbers).filter((number) => number !== null);
  const [shown, cited] = await Promise.all([finder.shown(known), finder.cited(known).catch(() => [])]);
  const none = ids.filter((_, place) => numbers[place] === null);
  return [shown.map((entry, place) => ({ ...entry, cited: cited[place] })), none];
};

const fail = () => {
  const named = list.ids.map((id) => element("li", "", id.startsWith("/") ? linkTo(id) : id));
  one("list-page").replaceChildren(element("p", "kb-note", words.failed), element("ol", "", ...named));
  one("lead").hidden = true;
  name();
  write();
};

/* A page is named by its address. */
const linkTo = (id) => {
  const link = element("a", "", id);
  link.href = new URL(`..${id}`, bare());
  return link;
};

const fillPage = () => {
  one("list-page").replaceChildren(one(list.ids.length ? "shown" : "empty").content.cloneNode(true));
  if (list.ids.length) {
    one("listed").append(...entries.map(itemOf));
    dressTools();
  }
  paint();
};

const itemOf = (entry) => {
  const item = one("entry").content.cloneNode(true).firstElementChild;
  const link = item.querySelector("h2 a");
  const note = item.querySelector(".kb-listed__note");
  one("facts", item).textContent = [kind[entry.kind], entry.year || "", entry.by].filter(Boolean).join(" · ");
  titled(link, entry, entry.title);
  note.textContent = entry.note;
  note.hidden = !entry.note;
  item.querySelector(".kb-entry").append(...inTurns(entry));
  const acts = { up: () => move(entry, -1), down: () => move(entry, 1), remove: () => remove(entry) };
  for (const [act, run] of Object.entries(acts)) {
    const button = one(act, item);
    button.setAttribute("aria-label", `${button.textContent}: ${entry.title}`);
    button.addEventListener("click", run);
  }
  entry.item = item;
  return item;
};

/* A reference, in turns upright and italic. */
const inTurns = ({ cited }) =>
  (cited?.formatted || []).map((turn, place) => (place % 2 ? element("i", "", turn) : turn));

const name = () => {
  heading.textContent = list.title || plain.heading;
  document.title = list.title ? `${list.title} – ${plain.page}` : plain.page;
};

/* All that changes with the list but its items. */
const paint = () => {
  name();
  write();
  const count = entries.length === 1 ? words.one : fill(words.many, number(entries.length));
  const whose = isOther() ? "" : own ? words.own : words.linked;
  one("lead").hidden = false;
  one("lead").textContent = list.ids.length ? `${count} ${whose}` : plain.lead;
  if (!one("listed")) return;
  one("other").hidden = !isOther();
  one("holds").hidden = !holds || isOther();
  one("blocked").hidden = holds;
  one("in-browser").checked = own && isKept();
  one("missing").hidden = !unknown.length;
  one("unknown").textContent = fill(words.unknown, unknown.join(", "));
  one("uncited").hidden = entries.every(({ cited }) => cited);
  one("downloads").hidden = !one("uncited").hidden || !entries.length;
  one("address").value = one("printed-address").textContent = address();
  entries.forEach(({ item }, place) => {
    one("up", item).setAttribute("aria-disabled", place === 0);
    one("down", item).setAttribute("aria-disabled", place === entries.length - 1);
  });
};

/* --- order ---------------------------------------------------------------------------------------- */
/* The neighbour goes past the entry, which so keeps the focus. */
const move = (entry, step) => {
  const place = entries.indexOf(entry);
  const other = entries[place + step];
  if (!other) return;
  [entries[place], entries[place + step]] = [other, entry];
  if (step < 0) entry.item.after(other.item);
  else entry.item.before(other.item);
  change();
  tell(fill(words.moved, place + step + 1, entries.length, entry.title));
  entry.item.scrollIntoView({ block: "nearest" });
};

const remove = (entry) => {
  const place = entries.indexOf(entry);
  entries.splice(place, 1);
  entry.item.remove();
  change();
  tell(`${words.removed}: ${entry.title}`);
  const next = entries[Math.min(place, entries.length - 1)];
  if (!list.ids.length) fillPage();
  (next ? one("remove", next.item) : one("list-page").querySelector("a, [data-kb-forget]")).focus();
};

const forget = () => {
  unknown = [];
  change();
  if (!list.ids.length) fillPage();
  heading.tabIndex = -1;
  heading.focus();
};

/* --- away from here --------------------------------------------------------------------------------- */
const dressTools = () => {
  const press = (name, act) => one(name).addEventListener("click", act);
  const field = one("name");
  one("tools").open = window.matchMedia("(min-width: 60em)").matches;
  field.value = list.title;
  field.addEventListener("input", () => {
    list.title = clean(field.value);
    change();
  });
  one("in-browser").addEventListener("change", keepInBrowser);
  press("join", join);
  press("return", () => goToMine(""));
  press("forget", forget);
  press("print", () => window.print());
  press("copy", copyLink);
  press("copy-references", copyReferences);
  for (const button of root.querySelectorAll("[data-kb-download]")) {
    button.addEventListener("click", () => download(button.dataset.kbDownload));
  }
};

const keepInBrowser = ({ target: { checked } }) => {
  const ids = together(list.ids, (checked && stored("localStorage")?.ids) || []);
  if (ids.length > MOST) {
    tell(words.full);
    paint();
  } else {
    own = true;
    keep({ ...list, ids }, checked);
    tell(checked ? words.kept : words.forgotten);
    paint();
  }
};

const copyLink = async () => {
  const field = one("address");
  try {
    await navigator.clipboard.writeText(field.value);
    tell(words.copied);
  } catch {
    field.focus();
    field.select();
    tell(words.marked);
  }
};

const copyReferences = async () => {
  const references = element("div", "", ...works().map((entry) => element("p", "", ...inTurns(entry))));
  const texts = { "text/html": references.outerHTML, "text/plain": formatted() };
  try {
    const blobs = Object.entries(texts).map(([type, text]) => [type, new Blob([text], { type })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    tell(words.referencesCopied);
  } catch {
    tell(words.uncopied);
  }
};

/* The entries without those that cite a work once more. */
const works = () => {
  const keys = entries.map(({ id, cited }) => cited.bibtex.match(/@[^{(]*[{(]\s*([^\s,]+)/)?.[1] || id);
  return entries.filter((_, place) => keys.indexOf(keys[place]) === place);
};

const formatted = () => works().map(({ cited }) => cited.formatted.join("")).join("\n\n");

/* What spreadsheets would take for a formula has an apostrophe before it (OWASP, "CSV injection"). */
const cell = (text) => `"${text.replace(/^[=+\-@\t\r\n]/, "'$&").replace(/"/g, '""')}"`;

const table = () => [columns, ...entries.map(({ cited }) => cited.row)];

/* Each file: its type and what is in it. The mark before a table says to spreadsheets that it is in UTF-8. */
const FILES = {
  bib: ["application/x-bibtex", () => works().map(({ cited }) => cited.bibtex).join("\n")],
  ris: ["application/x-research-info-systems", () => works().map(({ cited }) => cited.ris).join("\n")],
  csv: ["text/csv", () => `\ufeff${table().map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`],
  txt: ["text/plain", () => `${heading.textContent}\n\n${formatted()}\n\n${address()}\n`],
};

const download = (ending) => {
  const [type, text] = FILES[ending];
  const link = element("a");
  const stem = heading.textContent.replace(/[\\/:*?"<>|]+/g, "-").replace(/^[.\s]+|[.\s]+$/g, "") || plain.heading;
  link.href = URL.createObjectURL(new Blob([text()], { type: `${type};charset=utf-8` }));
  link.download = `${stem}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

/* --- from now on ------------------------------------------------------------------------------------ */
document.addEventListener("kb-list", () => {
  const kept = mine() || NONE;
  if (own && !same(kept, list)) show(kept);
  else if (one("listed")) paint();
});
/* A link within the page, such as the one that skips the header, does not take the list from the address. */
window.addEventListener("popstate", () => (location.hash && !linked() ? write() : begin()));

begin();
