// The list of videos: finds while one types, draws a poster where there is none, and looks again while there is no video.

const field = document.getElementById("q");
const items = [...document.querySelectorAll("[data-search]")];

// find shows the videos whose names hold all the words.
function find() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of items) {
    item.hidden = !words.every(w => item.dataset.search.includes(w));
    if (!item.hidden) shown++;
  }
  const found = document.getElementById("found");
  found.textContent = words.length ? `${shown} of ${items.length}` : "";
}

// The server has searched already if the page was asked for with a query; then what it left out is not here to be found.
if (field && !new URLSearchParams(location.search).get("q")) {
  field.addEventListener("input", find);
  field.form.addEventListener("submit", e => e.preventDefault());
  find();
}

// What is drawn below shows through if the picture does not come.
for (const img of document.querySelectorAll(".poster img")) {
  const gone = () => img.remove();
  if (img.complete && img.naturalWidth === 0 && img.currentSrc) gone();
  else img.addEventListener("error", gone);
}

if (!document.querySelector(".cards") && !location.search) {
  const again = 5000;
  const look = async () => {
    try {
      const r = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(again) });
      if ((await r.text()).includes('class="cards"')) return location.reload();
    } catch { /* the node is away: look again */ }
    setTimeout(look, again);
  };
  setTimeout(look, again);
}
