// Asks why a video does not go on: one byte of it, about where the player stands, so that what is fetched is what is needed.

// Answers of probe.
export const Fine = "fine"; // the byte came
export const Gone = "gone"; // no such video here
export const Refused = "refused"; // the link has expired or is not for this viewer
export const Busy = "busy"; // the node has no room for another viewer
export const Dry = "dry"; // the node answers, but nobody gives it the data
export const Silent = "silent"; // the node does not answer

// probe resolves to one of them within some milliseconds.
export async function probe(url, offset, within = 8000) {
  let answered = false;
  try {
    const r = await fetch(url, {
      headers: { Range: `bytes=${offset}-${offset}` }, cache: "no-store", signal: AbortSignal.timeout(within),
    });
    answered = true;
    if (r.status === 404 || r.status === 410) return Gone;
    if (r.status === 401 || r.status === 403) return Refused;
    if (r.status === 429 || r.status === 503) return Busy;
    if (!r.ok) return Dry;
    const reader = r.body.getReader();
    const { done } = await reader.read();
    reader.cancel();
    return done ? Dry : Fine;
  } catch (e) {
    return answered || e.name === "TimeoutError" ? Dry : Silent;
  }
}

// words says it to people.
export const words = {
  [Fine]: "Waiting for data …",
  [Gone]: "This video is not here any more. Looking for it again …",
  [Refused]: "This link has expired or is not for you. Ask for a new one.",
  [Busy]: "As many people watch here as there is room for. Trying again …",
  [Dry]: "The place where this video comes from is away. It goes on by itself when the data comes again.",
  [Silent]: "The server does not answer. It goes on by itself when it does.",
};
