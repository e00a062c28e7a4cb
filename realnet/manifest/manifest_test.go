package manifest

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// cut returns the piece hashes of each chunk of data.
func cut(data []byte, chunk, piece int) [][]Hash {
	var out [][]Hash
	for len(data) > 0 {
		c := data[:min(chunk, len(data))]
		data = data[len(c):]
		var hashes []Hash
		for len(c) > 0 {
			p := c[:min(piece, len(c))]
			c = c[len(p):]
			hashes = append(hashes, PieceHash(p))
		}
		out = append(out, hashes)
	}
	return out
}

// build returns the manifest of data and the piece hashes of each chunk.
func build(t testing.TB, name string, data []byte, chunk, piece int) (*Manifest, [][]Hash) {
	t.Helper()
	hashes := cut(data, chunk, piece)
	roots := make([]Hash, len(hashes))
	for i := range hashes {
		roots[i] = Root(hashes[i])
	}
	info := core.VideoInfo{Length: core.Bytes(len(data)), ChunkSize: core.Bytes(chunk), PieceSize: core.Bytes(piece)}
	m, err := New(name, "video/mp4", info, roots)
	if err != nil {
		t.Fatal(err)
	}
	return m, hashes
}

// vector is a line of testdata/vectors.json, made by testdata/vectors.py from the package comment.
type vector struct {
	Name      string     `json:"name"`
	MediaType string     `json:"media_type"`
	Length    core.Bytes `json:"length"`
	ChunkSize core.Bytes `json:"chunk_size"`
	PieceSize core.Bytes `json:"piece_size"`
	Duration  core.Time  `json:"duration_ns"`
	Roots     []string   `json:"roots"`
	Encoded   string     `json:"encoded"`
	ID        string     `json:"id"`
}

func (v vector) info() core.VideoInfo {
	return core.VideoInfo{Length: v.Length, ChunkSize: v.ChunkSize, PieceSize: v.PieceSize, Duration: v.Duration}
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(text, &vs); err != nil {
		t.Fatal(err)
	}
	if len(vs) == 0 {
		t.Fatal("testdata/vectors.json is empty")
	}
	return vs
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		data := make([]byte, v.Length)
		for i := range data {
			data[i] = byte(i ^ i>>8 ^ i>>16)
		}
		var roots []Hash
		var text []string
		for _, hashes := range cut(data, int(v.ChunkSize), int(v.PieceSize)) {
			root := Root(hashes)
			roots = append(roots, root)
			text = append(text, hex.EncodeToString(root[:]))
		}
		if diff := cmp.Diff(v.Roots, text); diff != "" {
			t.Errorf("%s: roots (-want +got):\n%s", v.Name, diff)
		}
		m, err := New(v.Name, v.MediaType, v.info(), roots)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if got := hex.EncodeToString(m.Encoded()); got != v.Encoded {
			t.Errorf("%s: encoded\n got %s\nwant %s", v.Name, got, v.Encoded)
		}
		if got := m.ID().String(); got != v.ID {
			t.Errorf("%s: id %s, want %s", v.Name, got, v.ID)
		}
		back, err := Decode(m.Encoded())
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		got := vector{
			Name: back.Name(), MediaType: back.MediaType(), Length: back.Info().Length, ChunkSize: back.Info().ChunkSize,
			PieceSize: back.Info().PieceSize, Duration: back.Info().Duration, Encoded: hex.EncodeToString(back.Encoded()),
			ID: back.ID().String(),
		}
		for i := range back.Info().Chunks() {
			root := back.Root(i)
			got.Roots = append(got.Roots, hex.EncodeToString(root[:]))
		}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("%s: decoded (-want +got):\n%s", v.Name, diff)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := core.VideoInfo{Length: 5000, ChunkSize: 2048, PieceSize: 512}
	with := func(change func(*core.VideoInfo)) core.VideoInfo {
		info := good
		change(&info)
		return info
	}
	for _, c := range []struct {
		name, media string
		info        core.VideoInfo
		roots       int
		want        string // in the error; "" means none
	}{
		{"v", "video/mp4", good, 3, ""},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.Duration = core.Never }), 3, ""},
		{"v", `video/mp4; codecs="avc1.64001f, mp4a.40.2"`, good, 3, ""},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.Length = core.Bytes(maxChunks)*2048 + 1 }), 3, "larger chunks"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.Length = math.MaxInt64 }), 3, "larger chunks"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.Length = 0 }), 0, "length of 0 bytes"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.Length = -1 }), 0, "length of -1 bytes"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.ChunkSize = 1023 }), 5, "chunk size of 1023"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.ChunkSize = 16<<20 + 1 }), 1, "chunk size of 16777217"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.ChunkSize = 0 }), 1, "chunk size of 0"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.PieceSize = 0 }), 3, "piece size of 0"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.PieceSize = -5 }), 3, "piece size of -5"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.PieceSize = 2049 }), 3, "piece size of 2049"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.PieceSize = 15 }), 3, "at least 16 bytes"},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.PieceSize = 16 }), 3, ""},
		{"v", "video/mp4", with(func(i *core.VideoInfo) { i.Duration = -1 }), 3, "duration"},
		{"v", "video/mp4", good, 2, "roots have 64 bytes: want 96"},
		{"v", "video/mp4", good, 4, "roots have 128 bytes: want 96"},
		{"..", "video/mp4", good, 3, `name ".."`},
		{"v", "", good, 3, "media type"},
		{"v", "mp4", good, 3, "media type"},
		{"v", "video/", good, 3, "media type"},
		{"v", "video/mp4\r\nSet-Cookie: a", good, 3, "printable ASCII"},
		{"v", "video/" + strings.Repeat("x", MaxMediaType), good, 3, "more than 127"},
	} {
		_, err := New(c.name, c.media, c.info, make([]Hash, c.roots))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%+v: error is %v, want it to say %q", c, err, c.want)
		}
	}
}

