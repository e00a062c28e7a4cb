// Draws the tree of nodes, and a dot for each chunk that one sends another.

const svgNS = "http://www.w3.org/2000/svg";
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 44rem)");
const Flight = 900; // milliseconds that a dot takes
const MaxDots = 400; // at a time; what is beyond is not drawn
const Busy = 1200; // milliseconds that a wire stays coloured

function el(name, attrs, parent) {
  const e = document.createElementNS(svgNS, name);
  for (const [k, v] of Object.entries(attrs)) e.setAttribute(k, v);
  parent?.append(e);
  return e;
}

// Size of a node's box.
const W = 124, H = 58;

// layout places nodes, by name, in a drawing of some size: the tree from the top on a wide page, the sites side by side and
// their boxes below each other on a narrow one.
function layout(nodes) {
  const at = new Map();
  const masters = nodes.filter(n => n.master && nodes.find(m => m.name === n.master && !m.master));
  const boxes = m => nodes.filter(n => n.master === m.name);
  const source = nodes.find(n => !n.master);
  if (narrow.matches) {
    const [w, step] = [360, 92];
    at.set(source.name, { x: w / 2, y: 40 });
    let deep = 0;
    masters.forEach((m, i) => {
      const x = w * (2 * i + 1) / (2 * masters.length);
      at.set(m.name, { x, y: 150 });
      boxes(m).forEach((b, j) => { at.set(b.name, { x, y: 262 + j * step }); deep = Math.max(deep, 262 + j * step); });
    });
    return { at, w, h: deep + 44, masters, tall: true };
  }
  const w = 1000;
  at.set(source.name, { x: w / 2, y: 44 });
  masters.forEach((m, i) => {
    const mid = w * (2 * i + 1) / (2 * masters.length);
    at.set(m.name, { x: mid, y: 168 });
    const b = boxes(m), gap = w / masters.length / b.length;
    b.forEach((n, j) => at.set(n.name, { x: mid + (j - (b.length - 1) / 2) * gap, y: 312 }));
  });
  return { at, w, h: 400, masters, tall: false };
}

