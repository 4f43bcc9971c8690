/* The reader's list: kept for this tab, or in this browser if the reader wants that, and the buttons that add to it.
   Where nothing can be kept, a button opens the list at an address that names the entry. */
export const MOST = 500;
const all = (selector) => document.querySelectorAll(selector);
const [link] = all("[data-kb-list]");
const words = link.dataset;
const NAME = `kb-list ${link.pathname}`; /* other sites may share the host */
let held = null;

export const stored = (place) => {
  try {
    const { ids, title } = JSON.parse(window[place].getItem(NAME));
    return { ids: ids.map(String), title: String(title) };
  } catch {
    return null;
  }
};

/* `{ ids, title }`; null if there never was one. */
export const mine = () => held || stored("sessionStorage") || stored("localStorage");
export const isKept = () => !stored("sessionStorage") && !!stored("localStorage");

/* Whether it could be kept; if not, it holds while the page does. */
export const keep = (list, inBrowser = isKept()) => {
  const places = ["sessionStorage", "localStorage"];
  try {
    window[places[+inBrowser]].setItem(NAME, JSON.stringify(list));
    window[places[+!inBrowser]].removeItem(NAME);
    held = null;
  } catch {
    held = list;
  }
  changed();
  return !held;
};

const paint = (button, ids) => {
  const has = ids.includes(button.dataset.kbKeep);
  button.textContent = has ? words.drop : words.add;
  button.setAttribute("aria-label", `${button.textContent}: ${button.dataset.title}`);
  button.classList.toggle("kb-keep--kept", has);
  button.hidden = false;
};

const changed = () => {
  const ids = mine()?.ids || [];
  link.hidden = !ids.length;
  all("[data-kb-list-count]")[0].textContent = ids.length;
  for (const button of all("[data-kb-keep]")) paint(button, ids);
  document.dispatchEvent(new Event("kb-list"));
};

const toggle = (button) => {
  const { kbKeep: id, title } = button.dataset;
  const list = mine() || { ids: [], title: "" };
  const ids = list.ids.filter((one) => one !== id);
  const has = ids.length < list.ids.length;
  if (!has) ids.push(id);
  const fits = ids.length <= MOST;
  const kept = fits && keep({ ...list, ids });
  const said = fits ? `${has ? words.dropped : words.added}: ${title}` : words.full;
  if (!fits) button.textContent = said;
  for (const told of all("[data-kb-list-told]")) told.textContent = said;
  const elsewhere = location.pathname !== link.pathname;
  if (fits && !kept && elsewhere) location.assign(`${link.href}#ids=${encodeURIComponent(id)}`);
};

/* Makes of a button the one that puts an entry on the list and takes it off. */
export const dress = (button, id, title) => {
  button.type = "button";
  Object.assign(button.dataset, { kbKeep: id, title });
  paint(button, mine()?.ids || []);
  return button;
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-kb-keep]");
  if (button) toggle(button);
});
window.addEventListener("storage", changed);
window.addEventListener("pageshow", changed);
changed();
