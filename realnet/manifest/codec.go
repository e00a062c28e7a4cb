package manifest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/anacrolix/torrent/bencode"

	"peerstreamer/core"
)

// version is the format's; a change of any rule in the package comment is a new one.
const version = 1

// magic begins every manifest, and with the version after it every manifest of that version.
const magic = "d21:Peerstreamer manifesti"

// ErrVersion is returned by Decode for a manifest of another version.
var ErrVersion = errors.New("manifest of another version")

// dict is a manifest as it is encoded.
type dict struct {
	Version  int64  `bencode:"Peerstreamer manifest"`
	Chunk    int64  `bencode:"chunk"`
	Duration int64  `bencode:"duration"`
	Length   int64  `bencode:"length"`
	Name     string `bencode:"name"`
	Piece    int64  `bencode:"piece"`
	Roots    []byte `bencode:"roots"`
	Type     string `bencode:"type"`
}

// encode returns the one encoding of m.
func (m *Manifest) encode() []byte {
	return bencode.MustMarshal(dict{
		Version:  version,
		Chunk:    int64(m.info.ChunkSize),
		Duration: int64(m.info.Duration),
		Length:   int64(m.info.Length),
		Name:     m.name,
		Piece:    int64(m.info.PieceSize),
		Roots:    m.roots,
		Type:     m.mediaType,
	})
}

// Decode returns the manifest that data encodes. It refuses what breaks a rule of the package comment, and whatever is
// not the one encoding of a manifest. data may come from anyone: the work is O(len(data)), which MaxSize bounds, and
// about three times its length is allocated. data is not kept.
func Decode(data []byte) (*Manifest, error) {
	m, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("decode manifest: %w", err)
	}
	return m, nil
}

func decode(data []byte) (*Manifest, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%d bytes, more than %d", len(data), MaxSize)
	}
	if !bytes.HasPrefix(data, []byte(magic)) {
		return nil, fmt.Errorf("does not begin with %q: not a manifest", magic)
	}
	if want := fmt.Appendf(nil, "%s%de", magic, version); !bytes.HasPrefix(data, want) {
		return nil, fmt.Errorf("%w: want version %d", ErrVersion, version)
	}
	end, err := flatEnd(data)
	if err != nil {
		return nil, err
	}
	data, signature := data[:end], data[end:]
	var d dict
	if err := bencode.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	m := &Manifest{
		name:      d.Name,
		mediaType: d.Type,
		info: core.VideoInfo{
			Length:    core.Bytes(d.Length),
			ChunkSize: core.Bytes(d.Chunk),
			PieceSize: core.Bytes(d.Piece),
			Duration:  core.Time(d.Duration),
		},
		roots: d.Roots,
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	encoded := m.encode()
	if !bytes.Equal(encoded, data) {
		return nil, errors.New("not in canonical form: keys are missing, unknown, repeated or out of order, " +
			"or a number is written in another way")
	}
	m.seal(encoded)
	if len(signature) > 0 {
		return m.withSignature(signature)
	}
	return m, nil
}

// flatEnd returns the end of the dictionary of strings and short integers that data begins with. It goes before the
// general decoder, which would build lists of millions of empty strings, and work for an hour on an integer of millions of
// digits.
func flatEnd(data []byte) (int, error) {
	at := 1 // the caller has seen the d
	for at < len(data) && data[at] != 'e' {
		for range 2 { // a key and its value
			next := skip(data, at)
			if next < 0 {
				return 0, fmt.Errorf("byte %d: want a string or an integer of at most %d digits", at, maxDigits)
			}
			at = next
		}
	}
	if at == len(data) {
		return 0, fmt.Errorf("byte %d: want the end of the dictionary", at)
	}
	return at + 1, nil
}

// maxDigits is what an int64 takes.
const maxDigits = 19

// skip returns the place after the string or integer that begins at data[at], and -1 if there is none.
func skip(data []byte, at int) int {
	if at >= len(data) {
		return -1
	}
	integer := data[at] == 'i'
	if integer {
		at++
		if at < len(data) && data[at] == '-' {
			at++
		}
	}
	n, digits := 0, 0
	for ; at < len(data) && data[at] >= '0' && data[at] <= '9'; at++ {
		if digits++; digits > maxDigits {
			return -1
		}
		// A string longer than the data ends the search below, so n stops growing there and never overflows.
		n = min(n*10+int(data[at]-'0'), MaxSize)
	}
	switch {
	case digits == 0 || at == len(data):
		return -1
	case integer && data[at] == 'e':
		return at + 1
	case !integer && data[at] == ':' && n < len(data)-at:
		return at + 1 + n
	}
	return -1
}
