// The tree around a node: who is above it on top, its siblings beside it, its children below, its viewers at the bottom. A line's
// colour says who sends, its width how much; where something moves it moves that way.

import { count, rate } from "./format.js";

const ns = "http://www.w3.org/2000/svg";
const box = { w: 132, h: 46 }; // w is less where three do not fit beside one another
const mostBeside = 12; // peers of one kind that are drawn; the table has all

// draw puts the tree into an element. flows are a peer's rates in bytes a second by address: {to, from}.
export function draw(into, report, flows) {
  const width = Math.max(320, into.clientWidth);
  box.w = Math.min(132, Math.floor((width - 24) / 3));
  const kinds = { above: [], sibling: [], child: [] };
  for (const p of report.peers) {
    if (p.upstream || p.role === "master" || p.role === "source") kinds.above.push(p);
    else if (p.role === "child") kinds.child.push(p);
    else if (p.role === "sibling") kinds.sibling.push(p);
  }
  kinds.above.sort((a, b) => b.upstream - a.upstream);
  const svg = make("svg", { role: "img" });
  const links = make("g", {}), boxes = make("g", {});
  svg.append(links, boxes);
  let y = 4;
  const place = (peers, label) => {
    const shown = peers.slice(0, mostBeside);
    const each = Math.max(1, Math.min(shown.length, Math.floor(width / (box.w + 10))));
    const spots = [];
    shown.forEach((p, i) => {
      const inRow = Math.min(each, shown.length - Math.floor(i / each) * each);
      const x = width / 2 + ((i % each) - (inRow - 1) / 2) * (box.w + 10);
      spots.push({ peer: p, x, y: y + Math.floor(i / each) * (box.h + 30) + box.h / 2, label });
    });
    if (shown.length) y += Math.ceil(shown.length / each) * (box.h + 30) - 30;
    return spots;
  };
  const spots = place(kinds.above, "above");
  if (spots.length) y += 62;
  const self = { x: width / 2, y: y + box.h / 2 };
  y += box.h;
  const beside = kinds.sibling.slice(0, mostBeside);
  if (beside.length > 0 && beside.length <= 6) { // siblings stand left and right of the node, as many as there is height for
    const out = Math.min(width / 2 - box.w / 2 - 6, box.w + 110);
    const left = beside.filter((_, i) => i % 2 === 0), right = beside.filter((_, i) => i % 2 === 1);
    for (const [side, x] of [[left, width / 2 - out], [right, width / 2 + out]]) {
      side.forEach((p, i) => spots.push({ peer: p, x, y: self.y + (i - (side.length - 1) / 2) * (box.h + 12), label: "sibling" }));
    }
    const tall = Math.ceil(beside.length / 2);
    y = Math.max(y, self.y + (tall / 2) * (box.h + 12));
  } else if (beside.length) {
    y += 62;
    spots.push(...place(kinds.sibling, "sibling"));
  }
  if (kinds.child.length) {
    y += 62;
    spots.push(...place(kinds.child, "child"));
  }
  if (report.viewers.length) {
    y += 62;
    spots.push(...place([{ viewers: report.viewers.length, name: count(report.viewers.length, "viewer"), address: "viewers", open: true }], "viewer"));
  }
  for (const s of spots) connect(links, self, s, flows.get(s.peer.address) || { to: 0, from: 0 });
  for (const s of spots) {
    const role = s.label === "viewer" ? "at this web server" : s.peer.open ? s.peer.role : "being dialled";
    card(boxes, s, s.peer.name || s.peer.address, role, `${s.peer.open ? "" : "away"}`);
  }
  card(boxes, self, report.node.name, report.node.source ? "this node, a source" : "this node", "self");
  svg.setAttribute("viewBox", `0 0 ${width} ${y + 4}`);
  svg.setAttribute("aria-label", describe(report, kinds));
  into.replaceChildren(svg);
}

