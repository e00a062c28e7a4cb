// Keeps a video element playing: a file by range requests, or HLS through hls.js or the browser's own, from one node or several;
// and when the data stays away, finds out why, says so, and goes on where it was as soon as it comes again, here or elsewhere.

import { places, roaming } from "./places.js";
import { probe, words, Fine } from "./probe.js";

// Times in milliseconds.
const Patience = 1500; // without progress before it is said
const Doubt = 4000; // before it is asked why
const Stuck = 8000; // of no progress although the data is there, before the player begins anew
const Roaming = 15000; // the same where hls.js turns to another node by itself, for which it takes up to 10 s
const Again = [1000, 2000, 4000, 8000]; // between questions; the last for ever

export class Player {
  // say(state, text) gets "playing", "paused", "loading", "ended" or "trouble", and what to tell people about it.
  constructor(video, say) {
    this.video = video;
    this.say = say;
    this.places = places(video.dataset);
    this.node = 0; // which of the places playback begins from
    this.bytes = Number(video.dataset.bytes) || 0;
    this.at = 0; // where playback is or shall go on
    this.wanted = true; // to play
    this.loading = false; // at is to be reached
    this.moved = performance.now(); // when something moved last
    this.asked = 0; // questions since then
    this.restarts = 0; // of the element or of hls.js, for tests and support
    const on = (name, f) => video.addEventListener(name, f);
    on("timeupdate", () => this.progress());
    on("seeking", () => { if (!this.loading) this.at = video.currentTime; this.pause(); });
    on("seeked", () => this.progress());
    on("loadedmetadata", () => this.restore());
    on("play", () => { this.wanted = true; this.pause(); this.wake?.(); });
    on("pause", () => { if (!this.loading && !video.error && !video.ended) { this.wanted = false; this.tell("paused"); } });
    on("playing", () => this.progress());
    on("ended", () => { this.wanted = false; this.tell("ended"); });
    on("error", () => { if (video.error && !this.hls) this.trouble(); });
    this.watchdog = setInterval(() => this.watch(), 500);
  }

  // start plays from some second on.
  async start(at = 0) {
    this.at = at;
    this.tell("loading");
    await this.load();
    await this.play();
  }

  // ready makes a player that waits for somebody to play.
  ready() {
    this.wanted = false;
    return this.load();
  }

  // startOver plays from the beginning, from the server anew.
  startOver() {
    this.at = 0;
    this.wanted = true;
    return this.restart();
  }

  // play asks the browser to play, without sound if it will not otherwise.
  async play() {
    const v = this.video;
    try {
      await v.play();
    } catch (e) {
      if (e.name !== "NotAllowedError" || v.muted) return;
      v.muted = true;
      v.dispatchEvent(new Event("muted-to-play"));
      await v.play().catch(() => { this.wanted = false; });
    }
  }

  // load attaches the video at the place where it shall go on: HLS, if there is any and the page's address does not ask for the
  // plain file (?file), for which a browser sometimes needs several requests to seek.
  async load() {
    const v = this.video, { file, hls } = this.places[this.node];
    this.loading = true;
    this.moved = performance.now();
    this.host = new URL(file, location.href).host;
    this.wake = undefined;
    if (this.hls) { this.hls.destroy(); this.hls = undefined; }
    if (hls && this.kind !== "file" && !new URLSearchParams(location.search).has("file")) {
      const Hls = await hlsjs(v.dataset.hlsjs);
      if (Hls?.isSupported()) {
        this.kind = "hls.js";
        return this.attach(Hls, hls);
      }
      if (v.canPlayType("application/vnd.apple.mpegurl")) {
        this.kind = "hls";
        v.src = hls;
        return;
      }
    }
    this.kind = "file";
    v.src = file;
    v.load();
  }

