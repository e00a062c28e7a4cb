package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/playback"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	chunkSize = 64 * core.KiB
	patience  = 20 * time.Second // for what must come
)

// files are what a source has, by name.
type files map[string][]byte

// movie is a video with its companions.
var movie = files{
	"movie": sample.Video,
	"movie~index.m3u8": []byte("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"http://evil.example/x\",BYTERANGE=\"800@0\"\n" +
		"#EXTINF:4.0,\n#EXT-X-BYTERANGE:1000000@800\nmovie.mp4\n#EXTINF:2.0,\n#EXT-X-BYTERANGE:1000000@1000800\nhttps://evil.example/y\n#EXT-X-ENDLIST\n"),
	"movie~poster.jpg": []byte("\xff\xd8\xff picture"),
	"movie~en.vtt":     []byte("WEBVTT\n\n00:00.000 --> 00:01.000\n<b>hello</b>\n"),
}

// box is a node with a web server.
type box struct {
	*Server
	node    *realnet.Node
	machine *core.Swarm
	desk    *playback.Desk
	videos  fixed
}

// fixed is a catalogue.
type fixed []catalog.Video

func (l fixed) Videos() []catalog.Video                { return catalog.Shown(append(fixed(nil), l...)) }
func (l fixed) Find(name string) (catalog.Video, bool) { return catalog.Find(l, name) }
func (l fixed) Settled() bool                          { return len(l) > 0 }

// setup is how the server of a box is to be.
type setup struct {
	Options
	header, idle time.Duration // 0: as usual
	addr         string        // "": a port of the loopback
	log          *zap.Logger
	giveUp       time.Duration // of the desk
	uplink       core.Rate
	most         int // sessions
}

func source(t testing.TB, f files, o setup) *box {
	t.Helper()
	dir := t.TempDir()
	for name, data := range f {
		if _, err := library.Split(t.Context(), dir, name, bytes.NewReader(data), library.Options{ChunkSize: chunkSize}); err != nil {
			t.Fatal(err)
		}
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	return start(t, realnet.Config{Name: "source", Library: lib, Uplink: o.uplink}, nil, o)
}

// below starts a node that follows another.
func below(t testing.TB, master *box, o setup) *box {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "chunks"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return start(t, realnet.Config{Name: "ben", Master: master.node.Addr(), Store: st}, master.videos, o)
}

func start(t testing.TB, cfg realnet.Config, heard fixed, o setup) *box {
	t.Helper()
	b := &box{desk: playback.NewDesk(playback.Options{GiveUp: o.giveUp, Max: o.most}), machine: core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))}
	cfg.Listen, cfg.OnDeliver = "127.0.0.1:0", b.desk.Deliver
	var err error
	if b.node, err = realnet.Start(cfg, b.machine); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.node.Kill)
	b.desk.Serve(b.node, b.machine)
	if b.videos = heard; heard == nil {
		b.videos = catalog.Merge(b.node.Holdings(), nil)
	}
	if o.addr == "" {
		o.addr = "127.0.0.1:0"
	}
	if o.header == 0 {
		o.header = headerTimeout
	}
	if o.idle == 0 {
		o.idle = idleTimeout
	}
	b.Server, err = listen(o.addr, Config{Desk: b.desk, Catalogue: b.videos, Log: o.log, Options: o.Options}, o.header, o.idle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.kill)
	return b
}

// kill ends the server at once.
func (b *box) kill() {
	if b.Server == nil {
		return
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_ = b.Server.Close(gone)
	b.Server = nil
}

// streams returns how many streams the node has open.
func (b *box) streams() (n uint32) {
	b.node.Do(func(_ core.Network, self core.NodeID) { n = b.machine.Node(self).Streams })
	return n
}

// reply is what a client got.
type reply struct {
	status int
	http.Header
	body []byte
}

// client follows no redirects and keeps no connections.
func client(t testing.TB) *http.Client {
	c := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// ask sends a request with headers in pairs.
func ask(t testing.TB, method, url string, header ...string) reply {
	t.Helper()
	r, err := try(t, method, url, header...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func try(t testing.TB, method, url string, header ...string) (r reply, err error) {
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		return r, err
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := client(t).Do(req)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	r = reply{status: resp.StatusCode, Header: resp.Header}
	r.body, err = io.ReadAll(resp.Body)
	return r, err
}

func get(t testing.TB, url string, header ...string) reply {
	t.Helper()
	return ask(t, http.MethodGet, url, header...)
}

// until waits for what another goroutine is about to do.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
