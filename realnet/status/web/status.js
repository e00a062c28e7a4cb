// The status page: this node from /api/events, or with ?all every node from /api/status?all=1.

import { bytes, count, element, rate, row, seconds, tiles } from "./format.js";
import * as everybody from "./all.js";
import { Maps } from "./chunks.js";
import { Traffic } from "./traffic.js";
import { draw } from "./tree.js";

const $ = (id) => document.getElementById(id);
const here = new URLSearchParams(location.search);
const token = here.get("token");
const withToken = (url) => (token ? `${url}${url.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}` : url);
for (const id of ["one", "all"]) $(id).href = withToken($(id).getAttribute("href"));

// say tells at the top how things stand.
function say(words, bad) {
  if ($("state").textContent !== words) $("state").textContent = words;
  $("state").classList.toggle("bad", bad);
}

// Chunks come in bursts, so rates are means over the last ten seconds: differences between the latest report and these, oldest first.
const meanOver = 10;
let past = [];
let videos = [];
const traffic = new Traffic($("traffic"), $("traffic-now"), $("seconds").tBodies[0]);
const maps = new Maps($("videos"));
$("seconds").closest("details").addEventListener("toggle", () => traffic.n && traffic.tabulate());

function flows(r) {
  const f = new Map();
  while (past.length > meanOver) past.shift();
  const then = past[0];
  if (!then) return f;
  const took = Math.max(0.5, (new Date(r.time) - new Date(then.time)) / 1000);
  const before = new Map(then.peers.map((p) => [`${p.address} ${p.since}`, p]));
  for (const p of r.peers) {
    const b = before.get(`${p.address} ${p.since}`) || { sent_bytes: 0, received_bytes: 0 };
    f.set(p.address, { to: (p.sent_bytes - b.sent_bytes) / took, from: (p.received_bytes - b.received_bytes) / took });
  }
  f.set("viewers", { to: Math.max(0, (r.traffic.sent_bytes.viewer - then.traffic.sent_bytes.viewer) / took), from: 0 });
  return f;
}

function show(r) {
  traffic.add(r.history, !past.length);
  $("around").hidden = false;
  document.title = `${r.node.name} · status`;
  $("name").textContent = r.node.name;
  if (r.videos) videos = r.videos;
  const f = flows(r);
  const t = r.traffic, v = t.received_bytes;
  const lately = traffic.mean(Math.max(0, traffic.n - meanOver), traffic.n);
  const stalls = r.viewers.filter((w) => w.state === "stalled").length;
  tiles($("tiles"), [
    [bytes(Math.max(0, t.saved_bytes)), r.node.source ? "sent to boxes and viewers" : "spared the uplink so far"],
    [rate(lately.from_source + lately.from_master + lately.from_sibling), "received, lately"],
    [rate(lately.to_peers + lately.to_viewers), "sent, lately"],
    [share(v.sibling, v.source + v.master + v.sibling), "of all from siblings"],
    [String(r.viewers.length), r.viewers.length === 1 ? "watches here" : "watch here"],
    r.store ? [bytes(r.store.bytes), `stored, of ${bytes(r.store.limit_bytes)}`] : [String(videos.length), "videos"],
  ]);
  draw($("tree"), r, f);
  peers(r, f);
  viewers(r.viewers);
  $("empty").hidden = videos.length > 0;
  maps.show(videos, r.viewers);
  more(r);
  const bad = r.upstream.state === "away" || r.upstream.state === "fallback" || stalls > 0 || (r.store && (r.store.full || r.store.failing));
  say([r.node.source ? "a source" : everybody.words(r.upstream), stalls ? `${count(stalls, "viewer")} stalled` : "",
    r.store && r.store.full ? "the disk is full" : "", r.store && r.store.failing ? "the store cannot write" : ""].filter(Boolean).join(" · "), bad);
  past.push(r);
}

const share = (part, all) => (all ? `${Math.round((100 * part) / all)} %` : "–");

function peers(r, f) {
  $("peers").tBodies[0].replaceChildren(...r.peers.map((p) => {
    const x = f.get(p.address) || { to: 0, from: 0 };
    return row([p.name || p.address, element("span", "small", p.name ? p.address : "")],
      `${p.role}${p.upstream && p.role !== "master" ? ", followed" : ""}${p.open ? "" : ", dialled"}`,
      [rate(x.to)], [rate(x.from)], [bytes(p.sent_bytes)], [bytes(p.received_bytes)], [bytes(p.queued_bytes)]);
  }));
}