  attach(Hls, source) {
    const v = this.video;
    // Without a worker: nothing is repackaged, and a worker from a blob would need a laxer policy of the page.
    const hls = new Hls({
      enableWorker: false, startPosition: this.at, maxBufferLength: 30, backBufferLength: 60,
      autoStartLoad: this.wanted, cmcd: { contentId: v.dataset.name }, ...(this.places.length > 1 ? roaming : {}),
    });
    this.hls = hls;
    if (!this.wanted) this.wake = () => { this.wake = undefined; hls.startLoad(this.at); };
    hls.on(Hls.Events.FRAG_LOADED, (_, { frag }) => { this.host = new URL(frag.url).host; });
    hls.on(Hls.Events.ERROR, (_, e) => {
      if (!e.fatal || this.hls !== hls) return;
      if (e.details === Hls.ErrorDetails.MANIFEST_LOAD_ERROR && e.response?.code === 404) {
        this.kind = "file"; // There is no playlist, so there is only the file.
        return void this.restart();
      }
      if (e.type === Hls.ErrorTypes.MEDIA_ERROR && !this.healed) {
        this.healed = true;
        return hls.recoverMediaError();
      }
      this.trouble();
    });
    hls.loadSource(source);
    hls.attachMedia(v);
  }

  // restore goes to where playback was when the element begins anew.
  restore() {
    const v = this.video;
    if (this.at > 0 && Math.abs(v.currentTime - this.at) > .5) v.currentTime = Math.min(this.at, v.duration || this.at);
    this.loading = false;
    if (this.restarts && this.wanted) void this.play();
  }

  // progress is called when something moved.
  progress() {
    const v = this.video;
    if (this.loading || v.error) return;
    if (v.currentTime !== this.at || v.readyState >= 3) {
      this.moved = performance.now();
      this.asked = 0;
      this.healed = false;
      this.at = v.currentTime;
      if (!v.paused) this.tell("playing");
    }
  }

  // pause forgets how long nothing has moved: somebody has touched the player.
  pause() {
    if (!this.video.error) this.moved = performance.now();
  }

  // watch looks every half second whether what should move does.
  watch() {
    const v = this.video;
    if (v.error || this.broken) return void this.ask();
    if (v.ended || (!this.wanted && !v.seeking) || (v.readyState >= 3 && !this.loading)) return;
    const still = performance.now() - this.moved;
    if (still > Patience && this.asked === 0) this.tell("loading", words[Fine]);
    if (still > Doubt) void this.ask();
  }

  // trouble says that playback cannot go on as it is.
  trouble() {
    this.broken = true;
    this.tell("trouble", words[Fine]);
    void this.ask();
  }

  // ask finds out why nothing moves, says it, and begins anew when the data is there, at the first node that has it. One question
  // at a time.
  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      const before = this.node, why = await this.find();
      if (why === Fine) {
        const stuck = this.hls && this.places.length > 1 ? Roaming : Stuck;
        const left = this.node !== before && !this.hls; // hls.js leaves a node by itself
        if (this.broken || this.video.error || left) await this.restart();
        else if (performance.now() - this.moved > stuck) await this.restart();
      } else if (this.broken || this.video.error || performance.now() - this.moved > Doubt) {
        this.tell("trouble", words[why]);
      }
      const pause = Again[Math.min(this.asked++, Again.length - 1)];
      await new Promise(done => setTimeout(done, pause));
    } finally {
      this.asking = false;
    }
  }

  // find looks for a node that has what comes next, from the one where playback began on, and answers as the first one did if
  // none has.
  async find() {
    let first;
    for (let i = 0; i < this.places.length; i++) {
      const node = (this.node + i) % this.places.length;
      const why = await probe(this.places[node].file, this.place());
      if (why === Fine) {
        this.node = node;
        return Fine;
      }
      first ??= why;
    }
    return first;
  }

  // place is about where in the file the player stands, in bytes.
  place() {
    const v = this.video;
    if (!(v.duration > 0) || !this.bytes) return 0;
    return Math.min(this.bytes - 1, Math.floor(this.at / v.duration * this.bytes));
  }

  async restart() {
    this.restarts++;
    this.broken = false;
    await this.load();
    if (this.wanted) await this.play();
  }

  tell(state, text = "") {
    if (state === this.told && text === this.toldText) return;
    this.told = state;
    this.toldText = text;
    this.say(state, text);
  }
}

// hlsjs loads the library once; null if it is not served here.
let loaded;
function hlsjs(src) {
  if (!src) return null;
  loaded ??= new Promise(done => {
    const s = document.createElement("script");
    s.src = src;
    s.onload = () => done(globalThis.Hls ?? null);
    s.onerror = () => done(null);
    document.head.append(s);
  });
  return loaded;
}
