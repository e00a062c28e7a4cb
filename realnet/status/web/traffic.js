// The chart of the last two minutes: what came stacked above zero, what went below it, and the offload bound as a line.

import { colour, element, fit, rate, row } from "./format.js";

const span = 120; // seconds
const above = [["from_source", "source"], ["from_master", "master"], ["from_sibling", "sibling"]];
const below = [["to_viewers", "viewer"], ["to_peers", "peer"]];
const lists = [...above, ...below].map(([list]) => list).concat("least_from_above");

// Traffic draws into a canvas and tells what stands at the cursor, by mouse or arrow keys.
export class Traffic {
  constructor(canvas, words, table) {
    Object.assign(this, { canvas, words, table, history: null, cursor: -1, told: 0 });
    canvas.addEventListener("pointermove", (e) => this.point(e.offsetX));
    canvas.addEventListener("pointerleave", () => this.move(-1));
    canvas.addEventListener("blur", () => this.move(-1));
    canvas.addEventListener("keydown", (e) => this.key(e));
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // add takes a history: the first has all, those that come later the latest second alone.
  add(h, whole) {
    if (whole || !this.history) {
      this.history = Object.fromEntries(lists.map((list) => [list, h[list].slice(-span)]));
    } else {
      for (const list of lists) {
        this.history[list].push(...h[list]);
        this.history[list].splice(0, this.history[list].length - span);
      }
    }
    this.draw();
    if (this.table.closest("details").open) this.tabulate();
  }

  get n() { return this.history ? this.history.from_source.length : 0; }
  sum(parts, i) { return parts.reduce((s, [list]) => s + this.history[list][i], 0); }

  draw() {
    const { g, width, height } = fit(this.canvas, this.canvas.clientHeight);
    if (!this.n) return;
    let top = 1000, bottom = 1000; // bytes in a second
    for (let i = 0; i < this.n; i++) {
      top = Math.max(top, this.sum(above, i), this.history.least_from_above[i]);
      bottom = Math.max(bottom, this.sum(below, i));
    }
    const step = round((top + bottom) / 4);
    top = Math.ceil(top / step) * step;
    bottom = Math.ceil(bottom / step) * step;
    const font = getComputedStyle(this.canvas).fontFamily;
    g.font = `11px ${font}`;
    const left = 8 + Math.max(g.measureText(rate(top)).width, g.measureText(rate(bottom)).width);
    const head = 8, foot = 20;
    const x = (i) => left + ((span - this.n + i) / span) * (width - left);
    const y = (v) => head + ((top - v) / (top + bottom)) * (height - head - foot);
    this.x = x;

    g.textBaseline = "middle";
    g.textAlign = "right";
    for (let v = -bottom; v <= top + step / 2; v += step) {
      g.strokeStyle = colour(Math.abs(v) < step / 2 ? "quiet" : "line");
      g.lineWidth = 1;
      line(g, [[left, Math.round(y(v)) + 0.5], [width, Math.round(y(v)) + 0.5]]);
      g.fillStyle = colour("quiet");
      g.fillText(rate(Math.abs(v)), left - 6, y(v));
    }
    g.textBaseline = "alphabetic";
    for (const ago of width < 420 ? [120, 60, 0] : [120, 90, 60, 30, 0]) {
      g.textAlign = ago === 120 ? "left" : ago === 0 ? "right" : "center";
      g.fillText(ago === 0 ? "now" : `−${ago} s`, left + ((span - ago) / span) * (width - left), height - 4);
    }
    this.stack(g, above, x, y, 1);
    this.stack(g, below, x, y, -1);

    g.strokeStyle = colour("bound");
    g.lineWidth = 1.5;
    g.setLineDash([5, 4]);
    line(g, this.steps(x, (i) => y(this.history.least_from_above[i])));
    g.setLineDash([]);
    if (this.cursor >= 0 && this.cursor < this.n) {
      g.lineWidth = 1;
      line(g, [[x(this.cursor + 0.5), head], [x(this.cursor + 0.5), height - foot]]);
    }
    this.tell();
  }

  // steps returns the corners of a line that stands still in each second.
  steps(x, at) {
    const corners = [];
    for (let i = 0; i < this.n; i++) corners.push([x(i), at(i)], [x(i + 1), at(i)]);
    return corners;
  }

  stack(g, parts, x, y, sign) {
    const base = new Array(this.n).fill(0);
    for (const [list, name] of parts) {
      const low = this.steps(x, (i) => y(sign * base[i]));
      for (let i = 0; i < this.n; i++) base[i] += this.history[list][i];
      const high = this.steps(x, (i) => y(sign * base[i]));
      g.fillStyle = colour(name);
      g.beginPath();
      for (const [px, py] of low.concat(high.reverse())) g.lineTo(px, py);
      g.fill();
    }
  }

  point(px) {
    if (!this.n || !this.x) return;
    const width = this.x(1) - this.x(0);
    this.move(Math.max(0, Math.min(this.n - 1, Math.floor((px - this.x(0)) / width))));
  }

  key(e) {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -span, End: span }[e.key];
    if (!by || !this.n) return;
    e.preventDefault();
    const from = this.cursor < 0 ? this.n : this.cursor;
    this.move(Math.max(0, Math.min(this.n - 1, from + by)));
  }

  move(to) {
    this.cursor = to;
    this.told = 0;
    this.draw();
  }

  // tell puts into words what stands at the cursor, or else the mean of the last ten seconds, that not more often than people read.
  tell() {
    const chosen = this.cursor >= 0 && this.cursor < this.n;
    if (!chosen && Date.now() - this.told < 5000) return;
    this.told = Date.now();
    const from = chosen ? this.cursor : Math.max(0, this.n - 10);
    const m = this.mean(from, chosen ? from + 1 : this.n);
    const when = chosen ? `${this.n - this.cursor} s ago` : "Lately";
    this.words.setAttribute("aria-live", chosen ? "polite" : "off"); // read out what was asked for, not each five seconds
    this.words.textContent = `${when}: from source ${rate(m.from_source)}, master ${rate(m.from_master)}, siblings ` +
      `${rate(m.from_sibling)}; to viewers ${rate(m.to_viewers)}, to peers ${rate(m.to_peers)}. Bound: ${rate(m.least_from_above)}.`;
  }

  mean(from, to) {
    return Object.fromEntries(lists.map((list) =>
      [list, this.history[list].slice(from, to).reduce((s, v) => s + v, 0) / Math.max(1, to - from)]));
  }

  // tabulate shows the mean of each ten seconds.
  tabulate() {
    const rows = [];
    for (let to = this.n; to > 0; to -= 10) {
      const m = this.mean(Math.max(0, to - 10), to);
      rows.push(row(`${this.n - to}–${this.n - Math.max(0, to - 10)}`, [rate(m.from_source)], [rate(m.from_master)], [rate(m.from_sibling)],
        [rate(m.to_viewers)], [rate(m.to_peers)], [rate(m.least_from_above)]));
    }
    this.table.replaceChildren(...(rows.length ? rows : [element("tr")]));
  }
}

function line(g, corners) {
  g.beginPath();
  for (const [x, y] of corners) g.lineTo(x, y);
  g.stroke();
}

// round returns the least of 1, 2 or 5 times a power of ten that is not below v.
function round(v) {
  const p = 10 ** Math.floor(Math.log10(v));
  return [1, 2, 5, 10].find((m) => m * p >= v) * p;
}
