/* A result as a person sees it, in the search and in Explore alike. */
import { dress } from "./kept.js";

export const element = (name, className, ...inner) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inner);
  return made;
};

/* A number as people write it. A browser takes long to learn how; below a thousand there is nothing to learn. */
export const number = (count) => (count < 1000 ? String(count) : count.toLocaleString());

/* A link to an entry. Its title bears its language where that is not the site's. */
export const titled = (link, { address, lang, dir }, ...title) => {
  link.href = address;
  link.replaceChildren(...title);
  if (lang) link.lang = lang;
  if (dir) link.dir = dir;
  return link;
};

const marked = (text, mark) =>
  mark(text).map(([piece, hit]) => (hit ? element("mark", "", piece) : piece));

/* `shown` is an entry as the engine gives it, `kinds` the names of kinds, `mark` cuts a text into what matches and
   what does not, `elsewhere` is said of an entry in which nothing that is shown matches. */
export const result = (shown, kinds, mark = (text) => [[text, false]], elsewhere = "", heading = "") => {
  const link = titled(element("a"), shown, ...marked(shown.title, mark));
  const facts = [kinds[shown.kind], shown.year ? String(shown.year) : "", shown.by].filter(Boolean).join(" · ");
  const title = heading ? element(heading, "kb-found__title", link) : element("p", "kb-found__title", link);
  const item = element("li", "kb-found", element("p", "kb-kind", ...marked(facts, mark)), title);
  if (shown.sentence) item.append(element("p", "kb-found__line", ...marked(shown.sentence, mark)));
  if (elsewhere && !item.querySelector("mark")) item.append(element("p", "kb-found__line kb-quiet", elsewhere));
  if (shown.note) item.append(element("p", "kb-found__line kb-found__note", shown.note));
  item.append(dress(element("button", "kb-keep"), shown.id, shown.title));
  return item;
};

/* "Did you mean ...?", with a button that takes the suggestion. */
export const suggestion = (question, better, take) => {
  const button = element("button", "kb-meant", better);
  button.type = "button";
  button.addEventListener("click", () => take(better));
  return [`${question} `, button, "?"];
};
