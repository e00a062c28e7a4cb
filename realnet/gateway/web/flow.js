// The line below the player: how much is buffered, and where what was watched here came from since the page was opened, as far
// as the node tells its status to this viewer; and which node it comes from, if that is another.

import { bytes } from "./format.js";

const roles = [["here", "was on this box"], ["sibling", "from siblings"], ["master", "from the master"], ["source", "from the source"]];
const every = 3000; // milliseconds between questions

export function flow(video, box, player) {
  const [text, bar, legend] = ["buffer", "bar", "legend"].map(id => document.getElementById(id));
  for (const [role] of roles) {
    const part = bar.appendChild(document.createElement("span"));
    part.className = role;
    part.style.flexGrow = 0;
  }
  box.hidden = false;
  bar.hidden = true;
  setInterval(() => {
    const elsewhere = player.host && player.host !== location.host ? `, from ${player.host}` : "";
    const line = `${Math.floor(ahead(video))} s buffered${elsewhere}`;
    if (text.textContent !== line) text.textContent = line;
  }, 1000);

  let first;
  const ask = async () => {
    if (!document.hidden) {
      try {
        const r = await fetch("/api/status", { cache: "no-store", signal: AbortSignal.timeout(every) });
        if (r.status === 401 || r.status === 403 || r.status === 404) return; // not for this viewer
        if (r.ok) show((await r.json()).traffic);
      } catch { /* the node is away, which the player says */ }
    }
    setTimeout(ask, every);
  };
  const show = now => {
    first ??= now;
    if (now.sent_bytes.viewer < first.sent_bytes.viewer) first = now; // the node has started again
    const got = role => Math.max(0, now.received_bytes[role] - first.received_bytes[role]);
    const sums = { sibling: got("sibling"), master: got("master"), source: got("source") };
    const fetched = sums.sibling + sums.master + sums.source;
    sums.here = Math.max(0, now.sent_bytes.viewer - first.sent_bytes.viewer - fetched);
    bar.hidden = fetched + sums.here === 0;
    const told = roles.filter(([role]) => sums[role] > 0);
    roles.forEach(([role], i) => { bar.children[i].style.flexGrow = sums[role]; });
    legend.replaceChildren(...told.map(([role, words]) => {
      const item = document.createElement("li"), mark = document.createElement("i");
      mark.className = role;
      item.append(mark, `${bytes(sums[role])} ${words}`);
      return item;
    }));
    bar.setAttribute("aria-label", told.map(([role, words]) => `${bytes(sums[role])} ${words}`).join(", "));
  };
  void ask();
}

// ahead is how many seconds are buffered from where the player stands.
function ahead(v) {
  for (let i = 0; i < v.buffered.length; i++) {
    if (v.buffered.start(i) <= v.currentTime + .2 && v.buffered.end(i) >= v.currentTime) return v.buffered.end(i) - v.currentTime;
  }
  return 0;
}
