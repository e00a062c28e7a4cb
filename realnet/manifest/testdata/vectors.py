#!/usr/bin/env python3
"""Prints vectors.json: manifests built from the package comment alone, without this package's code.

    python3 testdata/vectors.py > testdata/vectors.json

Byte i of each video is (i ^ i>>8 ^ i>>16) & 255.
"""
import hashlib
import json


def sha(b):
    return hashlib.sha256(b).digest()


def root(level):
    while len(level) > 1:
        up = [sha(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            up.append(level[-1])
        level = up
    return level[0]


def bencode(v):
    if isinstance(v, int):
        return b"i%de" % v
    if isinstance(v, bytes):
        return b"%d:" % len(v) + v
    return b"d" + b"".join(bencode(k) + bencode(v[k]) for k in sorted(v)) + b"e"


def vector(name, media, length, chunk, piece, duration):
    data = bytes((i ^ i >> 8 ^ i >> 16) & 255 for i in range(length))
    roots = []
    for at in range(0, length, chunk):
        c = data[at:at + chunk]
        roots.append(root([sha(b"\x00" + c[p:p + piece]) for p in range(0, len(c), piece)]))
    m = bencode({
        b"Peerstreamer manifest": 1, b"chunk": chunk, b"duration": duration, b"length": length,
        b"name": name.encode(), b"piece": piece, b"roots": b"".join(roots), b"type": media.encode(),
    })
    return {
        "name": name, "media_type": media, "length": length, "chunk_size": chunk, "piece_size": piece,
        "duration_ns": duration, "roots": [r.hex() for r in roots], "encoded": m.hex(), "id": sha(m).hex(),
    }


print(json.dumps([
    vector("one-byte", "application/octet-stream", 1, 1024, 1024, 0),
    vector("one-chunk-of-three-pieces", "video/mp4", 3000, 3000, 1024, 1),
    vector("last-chunk-of-two-pieces", "video/mp4", 10 * 5000 + 1025, 5000, 1000, 2_000_000_000),
    vector("most-pieces", "video/webm; codecs=vp9", 1 << 17, 1 << 17, 1 << 10, 9_000_000_000),
    vector("\u0444\u0438\u043b\u044c\u043c \U0001F3AC", "video/mp2t", 100_000, 65_536, 16_384, 60_000_000_000),
], indent=1))
