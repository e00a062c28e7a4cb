package library

import (
	"encoding/binary"
	"io"
	"math"
	"math/bits"

	"peerstreamer/core"
)

// maxBoxes bounds how many boxes movieDuration looks at, so that a file made of tiny ones ends soon.
const maxBoxes = 10_000

// movieDuration returns the playing time that an MP4's movie header tells (ISO/IEC 14496-12, section 8.2.2), rounded
// down to a nanosecond; 0 if r is no MP4, has no such header, or does not say. Only the headers of boxes are read.
func movieDuration(r io.ReaderAt, size int64) core.Time {
	moov, moovEnd, ok := findBox(r, 0, size, "moov")
	if !ok {
		return 0
	}
	at, end, ok := findBox(r, moov, moovEnd, "mvhd")
	if !ok {
		return 0
	}
	var b [32]byte // version and flags, creation time, modification time, timescale, duration
	if _, err := r.ReadAt(b[:min(int64(len(b)), end-at)], at); err != nil {
		return 0
	}
	var timescale, duration uint64
	switch b[0] {
	case 0: // times of 32 bits
		timescale = uint64(binary.BigEndian.Uint32(b[12:]))
		if d := binary.BigEndian.Uint32(b[16:]); d != math.MaxUint32 {
			duration = uint64(d)
		}
	case 1: // times of 64 bits
		timescale = uint64(binary.BigEndian.Uint32(b[20:]))
		if d := binary.BigEndian.Uint64(b[24:]); d != math.MaxUint64 {
			duration = d
		}
	}
	hi, lo := bits.Mul64(duration, uint64(core.Second))
	if timescale == 0 || hi >= timescale {
		return 0
	}
	ns, _ := bits.Div64(hi, lo, timescale)
	if ns >= uint64(core.Never) {
		return 0
	}
	return core.Time(ns)
}

// findBox returns where the content of the first box of a kind begins and ends, among the boxes from at to end.
func findBox(r io.ReaderAt, at, end int64, kind string) (from, to int64, ok bool) {
	for range maxBoxes {
		var b [16]byte
		n, err := r.ReadAt(b[:min(int64(len(b)), end-at)], at)
		if n < 8 || err != nil && err != io.EOF {
			return 0, 0, false
		}
		header, size := int64(8), int64(binary.BigEndian.Uint32(b[:]))
		switch size {
		case 0: // up to the end
			size = end - at
		case 1: // the size follows
			if n < 16 {
				return 0, 0, false
			}
			header, size = 16, int64(binary.BigEndian.Uint64(b[8:])) // a size beyond 2^63 turns negative
		}
		if size < header || size > end-at {
			return 0, 0, false
		}
		if string(b[4:8]) == kind {
			return at + header, at + size, true
		}
		at += size
	}
	return 0, 0, false
}
