// How times, sizes and shares are written.

// clock writes seconds as 1:02:03, rounded to the nearest one.
export function clock(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return "0:00";
  const s = Math.round(seconds), two = n => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

// bytes writes a size in decimal units.
export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return `${i && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

// parseClock reads 90, 1:30, 1:02:03 or 1h2m3s; undefined if it is none of these.
export function parseClock(s) {
  if (!s) return undefined;
  let m = /^(?:(\d+):)?(?:(\d+):)?(\d+(?:\.\d+)?)$/.exec(s);
  if (m) {
    const [h, min] = m[2] === undefined ? [0, m[1] ?? 0] : [m[1], m[2]];
    return h * 3600 + min * 60 + Number(m[3]);
  }
  m = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(s);
  return m && m[0] ? (m[1] ?? 0) * 3600 + (m[2] ?? 0) * 60 + Number(m[3] ?? 0) : undefined;
}