function describe(report, kinds) {
  const names = (list) => list.map((p) => p.name || p.address).join(", ");
  const parts = [`${report.node.name}`];
  if (kinds.above.length) parts.push(`above it ${names(kinds.above)}`);
  if (kinds.sibling.length) parts.push(`siblings ${names(kinds.sibling)}`);
  if (kinds.child.length) parts.push(`children ${names(kinds.child)}`);
  parts.push(count(report.viewers.length, "viewer"));
  return `${parts.join("; ")}. The table below has the figures.`;
}

// connect draws a line from the node to a peer, or two where both send.
function connect(links, self, s, flow) {
  const upright = Math.abs(s.y - self.y) > box.h;
  const [dx, dy] = upright ? [7, 0] : [0, 7];
  const both = flow.to > 0 && flow.from > 0;
  const shift = both ? 1 : 0;
  const kind = s.peer.role || "viewer";
  const down = s.y > self.y ? 1 : -1;
  const ends = (k) => upright
    ? [[self.x + k * dx, self.y + down * box.h / 2], [s.x + k * dx, s.y - down * box.h / 2]]
    : [[self.x + Math.sign(s.x - self.x) * box.w / 2, self.y + k * dy], [s.x - Math.sign(s.x - self.x) * box.w / 2, s.y + k * dy]];
  if (!flow.to && !flow.from) path(links, ends(0), "", 0);
  if (flow.from) path(links, ends(shift).reverse(), kind, flow.from);
  if (flow.to) path(links, ends(-shift), s.label === "viewer" ? "viewer" : kind === "sibling" ? "sibling" : "child", flow.to);
  const words = [flow.from ? `${s.y < self.y - box.h ? "↓" : s.y > self.y + box.h ? "↑" : s.x < self.x ? "→" : "←"} ${rate(flow.from)}` : "",
    flow.to ? `${s.y < self.y - box.h ? "↑" : s.y > self.y + box.h ? "↓" : s.x < self.x ? "←" : "→"} ${rate(flow.to)}` : ""].filter(Boolean);
  const at = upright ? [s.x, s.y - down * (box.h / 2 + 10) + 4] :
    Math.abs(self.x - s.x) - box.w < 90 ? [s.x, s.y - box.h / 2 - 6] : [(self.x + s.x) / 2, s.y - 14];
  if (words.length) label(links, at, words.join("  "));
}

function label(links, [x, y], words) {
  const t = make("text", { x, y, class: "rate" });
  t.textContent = words;
  const back = make("rect", { x: x - words.length * 3.3 - 4, y: y - 11, width: words.length * 6.6 + 8, height: 15, rx: 4, fill: "var(--card)" });
  links.append(back, t);
}

function path(links, [[x1, y1], [x2, y2]], kind, flow) {
  const bend = Math.abs(y2 - y1) > box.h;
  const d = bend ? `M${x1} ${y1}C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}` : `M${x1} ${y1}L${x2} ${y2}`;
  const width = flow ? Math.max(2, Math.min(9, 2 + Math.log10(flow / 10000) * 2)) : 1.5;
  links.append(make("path", { d, class: `flow ${kind} ${flow ? "moving" : ""}`, "stroke-width": width }));
}

function card(boxes, { x, y }, name, role, cls) {
  const g = make("g", { class: cls });
  const title = make("title", {});
  title.textContent = `${name}, ${role}`;
  const n = make("text", { x, y: y - 3, class: "name" }), r = make("text", { x, y: y + 14, class: "role" });
  n.textContent = fit(name, box.w / 7.8);
  r.textContent = fit(role, box.w / 6);
  g.append(title, make("rect", { class: "box", x: x - box.w / 2, y: y - box.h / 2, width: box.w, height: box.h, rx: 9 }), n, r);
  boxes.append(g);
}

// fit cuts words to about so many letters.
function fit(words, letters) {
  return words.length > letters ? `${words.slice(0, letters - 1)}…` : words;
}

function make(name, attributes) {
  const e = document.createElementNS(ns, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
}