function viewers(list) {
  $("nobody").hidden = list.length > 0;
  $("watching").hidden = $("estimates").hidden = list.length === 0;
  $("viewers").tBodies[0].replaceChildren(...list.map((w) => {
    const m = element("meter");
    Object.assign(m, { min: 0, max: 30, low: 2, optimum: 30, value: Math.min(30, w.buffer_seconds) });
    m.setAttribute("aria-hidden", "true");
    const agent = element("td", "wrap", w.address, element("span", "small", program(w.agent)));
    agent.title = w.agent;
    return row([w.video, element("span", "small", `at ${seconds(w.playhead_seconds)}`)], agent,
      element("td", w.state === "stalled" ? "bad" : "", `${w.state}${w.tells ? " ✓" : ""}`),
      [w.startup_seconds === null ? "–" : seconds(w.startup_seconds)],
      element("td", "", m, ` ${seconds(w.buffer_seconds)}`),
      [w.stalls ? `${w.stalls}, ${seconds(w.stalled_seconds)}` : "0"], [bytes(w.taken_bytes)]);
  }));
}

// program returns what of a user agent people know it by.
function program(agent) {
  const known = /(Edg|OPR|Firefox|HeadlessChrome|Chrome|VLC|mpv|Lavf|curl|Safari)\/?\s?([\d.]*)/i;
  const m = agent.match(known);
  return m ? `${m[1].replace("Edg", "Edge").replace("OPR", "Opera").replace("HeadlessChrome", "Chrome")} ${m[2].split(".")[0]}` : agent.slice(0, 24);
}

function more(r) {
  const lines = [
    ["Up for", seconds(r.node.uptime_seconds)], ["Version", r.node.version], ["Address", r.node.address || "none"],
    ["From source", bytes(r.traffic.received_bytes.source)], ["From master", bytes(r.traffic.received_bytes.master)],
    ["From siblings", bytes(r.traffic.received_bytes.sibling)], ["To children", bytes(r.traffic.sent_bytes.child)],
    ["To siblings", bytes(r.traffic.sent_bytes.sibling)], ["To viewers", bytes(r.traffic.sent_bytes.viewer)],
    ["Other bytes, in and out", `${bytes(r.traffic.control_bytes.received)}, ${bytes(r.traffic.control_bytes.sent)}`],
    ["Requests of peers met from here", share(r.requests.hits, r.requests.hits + r.requests.misses)],
    ["Waiting for peers", `${bytes(r.queues.bytes)}, ${count(r.queues.waiting, "request")}`],
    ["Failovers", r.troubles.failovers], ["Requests timed out", r.troubles.timeouts],
    ["Bad data from peers", r.troubles.verification_failures], ["Bans", r.troubles.bans],
  ];
  if (r.store) {
    lines.push(["Not committed yet", `${bytes(r.store.uncommitted_bytes)}, for ${seconds(r.store.commit_lag_seconds)}`],
      ["Damaged chunks thrown away", r.store.lost_chunks]);
  }
  $("more").replaceChildren(...lines.map(([k, v]) => element("div", "", element("dt", "", k), element("dd", "", String(v)))));
}

// listen follows the events. The browser connects again by itself unless the server refuses.
function listen() {
  $("one").setAttribute("aria-current", "page");
  const events = new EventSource(withToken("/api/events"));
  events.addEventListener("status", (e) => {
    const r = JSON.parse(e.data);
    if (r.history.from_source.length !== 1) past = []; // a new connection tells all again
    show(r);
  });
  events.onerror = () => {
    say("The node does not answer. What stands here is as it was.", true);
    past = [];
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}

// gather asks for all nodes again and again.
async function gather() {
  $("all").setAttribute("aria-current", "page");
  $("everybody").hidden = false;
  $("name").textContent = "All nodes";
  document.title = "All nodes · status";
  try {
    const a = await fetch(withToken("/api/status?all=1"), { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!a.ok) throw new Error(`the node answers ${a.status}`);
    const all = await a.json();
    everybody.show($("everybody"), all);
    say(all.failed.length ? `${everybody.summary(all)}, ${all.failed.length} not heard from` : everybody.summary(all), all.failed.length > 0);
  } catch (e) {
    say(`Cannot ask: ${e.message}`, true);
  }
  setTimeout(gather, 2000);
}

if (here.has("all")) gather();
else listen();
