// The embedded player where the video may come from several nodes. Nothing is fetched of it before somebody plays.

import { Player } from "./player.js";

const video = document.getElementById("video");
const line = document.getElementById("say");
const player = new Player(video, (state, text) => { line.textContent = state === "trouble" ? text : ""; });
globalThis.peerstreamer = { player }; // for support, in the browser's console
void player.ready();
