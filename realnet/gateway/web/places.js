// Where a video is to be had: at the node that served the page, and at the others that its operator has named.

// places returns { file, hls } for each node, this page's own first. hls is a playlist's address, "" if there is none; where
// there are several nodes it is the one that leads to them all.
//
// The other nodes let pages of this one read by the name that its operator gave it. A page that was reached by another name, an
// address instead of a host say, plays from its own node alone.
export function places({ file, hls = "", self, others, master }, origin = location.origin) {
  if (!self || new URL(self).origin !== origin) return [{ file, hls }];
  return ["", ...others.split(" ").filter(Boolean)].map(node => ({ file: node + file, hls: master && node + master }));
}

// roaming are settings of hls.js for several nodes: it turns to the next one rather than ask the same one again and again. The
// buffer, of 30 s, is to last until a node that says nothing more is given up. In milliseconds.
const once = (firstByte, all) => ({ default: {
  maxTimeToFirstByteMs: firstByte, maxLoadTimeMs: all, timeoutRetry: null,
  errorRetry: { maxNumRetry: 1, retryDelayMs: 250, maxRetryDelayMs: 250 },
} });
export const roaming = { fragLoadPolicy: once(5000, 10000), playlistLoadPolicy: once(5000, 10000) };
