// The player's keys, wherever on the page they are pressed, but for fields and buttons that want them themselves.

export function keys(video, player) {
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select")) return;
    if ((e.key === " " || e.key === "Enter") && e.target.closest("button, a, summary")) return;
    const act = action(e.key, video, player);
    if (!act) return;
    e.preventDefault(); // the browser's own control would do it a second time
    act();
  });
}

function action(key, v, player) {
  const by = s => () => { v.currentTime = Math.max(0, Math.min(v.duration || 0, v.currentTime + s)); };
  const loud = d => () => { v.volume = Math.max(0, Math.min(1, v.volume + d)); v.muted = false; };
  const rate = d => () => { v.playbackRate = Math.max(.25, Math.min(4, v.playbackRate + d)); };
  if (/^[0-9]$/.test(key)) return () => { if (v.duration) v.currentTime = v.duration * Number(key) / 10; };
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case " ": case "k": return () => { v.paused ? void player.play() : v.pause(); };
    case "ArrowLeft": return by(-5);
    case "ArrowRight": return by(5);
    case "j": return by(-10);
    case "l": return by(10);
    case "ArrowUp": return loud(.1);
    case "ArrowDown": return loud(-.1);
    case "m": return () => { v.muted = !v.muted; };
    case "f": return () => { document.fullscreenElement ? void document.exitFullscreen() : void v.requestFullscreen?.(); };
    case "c": return () => subtitles(v);
    case "<": return rate(-.25);
    case ">": return rate(.25);
  }
  return undefined;
}

// subtitles shows the next track, after the last none.
function subtitles(v) {
  const tracks = [...v.textTracks].filter(t => t.kind === "subtitles" || t.kind === "captions");
  const on = tracks.findIndex(t => t.mode === "showing");
  if (on >= 0) tracks[on].mode = "disabled";
  if (on + 1 < tracks.length) tracks[on + 1].mode = "showing";
}
