/* The search's engine. Loaded when somebody searches; fetches the few files that a query needs of the index that the
   package `kb.search` writes and describes. Nothing here touches the page. */

const ROOT = new URL("../find/", import.meta.url);
const PATIENCE = 15000; /* milliseconds after which a file counts as missing */
const MOST_TYPED = 300; /* characters of a query that are looked at */
const MOST_WORDS = 24;
const MOST_ENDINGS = 8; /* ways in which a word that is being typed may go on */
const ENDING_BLOCKS = 2, NEAR_BLOCKS = 8; /* blocks of words that are looked through for endings, and for misspellings */
const ENOUGH = 0.45; /* what share of the best entry's words an entry must have */
const ENDING = 0.75, CORRECTED = 0.8, IDEA = 0.9; /* what a word counts that was not typed quite so */
const FEW = 3; /* entries, up to which a word's endings may be a coincidence */
const IDENTIFIER = 300, NAME = 200, TITLE = 100; /* what an entry gains that the whole query names so */
const EXPLAINS = 2; /* how much more the glossary counts for an idea that is named among other words */

/* --- words: as kb.search.words has them ------------------------------------------------------------ */
export const fold = (text) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\u2010-\u2012\u2212]/g, "-")
    .replace(/['\u2019](?:s(?![\p{L}\p{N}_]))?/gu, "");

const CHUNK = /[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu;

export const words = (text) => {
  const found = [];
  let waiting = false;
  for (const word of (fold(text).match(CHUNK) || []).flatMap((chunk) => chunk.split("-"))) {
    if (word === "co" && !waiting) {
      waiting = true;
    } else {
      found.push(waiting ? `co${word}` : word);
      waiting = false;
    }
  }
  return waiting ? [...found, "co"] : found;
};

/* How many letters two words differ by: changed, missing, added or swapped with their neighbour (optimal string
   alignment); more than `most` is not told apart. */
export const distance = (one, other, most) => {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const now = [row];
    let least = row;
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      let cost = Math.min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) cost = Math.min(cost, before[column - 2] + 1);
      now.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    [before, last] = [last, now];
  }
  return last[other.length];
};

const sameBeginning = (one, other) => {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
};

const fetched = async (address, options) => {
  const answer = await fetch(address, { ...options, signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return answer.json();
};

/* The number of the last block that begins at or before a word or key; -1 if there is none. */
const blockOf = (firsts, wanted) => {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firsts[middle] <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

/* --- the index ------------------------------------------------------------------------------------- */
let opened = null;

/* The index of this site, read once; a failure is not kept, so that the next attempt is a new one. */
export const open = () => {
  opened ||= fetched(new URL("find.json", ROOT), { cache: "no-cache" }).then((root) => new Finder(root));
  opened.catch(forget);
  return opened;
};

const forget = () => {
  opened = null;
};

class Finder {
  constructor(root) {
    this.root = root;
    this.columns = root.columns;
    this.stop = new Set(root.stop.split(" "));
    this.files = new Map();
    this.first = new Map();
  }

  file(name) {
    if (!this.files.has(name)) {
      const file = fetched(new URL(`${this.root.build}/${name}.json`, ROOT));
      file.catch(forget);
      this.files.set(name, file);
    }
    return this.files.get(name);
  }

  /* Everything that is known of a form, an identifier (`#...`) or a whole title (`"...`): the row of its block. */
  async look(form) {
    const number = blockOf(this.root.words, form);
    if (number < 0) return null;
    const [forms, to, counts] = await this.file(`words-${number}`);
    const place = blockOf(forms, form);
    return forms[place] === form ? { form, to: to[place], count: counts[place] } : null;
  }

  /* Forms that begin with `start`: all, or where they fill more than `most` blocks, those of the blocks around a word. */
  async beginningWith(start, most, around = start) {
    const begin = Math.max(blockOf(this.root.words, start), 0);
    const end = blockOf(this.root.words, `${start}\uffff`);
    const middle = blockOf(this.root.words, around) - (around === start ? 0 : most >> 1);
    const first = Math.max(begin, Math.min(middle, end - most + 1));
    const numbers = Array.from({ length: Math.min(end, first + most - 1) - first + 1 }, (_, place) => first + place);
    const rows = [];
    for (const [forms, to, counts] of await Promise.all(numbers.map((number) => this.file(`words-${number}`)))) {
      forms.forEach((form, place) => {
        if (form.startsWith(start)) rows.push({ form, to: to[place], count: counts[place] });
      });
    }
    return rows;
  }

  /* What a word that nobody wrote may have meant: the likeliest among the words that begin alike, then with the same
     letter, then with its second. Only `beside` it, if others begin with it already. */
  async near(word, open, beside) {
    if (word.length < 4 || /\p{N}/u.test(word)) return [];
    const most = word.length < 6 ? 1 : 2;
    for (const start of beside ? [word.slice(0, 3)] : [word.slice(0, 2), word[0], word[1]]) {
      const found = [];
      for (const row of await this.beginningWith(start, NEAR_BLOCKS, word)) {
        if (!row.count) continue;
        let apart = distance(word, row.form, most);
        if (open && row.form.length > word.length) {
          apart = Math.min(apart, distance(word, row.form.slice(0, word.length), most) + 0.5);
        }
        const shared = sameBeginning(word, row.form);
        const bent = shared >= 5 && word.length - shared <= 4 && row.form.length - shared <= 4;
        if (apart <= most) found.push({ ...row, apart });
        else if (bent) found.push({ ...row, apart: most + 1, bent });
      }
      found.sort((a, b) => a.apart - b.apart || b.count - a.count);
      const best = found.filter((row) => row.apart <= found[0].apart + 0.5);
      if (best.length) return best.slice(0, 3);
    }
    return [];
  }

  /* --- a query ------------------------------------------------------------------------------------- */
  /* The entries that a query finds, the best first; what was meant, if it was misspelt; and `mark`, which cuts a text
     into pieces that match and pieces that do not. */
  async search(query) {
    const typed = query.slice(0, MOST_TYPED).trim();
    const open = /[\p{L}\p{N}]$/u.test(query.slice(0, MOST_TYPED));
    const tokens = await this.read(typed, open);
    const lists = await Promise.all(tokens.map((token) => (token.row ? this.list(token.row.to) : null)));
    const named = [];
    const concepts = [];
    for (let place = 0; place < tokens.length; ) {
      const alias = longestAlias(lists[place]?.aliases || [], tokens, place);
      const joined = tokens[place].joined;
      const length = alias ? alias.length : joined ? 2 : 1;
      const own = tokens.slice(place, place + length);
      const ways = length === 1 ? own[0].ways : together(own);
      if (alias) {
        ways.push(...alias.ideas.map(({ idea }) => ({ keys: [idea], weight: IDEA })));
        if (alias.meant) own.forEach((token, at) => (token.meant = at ? "" : alias.meant));
        named.push(...alias.ideas);
      } else if (joined) {
        ways.push({ keys: [joined.to], weight: 1 });
      }
      concepts.push(ways);
      place += length;
    }
    const meant = tokens.some((token) => token.meant) ? correction(tokens) : "";
    const scores = await this.score(concepts.filter((ways) => ways.length));
    for (const { entry } of named) scores.set(entry, (scores.get(entry) || 0) * EXPLAINS);
    for (const [entry, gain] of await this.exact(typed, meant, concepts.length === 1 ? named : [])) {
      scores.set(entry, (scores.get(entry) || 0) + gain);
    }
    const names = await Promise.all(named.map(async ({ idea }) => (await this.list(idea)).names));
    return {
      entries: [...scores.keys()].sort((a, b) => scores.get(b) - scores.get(a) || a - b),
      meant,
      unknown: tokens.filter((token) => !token.row && !token.ways.length && !token.joined).map((token) => token.word),
      mark: marker(tokens, names.flat(), this.stop),
    };
  }

  /* What the index knows of each word of a query that says something. */
  async read(typed, open) {
    const every = words(typed).slice(0, MOST_WORDS);
    let heard = every.filter((word) => !this.stop.has(word));
    if (!heard.length && open) heard = every.slice(-1);
    const last = every[every.length - 1];
    return Promise.all(
      heard.map((word, place) => this.token(word, open && place === heard.length - 1 && word === last, heard[place + 1])),
    );
  }

  async token(word, open, next) {
    const [row, endings, joined] = await Promise.all([
      this.look(word),
      open ? this.beginningWith(word, ENDING_BLOCKS) : [],
      next ? this.look(word + next) : null,
    ]);
    const token = { word, row, forms: [word], ways: [], joined: joined?.count ? joined : null, open };
    if (row?.count) token.ways.push({ keys: [row.to], weight: 1 });
    const more = endings.filter((one) => one.count && one.to !== row?.to).sort((a, b) => b.count - a.count);
    for (const to of [...new Set(more.map((one) => one.to))].slice(0, MOST_ENDINGS)) {
      token.ways.push({ keys: [to], weight: row?.count ? ENDING / 2 : ENDING });
    }
    const rare = more.reduce((sum, one) => sum + one.count, 0) <= FEW;
    if (row || token.joined || !rare) return token;
    for (const one of await this.near(word, open, more.length > 0)) {
      if (!token.ways.length) token.row = one;
      if (!one.bent && !token.meant && !more.length) token.meant = one.form;
      token.forms.push(one.form);
      token.ways.push({ keys: [one.to], weight: CORRECTED / (1 + one.apart / 4) });
    }
    return token;
  }

  /* The entries that the whole of a query names, as it was typed or as it was meant, and what each gains by it. */
  async exact(typed, meant, ideas) {
    const [identified, titled] = await Promise.all([
      this.look(`#${identifier(typed)}`),
      this.look(`"${words(meant || typed).join(" ")}`),
    ]);
    return [
      ...(identified?.to || []).map((entry, place) => [entry, IDENTIFIER - place]),
      ...ideas.map(({ entry }) => [entry, NAME]),
      ...(titled?.to || []).map((entry) => [entry, TITLE]),
    ];
  }

  /* Adds up the impacts of each concept's best way on each entry. */
  async score(concepts) {
    const keys = [...new Set(concepts.flatMap((ways) => ways.flatMap((one) => one.keys)))];
    const lists = new Map(await Promise.all(keys.map(async (key) => [key, await this.list(key)])));
    const total = new Float32Array(this.root.entries);
    const cover = new Float32Array(this.root.entries);
    for (const ways of concepts) {
      const best = new Map();
      for (const { keys: together, weight } of ways) {
        for (const [entry, score] of inAll(together.map((key) => lists.get(key)))) {
          if (score * weight > (best.get(entry) || 0)) best.set(entry, score * weight);
        }
      }
      const rarity = Math.max(...ways.map((one) => Math.max(...one.keys.map((key) => lists.get(key).rarity))));
      for (const [entry, score] of best) {
        total[entry] += score;
        cover[entry] += rarity;
      }
    }
    const most = cover.reduce((a, b) => Math.max(a, b), 0);
    const scores = new Map();
    cover.forEach((has, entry) => {
      if (has && has >= most * ENOUGH) scores.set(entry, total[entry] * (has / most));
    });
    return scores;
  }

  /* The entries that have a key, the impact on each, and how rare it is (BM25's inverse document frequency); the names
     of ideas that begin with it, and the names of the idea that it stands for. */
  async list(key) {
    const number = blockOf(this.root.lists, key);
    const [keys, gaps, signs, aliases, names] = await this.file(`lists-${number}`);
    const place = blockOf(keys, key);
    const count = gaps[place].length;
    const rarity = Math.log(1 + (this.root.entries - count + 0.5) / (count + 0.5));
    let entry = 0;
    const scores = gaps[place].map((gap, at) => {
      entry += gap;
      return [entry, (rarity * (this.root.alphabet.indexOf(signs[place][at]) + 0.5)) / this.root.alphabet.length];
    });
    return { rarity, scores, aliases: aliases[place] || [], names: names[place] || [] };
  }

  /* --- entries ------------------------------------------------------------------------------------- */
  kind(number) {
    return this.root.kinds[this.root.alphabet.indexOf(this.root.kind[number])];
  }

  async rows(name, numbers) {
    const { chunk } = this.root;
    return Promise.all(numbers.map(async (one) => (await this.file(`${name}-${Math.floor(one / chunk)}`))[one % chunk]));
  }

  /* What results show of entries. */
  async shown(numbers) {
    const known = numbers.every((one) => this.first.has(one));
    const rows = known ? numbers.map((one) => this.first.get(one)) : await this.rows("shown", numbers);
    return rows.map((row, place) => {
      const [id, kind, title, address, year, by, sentence, note, lang, dir] = row;
      const there = new URL(`..${address}`, ROOT).href;
      return { number: numbers[place], id, kind, title, address: there, year, by, sentence, note, lang, dir };
    });
  }

  /* How entries are cited: the reference in turns upright and italic, BibTeX, RIS, and the cells of a table. */
  async cited(numbers) {
    return (await this.rows("cited", numbers)).map(([formatted, bibtex, ris, row]) => ({ formatted, bibtex, ris, row }));
  }

  /* The number of the entry that each id names now, or named once; null where none ever did. */
  async named(ids) {
    const rows = await Promise.all(ids.map((id) => this.look(`#${fold(id)}`)));
    return rows.map((row) => (row ? row.to[0] : null));
  }

  /* What Explore begins with; what results show of the newest entries is known from then on. */
  async facets() {
    const facets = await this.file("facets");
    this.first = new Map(facets.first);
    return facets;
  }
}

/* An id, DOI or ISBN as the index keeps it, from what people paste. */
const identifier = (typed) => {
  const bare = fold(typed).replace(/^(?:https?:\/\/(?:dx\.)?doi\.org\/|doi:\s*|isbn:?\s*)/, "");
  return /^[\dx\s-]{10,17}$/.test(bare) ? bare.replace(/[\s-]/g, "") : bare;
};

/* The way to entries that have all of some words, each as it was typed; none if one of them is unknown. */
const together = (tokens) => {
  const ways = tokens.map((token) => token.ways[0]);
  return ways.every(Boolean) ? [{ keys: ways.flatMap((one) => one.keys), weight: 1 }] : [];
};

/* The longest name of an idea that begins with a token. */
const longestAlias = (aliases, tokens, place) => {
  let longest = null;
  for (const [keys, idea, entry, meant] of aliases) {
    if (keys.length < (longest?.length || 1)) continue;
    if (!keys.every((key, step) => tokens[place + step]?.row?.to === key)) continue;
    if (longest?.length === keys.length) longest.ideas.push({ idea, entry });
    else longest = { length: keys.length, ideas: [{ idea, entry }], meant };
  }
  return longest;
};

/* Entries that are in every list, with the sum of their scores. */
const inAll = (lists) => {
  if (lists.length === 1) return lists[0].scores;
  const sums = new Map();
  for (const { scores } of lists) {
    for (const [entry, score] of scores) {
      const [sum, times] = sums.get(entry) || [0, 0];
      sums.set(entry, [sum + score, times + 1]);
    }
  }
  return [...sums].filter(([, [, times]]) => times === lists.length).map(([entry, [sum]]) => [entry, sum]);
};

const correction = (tokens) =>
  tokens
    .map((token) => token.meant ?? token.word)
    .filter(Boolean)
    .join(" ");

/* Cuts a text into pieces, each with whether it matches: words that were typed or meant, and names of ideas. */
const marker = (tokens, names, stop) => {
  const whole = new Set(tokens.flatMap((token) => token.forms));
  const begun = tokens.filter((token) => token.open || token.word.length > 4).map((token) => stemOf(token.word));
  const phrases = names.map((name) => name.split(" "));
  return (text) => {
    const pieces = [];
    let end = 0;
    const cut = [...text.matchAll(/[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu)];
    const plain = cut.map(([chunk]) => words(chunk).filter((word) => !stop.has(word)));
    const flat = plain.flatMap((inner, number) => inner.map((word) => [word, number]));
    const hit = new Set();
    flat.forEach(([word, number], at) => {
      if (whole.has(word) || begun.some((start) => word.startsWith(start))) hit.add(number);
      for (const phrase of phrases) {
        if (phrase.every((name, step) => flat[at + step]?.[0] === name)) {
          phrase.forEach((_, step) => hit.add(flat[at + step][1]));
        }
      }
    });
    cut.forEach(({ 0: chunk, index }, number) => {
      if (!hit.has(number)) return;
      if (index > end) pieces.push([text.slice(end, index), false]);
      pieces.push([chunk, true]);
      end = index + chunk.length;
    });
    if (end < text.length) pieces.push([text.slice(end), false]);
    return pieces;
  };
};

/* What the forms of a word begin with, roughly: enough to mark them in a line of text. */
const stemOf = (word) => (word.length > 6 ? word.slice(0, -2) : word);