// The largest manifest that the sizes allow must fit into what Decode takes.
func TestLargestFits(t *testing.T) {
	name := strings.Repeat("n", core.MaxName)
	media := "video/" + strings.Repeat("x", MaxMediaType-6)
	m := &Manifest{name: name, mediaType: media, info: core.VideoInfo{
		Length: math.MaxInt64, ChunkSize: core.MaxChunkSize, PieceSize: core.MaxChunkSize, Duration: core.Never}}
	if n := len(m.encode()) + len("67108864") + 32*maxChunks; n > MaxSize {
		t.Errorf("a manifest of %d chunks has up to %d bytes, more than MaxSize %d", maxChunks, n, MaxSize)
	}
}

func TestRootOfNoChunkPanics(t *testing.T) {
	m, _ := build(t, "v", make([]byte, 5000), 2048, 512)
	defer func() {
		if recover() == nil {
			t.Error("the root of chunk 3 of 3 did not panic")
		}
	}()
	m.Root(3)
}

func TestNewCopiesRoots(t *testing.T) {
	roots := []Hash{{1}, {2}, {3}}
	m, err := New("v", "video/mp4", core.VideoInfo{Length: 5000, ChunkSize: 2048, PieceSize: 512}, roots)
	if err != nil {
		t.Fatal(err)
	}
	roots[1] = Hash{9}
	if m.Root(1) != (Hash{2}) {
		t.Error("the manifest changed with the caller's slice")
	}
}

func TestCheckName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"movie", ""},
		{"My Movie (2024).mp4", ""},
		{"a..b", ""},
		{"фильм 🎬", ""},
		{strings.Repeat("x", 255), ""},
		{"movie1", ""},
		{"-rf", ""},
		{"", `name "": is empty`},
		{strings.Repeat("x", 256), "has 256 bytes, more than 255"},
		{"a/b", `name "a/b": contains a slash or backslash`},
		{"../../etc/passwd", "contains a slash"},
		{`a\b`, "contains a slash or backslash"},
		{".", `name ".": begins with a dot`},
		{"..", "begins with a dot"},
		{".hidden", "begins with a dot"},
		{"a\x00b", `name "a\x00b": contains a control character`},
		{"a\nb", `name "a\nb": contains a control character`},
		{"a\x7fb", "control character"},
		{"a\u0085b", "control character"},
		{"a\x1b[31mb", "control character"},
		{"a\xffb", `name "a\xffb": is not UTF-8`},
	} {
		err := CheckName(c.name)
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.name, err)
			}
			continue
		}
		var name *NameError
		if !errors.As(err, &name) || name.Name != c.name || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error is %v, want it to say %q", c.name, err, c.want)
		}
		if len(err.Error()) > 200 {
			t.Errorf("%q: the error repeats %d bytes of it", c.name, len(err.Error()))
		}
	}
}

func TestParseID(t *testing.T) {
	want := ID{0: 0xab, 31: 0x01}
	got, err := ParseID(want.String())
	if err != nil || got != want {
		t.Errorf("ParseID(%s) = %v, %v", want, got, err)
	}
	for _, s := range []string{"", "ab", want.String() + "00", strings.ToUpper(want.String()), strings.Repeat("g", 64),
		"../" + want.String()[3:], strings.Repeat("\x00", 64)} {
		if _, err := ParseID(s); err == nil {
			t.Errorf("ParseID(%q) took it", s)
		}
	}
}
