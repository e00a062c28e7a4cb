package manifest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"peerstreamer/core"
)

const (
	// MaxSize bounds an encoded manifest in bytes; it is checked before anything is allocated.
	MaxSize = 64 << 20

	// MaxMediaType bounds a media type in bytes.
	MaxMediaType = 127
)

// ErrHashes is returned by VerifyHashes for piece hashes that are not those of the chunk.
var ErrHashes = errors.New("piece hashes do not match the manifest")

// ID names a video among all videos everywhere: the SHA-256 of its encoded manifest.
type ID [sha256.Size]byte

// String returns 64 hexadecimal digits, the name of a video's files in a chunk store.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID is the inverse of ID.String. It takes exactly 64 lower-case hexadecimal digits.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != hex.EncodedLen(len(id)) || strings.ToLower(s) != s {
		return ID{}, fmt.Errorf("video id %.80q: want %d lower-case hexadecimal digits", s, hex.EncodedLen(len(id)))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("video id %q: %w", s, err)
	}
	return id, nil
}

// Manifest describes one video. It does not change once made, so any number of goroutines may use it.
type Manifest struct {
	name      string
	mediaType string
	info      core.VideoInfo
	roots     []byte // 32 bytes for each chunk
	encoded   []byte // and the signature, if there is one
	id        ID
	signer    ed25519.PublicKey // nil: not signed
}

// New returns the manifest of a video with the given root for each chunk, or an error that says which limit of the
// package comment is broken. roots is copied.
func New(name, mediaType string, info core.VideoInfo, roots []Hash) (*Manifest, error) {
	flat := make([]byte, 0, len(roots)*sha256.Size)
	for i := range roots {
		flat = append(flat, roots[i][:]...)
	}
	m := &Manifest{name: name, mediaType: mediaType, info: info, roots: flat}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	m.seal(m.encode())
	return m, nil
}

// seal fixes the bytes that m is known by.
func (m *Manifest) seal(encoded []byte) {
	m.encoded = encoded
	m.id = sha256.Sum256(encoded)
}

// check holds every rule on a manifest's content, in an order in which no later one can overflow.
func (m *Manifest) check() error {
	if err := CheckName(m.name); err != nil {
		return err
	}
	if err := CheckMediaType(m.mediaType); err != nil {
		return err
	}
	if err := CheckSizes(m.info.Length, m.info.ChunkSize, m.info.PieceSize); err != nil {
		return err
	}
	if m.info.Duration < 0 {
		return fmt.Errorf("duration of %d ns: want 0 (unknown) or more", m.info.Duration)
	}
	if want := int(m.info.Chunks()) * sha256.Size; len(m.roots) != want {
		return fmt.Errorf("roots have %d bytes: want %d, %d for each of %d chunks",
			len(m.roots), want, sha256.Size, m.info.Chunks())
	}
	return nil
}

// maxChunks is what MaxSize leaves room for, with a kilobyte for all that is not a root.
const maxChunks = min(core.MaxChunks, (MaxSize-1024)/sha256.Size)

// CheckSizes returns nil if a video of length bytes may be cut into such chunks and pieces, and otherwise an error that
// says what would do.
func CheckSizes(length, chunk, piece core.Bytes) error {
	switch {
	case length < 1:
		return fmt.Errorf("length of %d bytes: a video has at least 1", length)
	case chunk < core.MinChunkSize || chunk > core.MaxChunkSize:
		return fmt.Errorf("chunk size of %d bytes: want %d..%d", chunk, core.MinChunkSize, core.MaxChunkSize)
	case piece < 1 || piece > chunk:
		return fmt.Errorf("piece size of %d bytes: want 1..%d, the chunk size", piece, chunk)
	case (chunk+piece-1)/piece > core.MaxPieces:
		return fmt.Errorf("piece size of %d bytes makes %d pieces of a chunk: want at most %d, so pieces of at least %d bytes",
			piece, (chunk+piece-1)/piece, core.MaxPieces, (chunk+core.MaxPieces-1)/core.MaxPieces)
	case length > chunk*maxChunks:
		return fmt.Errorf("a length of %d bytes is more than %d chunks of %d bytes: want larger chunks",
			length, maxChunks, chunk)
	}
	return nil
}

// CheckMediaType returns nil for type/subtype with optional parameters in printable ASCII, at most MaxMediaType bytes:
// what may be put into an HTTP header as it is.
func CheckMediaType(t string) error {
	if len(t) > MaxMediaType {
		return fmt.Errorf("media type %.32q... has %d bytes, more than %d", t, len(t), MaxMediaType)
	}
	for i := range len(t) {
		if t[i] < ' ' || t[i] > '~' {
			return fmt.Errorf("media type %q: want printable ASCII", t)
		}
	}
	kind, _, _ := strings.Cut(t, ";")
	major, minor, ok := strings.Cut(strings.TrimRight(kind, " "), "/")
	if !ok || !isToken(major) || !isToken(minor) {
		return fmt.Errorf("media type %q: want type/subtype, such as video/mp4", t)
	}
	return nil
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsAny(s, " ()<>@,;:\\\"/[]?=")
}

// Name returns the video's name, which CheckName has accepted.
func (m *Manifest) Name() string { return m.name }

// MediaType returns the video's media type, such as video/mp4.
func (m *Manifest) MediaType() string { return m.mediaType }

// Info returns what the protocol needs to know.
func (m *Manifest) Info() core.VideoInfo { return m.info }

// ID returns the SHA-256 of the encoded manifest without its signature.
func (m *Manifest) ID() ID { return m.id }

// Encoded returns the manifest's bytes, and its signature's if it is signed. They are shared: the caller must not change
// them.
func (m *Manifest) Encoded() []byte { return m.encoded }

// Root returns a chunk's root. It panics if there is no such chunk.
func (m *Manifest) Root(chunk uint32) Hash {
	if chunk >= m.info.Chunks() {
		panic(fmt.Sprintf("manifest: root of chunk %d of %d", chunk, m.info.Chunks()))
	}
	return Hash(m.roots[int(chunk)*sha256.Size:])
}

// VerifyHashes returns nil if hashes are those of the chunk's pieces, in order, and otherwise an error that wraps
// ErrHashes. It checks the count before it hashes anything.
func (m *Manifest) VerifyHashes(chunk uint32, hashes []Hash) error {
	if n := m.info.Chunks(); chunk >= n {
		return fmt.Errorf("video %q chunk %d: %w: the video has %d chunks", m.name, chunk, ErrHashes, n)
	}
	if n := int(m.info.Pieces(chunk)); len(hashes) != n {
		return fmt.Errorf("video %q chunk %d: %w: %d hashes, the chunk has %d pieces", m.name, chunk, ErrHashes, len(hashes), n)
	}
	if Root(hashes) != m.Root(chunk) {
		return fmt.Errorf("video %q chunk %d: %w", m.name, chunk, ErrHashes)
	}
	return nil
}
