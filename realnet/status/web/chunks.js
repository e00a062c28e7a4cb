// The map of a video's chunks: a cell each, in rows, as wide as the page; several chunks to a cell where there are too many.

import { bytes, colour, count, element, fit, seconds } from "./format.js";

const cell = 9; // CSS pixels, with its gap
const most = 12; // rows

// Maps keeps a figure for each video.
export class Maps {
  constructor(into) {
    Object.assign(this, { into, figures: new Map(), videos: [], viewers: [] });
    new ResizeObserver(() => this.draw()).observe(into);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // show leaves out posters, playlists and subtitles, which are a chunk each and have a ~ in their names.
  show(videos, viewers) {
    videos = videos.filter((v) => !v.name.includes("~"));
    this.videos = videos;
    this.viewers = viewers;
    for (const name of this.figures.keys()) {
      if (!videos.some((v) => v.name === name)) {
        this.figures.get(name).remove();
        this.figures.delete(name);
      }
    }
    for (const v of videos) {
      if (!this.figures.has(v.name)) {
        const canvas = element("canvas");
        canvas.setAttribute("role", "img");
        const f = element("figure", "map", element("figcaption", "", element("b", "", v.name), element("span", "quiet")), canvas);
        this.figures.set(v.name, f);
        this.into.append(f);
      }
    }
    this.draw();
  }

  draw() {
    for (const v of this.videos) this.one(v, this.figures.get(v.name));
  }

  one(v, figure) {
    const canvas = figure.querySelector("canvas");
    const here = v.own ? "all of it, its own" : `${v.whole} of ${count(v.chunks, "chunk")} whole` + (v.partial ? `, ${v.partial} in part` : "");
    const words = [here, bytes(v.length_bytes), v.duration_seconds ? seconds(v.duration_seconds) : "", v.pinned ? "pinned" : ""];
    figure.querySelector("figcaption span").textContent = words.filter(Boolean).join(" · ");
    const width = canvas.clientWidth || figure.clientWidth;
    const across = Math.max(8, Math.floor(width / cell));
    const each = Math.max(1, Math.ceil(v.chunks / (across * most))); // chunks to a cell
    const cells = Math.ceil(v.chunks / each);
    const rows = Math.max(1, Math.ceil(cells / across));
    canvas.style.height = `${rows * cell}px`;
    const { g } = fit(canvas, rows * cell);
    const states = new Array(cells).fill(0).map(() => ({ whole: 0, partial: 0, all: 0 }));
    let at = 0;
    for (const r of v.map) {
      for (let left = r.count; left > 0;) {
        const c = Math.floor(at / each);
        const n = Math.min(left, (c + 1) * each - at);
        states[c].all += n;
        if (r.state in states[c]) states[c][r.state] += n;
        at += n;
        left -= n;
      }
    }
    const colours = { whole: colour("whole"), partial: colour("partial"), absent: colour("absent") };
    for (let c = 0; c < cells; c++) {
      const s = states[c];
      g.fillStyle = s.all && s.whole === s.all ? colours.whole : s.whole || s.partial ? colours.partial : colours.absent;
      g.fillRect((c % across) * cell, Math.floor(c / across) * cell, cell - 1, cell - 1);
    }
    if (v.pinned) {
      g.strokeStyle = colour("pinned");
      g.lineWidth = 2;
      g.strokeRect(1, 1, Math.min(cells, across) * cell - 3, rows * cell - 3);
    }
    const heads = this.viewers.filter((w) => w.video === v.name && v.duration_seconds);
    g.fillStyle = colour("ink");
    for (const w of heads) {
      const c = Math.min(cells - 1, Math.floor((w.playhead_seconds / v.duration_seconds) * v.chunks / each));
      g.fillRect((c % across) * cell + 3, Math.floor(c / across) * cell, 2, cell - 1);
    }
    canvas.setAttribute("aria-label", `${v.name}: ${here}` + (each > 1 ? `; a cell is ${each} chunks` : "") +
      (heads.length ? `; ${count(heads.length, "viewer")}` : ""));
  }
}
