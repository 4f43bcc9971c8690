/* Tells when the answer to the last key or click stood on the page. Put into a page before its own scripts run. */
(() => {
  const QUIET = 300; /* milliseconds without a change, after which nothing more is expected */
  const states = [];
  let parts = null;
  let acted = 0;
  let changed = 0;
  let owed = 0;
  let waiting = false;

  /* Material's worker answers each key in turn: the last answer counts. */
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (data?.type === 3) owed -= 1;
      });
    }

    postMessage(message, ...more) {
      if (message?.type === 2) owed += 1;
      super.postMessage(message, ...more);
    }
  };

  const act = () => {
    acted = performance.now();
  };
  addEventListener("keydown", act, true);
  addEventListener("pointerdown", act, true);

  const look = () => {
    const at = performance.now();
    const links = [...document.querySelectorAll(parts.found)].filter((link) => link.checkVisibility());
    const told = [...document.querySelectorAll(parts.told)].map((part) => part.textContent.trim()).join(" ");
    states.push({ at, text: [told, links[0]?.href].join(" "), told, found: links.length });
  };

  /* A task that a frame sets comes after the frame is painted. */
  const painted = () => {
    waiting = false;
    look();
  };

  const isWithin = ({ target }) => (target.closest ? target : target.parentElement)?.closest?.(parts.within);

  /* `within` is where results appear, `found` are links of results, `told` is what is said of them, `none` what is
     said where there are none. */
  window.kbWatch = (given) => {
    parts = given;
    look();
    new MutationObserver((records) => {
      if (!records.some(isWithin)) return;
      changed = performance.now();
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => setTimeout(painted));
    }).observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
  };

  /* Milliseconds from the last key or click (or from the page's first moment) to the answer, and to what is said of it;
     how many results stand there; null while it is not there. */
  window.kbAnswer = () => {
    const last = states.at(-1);
    const there = last.found > 0 || last.told.includes(parts.none);
    const quiet = performance.now() - Math.max(changed, acted) > QUIET;
    if (!there || !quiet || owed > 0 || last.at < acted) return null;
    const first = (part) => states.find((state) => state.at >= acted && state[part] === last[part]).at - acted;
    return { milliseconds: first("text"), told: first("told"), found: last.found };
  };
})();