export class Tree {
  constructor(root) {
    this.root = root;
    this.sent = new Map(); // bytes of each wire that dots were drawn for
    this.dots = [];
    narrow.addEventListener("change", () => { this.svg = undefined; if (this.state) this.show(this.state); });
    const frame = now => { this.fly(now); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  // show draws a state; dots are for what was sent since the last.
  show(state) {
    if (!this.svg || this.round !== state.round) this.draw(state);
    this.state = state;
    for (const n of state.nodes) this.node(n, state.video.bytes);
    const now = performance.now();
    for (const l of state.links) this.link(l, state.video.chunk_bytes, now);
    for (const w of this.wires.values()) w.path.classList.toggle("busy", now - w.busy < Busy);
  }

  draw(state) {
    this.round = state.round;
    this.plan = layout(state.nodes);
    const { w, h, at, masters, tall } = this.plan;
    this.svg = el("svg", { viewBox: `0 0 ${w} ${h}`, "aria-hidden": "true" });
    this.root.replaceChildren(this.svg);
    for (const m of masters) {
      const in_ = state.nodes.filter(n => n.site === m.site).map(n => at.get(n.name));
      const [x0, x1] = [Math.min(...in_.map(p => p.x)) - W / 2 - 20, Math.max(...in_.map(p => p.x)) + W / 2 + 20];
      const [y0, y1] = [Math.min(...in_.map(p => p.y)) - H / 2 - 12, Math.max(...in_.map(p => p.y)) + H / 2 + (tall ? 8 : 44)];
      el("rect", { class: "site", x: x0 + 4, y: y0, width: x1 - x0 - 8, height: y1 - y0, rx: 14 }, this.svg);
    }
    this.under = el("g", {}, this.svg);
    this.over = el("g", {}, this.svg);
    this.wires = new Map();
    this.boxes = new Map();
    this.dots = [];
    for (const n of state.nodes) if (n.master) this.wire(n.master, n.name);
    for (const n of state.nodes) this.box(n, at.get(n.name));
    this.air = el("g", {}, this.svg);
    if (!this.state || this.state.round !== state.round) this.sent.clear();
  }

  box(n, { x, y }) {
    const g = el("g", { transform: `translate(${x - W / 2} ${y - H / 2})` }, this.over);
    el("rect", { class: "box", width: W, height: H, rx: 9 }, g);
    el("text", { class: "name", x: 10, y: 21 }, g).textContent = n.name;
    const note = el("text", { class: "note", x: W - 10, y: 21, "text-anchor": "end" }, g);
    el("rect", { class: "trough", x: 10, y: 34, width: W - 20, height: 10, rx: 5 }, g);
    const fills = {};
    for (const k of ["source", "master", "sibling", "own"]) fills[k] = el("rect", { class: `fill ${k}`, x: 10, y: 34, width: 0, height: 10 }, g);
    this.boxes.set(n.name, { g, note, fills });
  }

  // node shows how much of the video is at a node, and who sent it.
  node(n, total) {
    const b = this.boxes.get(n.name), room = W - 20;
    b.g.classList.toggle("down", !n.up);
    let text = n.up ? "" : "down";
    if (n.up && n.viewer) text = n.viewer.waits ? "waits" : `▶ ${mmss(n.viewer.seconds)}`;
    if (n.up && n.name === this.you) text = "you";
    if (b.note.textContent !== text) b.note.textContent = text;
    const parts = n.master ? n.from : { own: total };
    const sum = Math.max(total, Object.values(parts).reduce((a, c) => a + c, 0));
    let x = 10;
    for (const [k, f] of Object.entries(b.fills)) {
      const w = room * (parts[k] ?? 0) / sum;
      f.setAttribute("x", x);
      f.setAttribute("width", w);
      x += w;
    }
  }

  // wire returns the line between two nodes, drawn when it is first needed.
  wire(from, to) {
    const key = `${from}>${to}`;
    let w = this.wires.get(key);
    if (!w) {
      const d = this.curve(from, to);
      w = { path: el("path", { class: "wire", d }, this.under), busy: -Infinity };
      w.length = w.path.getTotalLength();
      this.wires.set(key, w);
    }
    return w;
  }

  curve(from, to) {
    const { at, tall, w } = this.plan;
    const a = at.get(from), b = at.get(to), half = H / 2;
    const node = name => this.nodesByName(name);
    if (node(to).master === from) {
      const below = { x: a.x, y: a.y + half }, above = { x: b.x, y: b.y - half };
      if (!tall || b.y - a.y < 120) return `M${below.x} ${below.y} C${below.x} ${below.y + 40} ${above.x} ${above.y - 40} ${above.x} ${above.y}`;
      const out = a.x < w / 2 ? -1 : 1, side = W / 2; // around the boxes between
      return `M${a.x + out * side} ${a.y} C${a.x + out * (side + 26)} ${a.y} ${a.x + out * (side + 26)} ${b.y} ${b.x + out * side} ${b.y}`;
    }
    if (a.y === b.y) { // siblings side by side: an arc below, or above for the way back
      const down = a.x < b.x ? 1 : -1, bend = 22 + Math.abs(a.x - b.x) / 14;
      return `M${a.x} ${a.y + down * half} Q${(a.x + b.x) / 2} ${a.y + down * (half + bend)} ${b.x} ${b.y + down * half}`;
    }
    if (a.x === b.x) { // siblings below each other
      const out = a.x < w / 2 ? 1 : -1, side = out * W / 2, bend = out * 22;
      return `M${a.x + side} ${a.y} C${a.x + side + bend} ${a.y} ${b.x + side + bend} ${b.y} ${b.x + side} ${b.y}`;
    }
    const dir = a.y < b.y ? 1 : -1;
    return `M${a.x} ${a.y + dir * half} C${a.x} ${(a.y + b.y) / 2} ${b.x} ${(a.y + b.y) / 2} ${b.x} ${b.y - dir * half}`;
  }

  nodesByName(name) { return this.state?.nodes.find(n => n.name === name) ?? this.first.find(n => n.name === name); }

  // link lets a dot fly for each chunk that was sent since the last state.
  link(l, chunk, now) {
    const w = this.wire(l.from, l.to), key = `${l.from}>${l.to}`;
    const before = this.sent.get(key) ?? 0;
    const dots = Math.floor((l.bytes - before) / chunk);
    if (l.bytes > before) {
      w.busy = now;
      w.path.setAttribute("class", `wire busy ${l.role}`);
    }
    if (dots <= 0) return;
    this.sent.set(key, before + dots * chunk);
    if (calm.matches || document.hidden) return;
    for (let i = 0; i < dots && this.dots.length < MaxDots; i++) {
      const c = el("circle", { class: `dot ${l.role}`, r: 5, cx: -20, cy: -20 }, this.air);
      this.dots.push({ c, w, start: now + i * 250 / dots });
    }
  }

  fly(now) {
    this.dots = this.dots.filter(d => {
      const t = (now - d.start) / Flight;
      if (t >= 1) { d.c.remove(); return false; }
      if (t > 0) {
        const p = d.w.path.getPointAtLength(d.w.length * t * t * (3 - 2 * t));
        d.c.setAttribute("cx", p.x);
        d.c.setAttribute("cy", p.y);
      }
      return true;
    });
  }
}

function mmss(s) { return `${Math.floor(s / 60)}:${String(Math.floor(s) % 60).padStart(2, "0")}`; }
