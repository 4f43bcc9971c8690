/* Explore's arithmetic: which entries bear all that was chosen, and what each further choice would yield. One pass over
   the lists of the facets answers both. Nothing here touches the page. */

export class Facets {
  /* `data` is `facets.json` of the index. */
  constructor({ years, facets }) {
    this.years = years;
    this.all = facets.map(([name, label, values]) => ({
      name,
      label,
      values: values.map(([id, words, gaps]) => ({ id, words, entries: Uint32Array.from(summed(gaps)) })),
    }));
    this.shown = new Uint8Array(years.length);
    for (const { entries } of this.all.find(({ name }) => name === "kind")?.values || []) {
      for (const entry of entries) this.shown[entry] = 1;
    }
  }

  /* The label of a value; undefined if there is no such value. */
  words(name, id) {
    return this.all.find((facet) => facet.name === name)?.values.find((value) => value.id === id)?.words;
  }

  /* What is chosen, OR within a facet and AND across: the entries in order of title, and for each value of each facet
     how many entries it brings: those that a click adds to what its facet has already, or if it is chosen, those
     that are there because of it. `chosen` maps names of facets to sets of ids, `within` are the entries to choose from. */
  choose(chosen, within = null) {
    const failed = new Uint8Array(this.years.length).fill(within ? 2 : 0);
    within?.forEach((entry) => {
      failed[entry] = 0;
    });
    const passes = new Map();
    for (const { name, values } of this.all) {
      const ids = chosen.get(name);
      if (!ids?.size) continue;
      const has = new Uint8Array(this.years.length);
      for (const { id, entries } of values) {
        if (ids.has(id)) for (const entry of entries) has[entry] = 1;
      }
      has.forEach((yes, entry) => {
        if (!yes && failed[entry] < 2) failed[entry] += 1;
      });
      passes.set(name, has);
    }
    const counts = new Map();
    for (const { name, values } of this.all) {
      const has = passes.get(name);
      const own = chosen.get(name);
      counts.set(
        name,
        new Map(
          values.map(({ id, entries }) => {
            const adds = has && !own.has(id);
            let count = 0;
            for (const entry of entries) {
              if (adds ? failed[entry] === 1 && !has[entry] : failed[entry] === 0) count += 1;
            }
            return [id, count];
          }),
        ),
      );
    }
    const entries = [];
    failed.forEach((times, entry) => {
      if (!times && this.shown[entry]) entries.push(entry);
    });
    return { entries, counts };
  }

  /* Entries, which come by title, the latest year first. */
  newest(entries) {
    return [...entries].sort((a, b) => this.years[b] - this.years[a] || a - b);
  }
}

const summed = (gaps) => {
  let sum = 0;
  return gaps.map((gap) => (sum += gap));
};
