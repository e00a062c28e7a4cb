// The page that plays one video.

import { clock, parseClock } from "./format.js";
import { flow } from "./flow.js";
import { keys } from "./keys.js";
import { Player } from "./player.js";

const video = document.getElementById("video");
const line = document.getElementById("say");
const unmute = document.getElementById("unmute");

const player = new Player(video, (state, text) => {
  line.dataset.state = state;
  line.textContent = text;
});
globalThis.peerstreamer = { player }; // for support, in the browser's console

for (const track of video.querySelectorAll("track")) {
  try {
    track.label = new Intl.DisplayNames([track.srclang], { type: "language" }).of(track.srclang); // what the language calls itself
  } catch { /* a tag that the browser does not know stays as it is */ }
}
video.addEventListener("muted-to-play", () => { unmute.hidden = false; });
video.addEventListener("volumechange", () => { if (!video.muted) unmute.hidden = true; });
unmute.addEventListener("click", () => { video.muted = false; unmute.hidden = true; video.focus(); });
keys(video, player);
flow(video, document.getElementById("flow"), player);

// The share links are this page's as the viewer reached it.
const link = document.getElementById("link"), here = document.getElementById("here"), now = document.getElementById("now");
const absolute = path => new URL(path, location.href);
function share() {
  const u = absolute(link.getAttribute("value"));
  if (here.checked) u.searchParams.set("t", String(Math.round(video.currentTime)));
  link.value = u.href;
  now.textContent = clock(video.currentTime);
}
video.addEventListener("timeupdate", share);
here.addEventListener("change", share);
share();
const stream = document.getElementById("stream");
stream.value = absolute(stream.value).href;
const embed = document.getElementById("embed");
if (embed) {
  const src = absolute(embed.dataset.src).href.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  embed.value = `<iframe src="${src}" width="640" height="360" allow="autoplay; fullscreen" allowfullscreen></iframe>`;
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // a page over plain HTTP has no clipboard of the newer kind
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

void player.start(parseClock(new URLSearchParams(location.search).get("t")) ?? 0);
