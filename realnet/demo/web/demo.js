// The demo's page: the tree with what flows in it, the sites' lines, the table, the buttons, and a player.

import { Tree } from "./tree.js";

const $ = id => document.getElementById(id);
const mb = n => (n / 1e6).toFixed(2);
const tree = new Tree($("tree"));
tree.you = "a1";

let last; // state
let rates = new Map(); // bytes of each line, lately

function lines(state) {
  const now = performance.now();
  if (!$("lines").children.length) {
    for (const l of state.lines) {
      const card = document.createElement("div");
      card.className = "line";
      card.innerHTML = `<h2></h2><p><b></b> times</p><p class="quiet"></p>`;
      card.querySelector("h2").textContent = `The video crossed the line of site ${l.site.toUpperCase()}`;
      $("lines").append(card);
    }
  }
  state.lines.forEach((l, i) => {
    const seen = (rates.get(l.site) ?? []).filter(s => now - s.at < 2000 && s.bytes <= l.bytes);
    seen.push({ at: now, bytes: l.bytes });
    rates.set(l.site, seen);
    const dt = now - seen[0].at, bps = dt > 0 ? 8000 * (l.bytes - seen[0].bytes) / dt : 0;
    const card = $("lines").children[i];
    card.querySelector("b").textContent = l.copies.toFixed(2);
    card.querySelector(".quiet").textContent =
      `${l.needed.toFixed(2)} without sharing · now ${(bps / 1e6).toFixed(1)} of ${(l.bit_per_s / 1e6).toFixed(1)} Mbit/s`;
  });
}

function table(state) {
  const body = $("table").tBodies[0];
  while (body.rows.length < state.nodes.length) {
    const row = body.insertRow();
    for (let i = 0; i < 5; i++) row.insertCell();
  }
  state.nodes.forEach((n, i) => {
    let viewer = n.name === tree.you ? "you" : "";
    if (n.viewer) viewer = n.viewer.waits && n.viewer.seconds === 0 ? "comes" : `${n.viewer.seconds.toFixed(0)} s` + (n.viewer.stalls ? `, ${n.viewer.stalls} stalls` : "");
    const cells = n.master ? [n.name, mb(n.from.source), mb(n.from.master), mb(n.from.sibling), n.up ? viewer : "down"] : [n.name, "owns it", "", "", ""];
    cells.forEach((text, j) => { const c = body.rows[i].cells[j]; if (c.textContent !== text) c.textContent = text; });
  });
}

function show(state) {
  const round = last && last.round !== state.round;
  last = state;
  tree.first = state.nodes;
  tree.show(state);
  lines(state);
  table(state);
  const down = state.nodes.some(n => !n.up);
  $("kill").textContent = down ? "Start site A's master again" : "Take site A's master down";
  $("kill").setAttribute("aria-pressed", String(down));
  let said = "";
  if (down) said = "Site A's master is down: its boxes go on with each other and the source.";
  else if (state.over) said = "Everybody has seen all of it.";
  if ($("said").textContent !== said) $("said").textContent = said;
  if (round) rates = new Map();
}

async function press(what) {
  const r = await fetch(`/api/demo/${what}`, { method: "POST" });
  if (!r.ok) $("said").textContent = await r.text();
  return r.ok;
}

let player;
$("kill").addEventListener("click", () => void press(last?.nodes.some(n => !n.up) ? "revive" : "kill"));
$("again").addEventListener("click", async () => {
  if (await press("again")) {
    listen();
    void player?.startOver();
  }
});

let events;
function listen() {
  events?.close();
  events = new EventSource("/api/demo/events"); // which lets the viewers come
  events.onmessage = e => show(JSON.parse(e.data));
  events.onerror = () => { $("said").textContent = "psnode demo does not answer. This page goes on when it does."; };
}
listen();

const video = $("video");
const { Player } = await import(video.dataset.player);
player = new Player(video, (state, text) => {
  $("say").dataset.state = state;
  $("say").textContent = text;
});
globalThis.peerstreamer = { player, tree };
void player.start(0);
