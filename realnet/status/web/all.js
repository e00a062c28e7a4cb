// The page of all nodes: a row each, below the one that it follows.

import { bytes, count, element, row, tiles } from "./format.js";

// show fills the page with what /api/status?all=1 tells.
export function show(page, all) {
  const nodes = all.nodes;
  const byAddress = new Map(nodes.map((r) => [r.node.address, r]));
  const below = new Map();
  const roots = [];
  for (const r of nodes) {
    const up = byAddress.get(r.upstream.address);
    if (up && up !== r) below.set(up, [...(below.get(up) || []), r]);
    else roots.push(r);
  }
  const rows = [];
  const seen = new Set();
  const add = (r, depth) => {
    if (seen.has(r)) return;
    seen.add(r);
    rows.push(line(r, depth));
    for (const c of below.get(r) || []) add(c, depth + 1);
  };
  roots.sort((a, b) => b.node.source - a.node.source);
  for (const r of roots) add(r, 0);
  for (const r of nodes) add(r, 0); // whoever follows in a circle
  page.querySelector("tbody").replaceChildren(...rows);

  const sum = (f) => nodes.reduce((s, r) => s + f(r), 0);
  const received = (r) => r.traffic.received_bytes;
  const all_ = sum((r) => received(r).source + received(r).master + received(r).sibling);
  const fromSource = sum((r) => received(r).source);
  const toViewers = sum((r) => r.traffic.sent_bytes.viewer);
  tiles(page.querySelector("#sums"), [
    [String(nodes.length), nodes.length === 1 ? "node" : "nodes"],
    [String(sum((r) => r.viewers.length)), "watch now"],
    [bytes(toViewers), "to viewers"],
    [bytes(fromSource), "left the source"],
    [toViewers ? `${Math.max(0, Math.round(100 * (1 - fromSource / toViewers)))} %` : "–", "of that not from the source"],
    [all_ ? `${Math.round(100 * sum((r) => received(r).sibling) / all_)} %` : "–", "of all received from siblings"],
  ]);
  page.querySelector("#failed").hidden = all.failed.length === 0;
  page.querySelector("#failures").replaceChildren(...all.failed.map((f) => element("li", "", `${f.web}, asked by ${f.by}: ${f.error}`)));
}

function line(r, depth) {
  const t = r.traffic, v = t.received_bytes;
  const name = element("span", "", r.node.web ? element("a", "", r.node.name) : r.node.name);
  const a = name.querySelector("a");
  if (a) a.href = `http://${r.node.web}/status`;
  name.style.paddingLeft = `${depth * 1.1}rem`;
  const up = element("td", r.upstream.state === "away" || r.upstream.state === "fallback" ? "bad" : "", words(r.upstream));
  return row(name, up, [bytes(v.source)], [bytes(v.master)], [bytes(v.sibling)], [bytes(t.sent_bytes.viewer)], [bytes(Math.max(0, t.saved_bytes))],
    [String(r.viewers.length)], [String(r.viewers.reduce((s, w) => s + w.stalls, 0))]);
}

// words says who serves as master.
export function words(u) {
  const who = u.name || u.address || "";
  return {
    none: "none: it is a source", master: `follows ${who}`, fallback: `master away, follows ${who}`, reaching: `looks for ${who}`,
    away: "nobody is there",
  }[u.state] || u.state;
}

export const summary = (all) => `${count(all.nodes.length, "node")}`;
