// Words for numbers.

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

// scaled returns n in the largest unit that leaves a digit before the point, with three digits.
function scaled(n) {
  let i = 0;
  let x = Math.abs(n);
  while (x >= 999.5 && i < units.length - 1) {
    x /= 1000;
    i++;
  }
  const digits = i === 0 || x >= 99.95 ? 0 : x >= 9.995 ? 1 : 2;
  return `${n < 0 ? "−" : ""}${x.toFixed(digits)} ${units[i]}`;
}

export const bytes = (n) => scaled(n);
export const rate = (n) => `${scaled(n)}/s`;

// seconds returns a time with as many digits as matter, rounded to the nearest.
export function seconds(s) {
  if (s < .9995) return `${Math.round(s * 1000)} ms`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  s = Math.round(s);
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min ${s % 60} s`;
  const h = Math.floor(m / 60);
  return h < 48 ? `${h} h ${m % 60} min` : `${Math.floor(h / 24)} days`;
}

export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

// element makes an element of a name, with a class, and text or children in it.
export function element(name, cls, ...inside) {
  const e = document.createElement(name);
  if (cls) e.className = cls;
  e.append(...inside);
  return e;
}

// row makes a table's row: the first cell heads it, cells that are numbers in words are given as [text].
export function row(head, ...cells) {
  const tr = element("tr");
  const th = element("th", "", ...[].concat(head));
  th.scope = "row";
  tr.append(th);
  for (const c of cells) tr.append(c instanceof Element ? c : Array.isArray(c) ? element("td", "n", c[0]) : element("td", "", c));
  return tr;
}

// tiles fills a list with figures and what they are.
export function tiles(list, figures) {
  list.replaceChildren(...figures.map(([figure, what]) => element("li", "", element("b", "", figure), element("span", "", what))));
}

// colour returns what a name stands for by the light that it is.
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// fit gives a canvas as many pixels as the screen has for it, and returns its context in CSS pixels with its size.
export function fit(canvas, height) {
  const width = canvas.clientWidth || canvas.parentElement.clientWidth;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const g = canvas.getContext("2d");
  g.scale(scale, scale);
  return { g, width, height };
}
