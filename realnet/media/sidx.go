package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits on what is read of a file that a tool has written.
const (
	maxIndex = 1 << 20 // bytes of a segment index: 65535 references of 12 bytes and its header
	maxTop   = 64      // boxes before the index
)

// errIndex is wrapped by the error for a file whose index is not what it should be.
var errIndex = errors.New("segment index")

// Index says where the fragments of an MP4 are.
type Index struct {
	Header    int64 // bytes of the file before the index: what a player needs of them first
	First     int64 // where the first fragment begins; the others follow without gaps
	Fragments []Fragment
}

// Fragment is one of a file's.
type Fragment struct {
	Bytes    int64
	Duration time.Duration // rounded down to a nanosecond
}

// Duration returns how long all of it plays.
func (x Index) Duration() (d time.Duration) {
	for _, f := range x.Fragments {
		d += f.Duration
	}
	return d
}

// ReadIndex reads the first segment index of an MP4 of size bytes (ISO/IEC 14496-12, section 8.16.3). It checks that the
// fragments it tells of fill the file to its end.
func ReadIndex(r io.ReaderAt, size int64) (Index, error) {
	var x Index
	for at, n := int64(0), 0; n < maxTop; n++ {
		var head [8]byte
		if _, err := r.ReadAt(head[:], at); err != nil {
			return x, fmt.Errorf("%w: none before byte %d: %w", errIndex, at, err)
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		if length < 8 || length > size-at {
			return x, fmt.Errorf("%w: a box %q of %d bytes at %d makes no sense", errIndex, head[4:], length, at)
		}
		if string(head[4:]) != "sidx" {
			at += length
			continue
		}
		if length > maxIndex {
			return x, fmt.Errorf("%w: of %d bytes, more than %d", errIndex, length, maxIndex)
		}
		body := make([]byte, length-8)
		if _, err := r.ReadAt(body, at+8); err != nil {
			return x, fmt.Errorf("%w: %w", errIndex, err)
		}
		x.Header = at
		if err := x.parse(body, at+length); err != nil {
			return x, err
		}
		end := x.First
		for _, f := range x.Fragments {
			end += f.Bytes
		}
		if end != size || len(x.Fragments) == 0 {
			return x, fmt.Errorf("%w: %d fragments end at %d, the file at %d", errIndex, len(x.Fragments), end, size)
		}
		return x, nil
	}
	return x, fmt.Errorf("%w: none among the first %d boxes", errIndex, maxTop)
}

// parse reads the content of an index that ends at a place in the file.
func (x *Index) parse(b []byte, end int64) error {
	short := fmt.Errorf("%w: cut short", errIndex)
	if len(b) < 12 {
		return short
	}
	version, scale := b[0], uint64(binary.BigEndian.Uint32(b[8:]))
	b = b[12:]
	word := func(p []byte) uint64 { return uint64(binary.BigEndian.Uint32(p)) }
	width := 4
	if version > 0 {
		width, word = 8, binary.BigEndian.Uint64
	}
	if len(b) < 2*width+4 {
		return short
	}
	offset := word(b[width:])
	count := int(binary.BigEndian.Uint16(b[2*width+2:]))
	b = b[2*width+4:]
	switch {
	case len(b) < 12*count:
		return short
	case scale == 0 || offset > 1<<40:
		return fmt.Errorf("%w: %d units a second, first fragment %d bytes behind it", errIndex, scale, offset)
	}
	x.First = end + int64(offset)
	for ; count > 0; count, b = count-1, b[12:] {
		size := binary.BigEndian.Uint32(b)
		if size>>31 != 0 {
			return fmt.Errorf("%w: refers to another index", errIndex)
		}
		units := uint64(binary.BigEndian.Uint32(b[4:]))
		x.Fragments = append(x.Fragments, Fragment{int64(size), time.Duration(units * uint64(time.Second) / scale)})
	}
	return nil
}
