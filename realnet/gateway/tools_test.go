//go:build tools

package gateway

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/store"
)

// say runs a program to its end and returns what it prints. A word of complaint is a failure, too.
func say(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "SDL_VIDEODRIVER=dummy", "SDL_AUDIODRIVER=dummy")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Errorf("%s %s: %v: %s", name, strings.Join(args, " "), err, errs.String())
	}
	return out.Bytes()
}

// film starts a source that has the sample as psnode add makes it, and a box below it, and returns the box and the film's
// bytes. Whoever asks the box asks for what is not there yet.
func film(t *testing.T, o Options) (*box, []byte) {
	t.Helper()
	in, dir := filepath.Join(t.TempDir(), sample.Name), t.TempDir()
	if err := os.WriteFile(in, sample.Video, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Add(t.Context(), dir, in, ingest.Options{Name: "film", Mode: media.Auto, ChunkSize: 64 * core.KiB}); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	m, _ := lib.Find("film")
	var all []byte
	for c := range m.Info().Chunks() {
		b := make([]byte, m.Info().ChunkBytes(c))
		if err := lib.ReadAt(store.Key{ID: m.ID(), Chunk: c}, 0, b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return below(t, start(t, realnet.Config{Name: "source", Library: lib}, nil, setup{}), setup{Options: o}), all
}

// TestPlayersReadTheSame: curl gets the film's bytes, and ffprobe from the file, from its address and from its playlist the same
// packets to the last; mpv decodes the same pictures and sound from each, and ffplay plays them.
func TestPlayersReadTheSame(t *testing.T) {
	b, want := film(t, Options{})
	file := b.URL() + "/v/film"
	if got := say(t, "curl", "-sS", file); !bytes.Equal(got, want) {
		t.Errorf("curl: %d bytes, which are not the film's %d", len(got), len(want))
	}
	part := filepath.Join(t.TempDir(), "part")
	if err := os.WriteFile(part, want[:100_000], 0o644); err != nil {
		t.Fatal(err)
	}
	say(t, "curl", "-sS", "-C", "-", "-o", part, file) // goes on where a download broke off
	if got, err := os.ReadFile(part); err != nil || !bytes.Equal(got, want) {
		t.Errorf("curl -C -: %d bytes, %v", len(got), err)
	}
	local := filepath.Join(t.TempDir(), "film.mp4")
	if err := os.WriteFile(local, want, 0o644); err != nil {
		t.Fatal(err)
	}
	packets := func(of string, options ...string) string {
		args := append(options, "-v", "error", "-show_data_hash", "md5", "-show_entries", "packet=stream_index,dts,size,data_hash", "-of", "csv", of)
		return string(say(t, "ffprobe", args...))
	}
	all := packets(local)
	if n := strings.Count(all, "\n"); n < 1000 {
		t.Fatalf("%d packets in the film", n)
	}
	if packets(file) != all {
		t.Error("ffprobe reads other packets from the address than from the file")
	}
	// A playlist's segments are read anew, so streams come interleaved as there are segments; packets are the same.
	if got, want := packets(file+"/index.m3u8"), all; !same(got, want) {
		t.Errorf("ffprobe reads %d packets from the playlist, %d from the file, or others", strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
	// What mpv would show and play, decoded: a hash of all pictures and one of all sound.
	decoded := func(of string) []string {
		out := string(say(t, "mpv", "--no-config", "--really-quiet", "--o=-", "--of=streamhash", "--ofopts=hash=MD5", "--ovc=rawvideo", "--oac=pcm_s16le",
			of))
		var all []string
		for line := range strings.Lines(out) {
			_, hash, _ := strings.Cut(strings.TrimSpace(line), ",") // after the stream's number, which is as they come
			all = append(all, hash)
		}
		slices.Sort(all)
		return all
	}
	shown := decoded(local)
	if len(shown) != 2 || !strings.HasPrefix(shown[0], "a,MD5=") || !strings.HasPrefix(shown[1], "v,MD5=") {
		t.Fatalf("mpv plays %q, want a hash of sound and one of pictures", shown)
	}
	for _, url := range []string{file, file + "/index.m3u8", file + "/master.m3u8"} {
		if d := cmp.Diff(shown, decoded(url)); d != "" {
			t.Errorf("mpv plays %s otherwise than the file:\n%s", url, d)
		}
	}
	for _, url := range []string{file, file + "/index.m3u8", file + "/master.m3u8", b.URL() + "/go/film/index.m3u8"} {
		say(t, "ffplay", "-v", "error", "-nodisp", "-autoexit", "-t", "2", "-sync", "ext", url)
	}
}

// TestPlayersCarryTickets: a player that was given a signed playlist needs nothing else.
func TestPlayersCarryTickets(t *testing.T) {
	b, _ := film(t, Options{Secret: key(t)})
	signed, err := b.opts.Secret.SignURL(b.URL()+"/v/film/master.m3u8", time.Hour, netip.Prefix{})
	if err != nil {
		t.Fatal(err)
	}
	say(t, "ffplay", "-v", "error", "-nodisp", "-autoexit", "-t", "2", "-sync", "ext", signed)
	if n := strings.Count(string(say(t, "ffprobe", "-v", "error", "-show_entries", "packet=size", "-of", "csv", signed)), "\n"); n < 1000 {
		t.Errorf("ffprobe reads %d packets", n)
	}
}

// same reports whether two lists have the same lines' hashes, in whatever order.
func same(a, b string) bool {
	count := map[string]int{}
	hash := func(line string) string { return line[strings.LastIndexByte(strings.TrimRight(line, "\n"), ',')+1:] }
	for line := range strings.Lines(a) {
		count[hash(line)]++
	}
	for line := range strings.Lines(b) {
		count[hash(line)]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
