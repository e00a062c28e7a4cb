package gateway

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

// soon is a timeout in tests that wait until one has passed.
const soon = 50 * time.Millisecond

// call connects to a server, from an address of the loopback if one is given, and writes.
func call(t testing.TB, b *box, from, text string) net.Conn {
	t.Helper()
	d := net.Dialer{Timeout: patience}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	c, err := d.DialContext(t.Context(), "tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// answerTo reads an answer.
func answerTo(t testing.TB, c net.Conn) reply {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, Header: resp.Header}
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		t.Error(err)
	}
	return r
}

// isCut waits until the server ends a connection.
func isCut(t testing.TB, what string, c net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s: the connection is not ended", what)
	}
}

// TestSlowLoris: a client that does not come to an end with its request is cut, and so is one that has nothing more to ask.
func TestSlowLoris(t *testing.T) {
	top := source(t, movie, setup{header: soon, idle: soon})
	isCut(t, "nothing said", call(t, top, "", ""))
	isCut(t, "half a request", call(t, top, "", "GET /v/movie HTTP/1.1\r\nHost: localhost\r\nX-Slow: "))
	drip := call(t, top, "", "GET /v/movie HTTP/1.1\r\nHost: localhost\r\n")
	for {
		if _, err := io.WriteString(drip, "X: y\r\n"); err != nil {
			break // cut while it still speaks
		}
	}
	isCut(t, "nothing more", call(t, top, "", "GET /api/room HTTP/1.1\r\nHost: localhost\r\n\r\n"))
}

// TestStalledClient: a client that takes nothing of what it has asked for is cut, and its session ends. One that pauses for
// less is not.
func TestStalledClient(t *testing.T) {
	f := files{"long": make([]byte, 64<<20)} // more than the kernels' buffers take
	top := source(t, f, setup{Options: Options{Stall: soon}})
	c := call(t, top, "", "GET /v/long HTTP/1.1\r\nHost: localhost\r\n\r\n")
	until(t, "the session begins", func() bool { return top.desk.InUse() > 0 })
	until(t, "the session ends", func() bool { return top.desk.InUse() == 0 })
	isCut(t, "stalled", c)

	patient := source(t, f, setup{})
	c = call(t, patient, "", "GET /v/long HTTP/1.1\r\nHost: localhost\r\n\r\n")
	until(t, "the session begins", func() bool { return patient.desk.InUse() > 0 })
	if patient.opts.Stall < 5*time.Minute {
		t.Errorf("a player may pause for %v, want minutes", patient.opts.Stall)
	}
	if r := answerTo(t, c); len(r.body) != 64<<20 {
		t.Errorf("%d bytes", len(r.body))
	}
}

// TestBodies: a request with a body is answered before the body has come, and the connection ends, whether it comes or not.
func TestBodies(t *testing.T) {
	top := source(t, movie, setup{})
	for _, head := range []string{
		"GET /v/movie HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n",
		"GET /v/movie HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST /v/movie HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n",
	} {
		c := call(t, top, "", head)
		if r := answerTo(t, c); r.status != 413 && r.status != 405 {
			t.Errorf("%.20q: %d", head, r.status)
		}
		isCut(t, head, c)
	}
}

// TestMethods: what is there is read and not changed.
func TestMethods(t *testing.T) {
	top := source(t, movie, setup{})
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "X"} {
		if r := ask(t, method, top.URL()+"/v/movie"); r.status != 405 || r.Get("Allow") == "" {
			t.Errorf("%s: %d, Allow %q; want 405", method, r.status, r.Get("Allow"))
		}
	}
	top.Handle("/whatever", http.NotFoundHandler()) // which does not care how it is asked
	if r := ask(t, "POST", top.URL()+"/whatever"); r.status != 405 {
		t.Errorf("POST to what others have added: %d, want 405", r.status)
	}
	if r := ask(t, "OPTIONS", top.URL()+"/v/movie"); r.status != 204 || r.Get("Allow") == "" {
		t.Errorf("OPTIONS: %d", r.status)
	}
}

// TestAddressesThatAreTooLong: of a request as long as may be, and longer.
func TestAddressesThatAreTooLong(t *testing.T) {
	top := source(t, movie, setup{})
	path := "/v/movie?x="
	if r := ask(t, "HEAD", top.URL()+path+strings.Repeat("x", maxURL-len(path))); r.status != 200 {
		t.Errorf("%d for an address of %d bytes", r.status, maxURL)
	}
	if r := get(t, top.URL()+path+strings.Repeat("x", maxURL-len(path)+1)); r.status != 414 {
		t.Errorf("%d for an address of %d bytes, want 414", r.status, maxURL+1)
	}
	if r := get(t, top.URL()+"/v/movie", "X", strings.Repeat("x", 2*maxHeader)); r.status != 431 {
		t.Errorf("%d for a header of %d bytes, want 431", r.status, 2*maxHeader)
	}
}

// TestRangesThatAreTooMany: many ranges of one video, in one request, cost as much as one.
func TestRangesThatAreTooMany(t *testing.T) {
	top := source(t, movie, setup{})
	many := func(n int) string { return "bytes=" + strings.TrimSuffix(strings.Repeat("0-9,", n), ",") }
	if r := get(t, top.URL()+"/v/movie", "Range", many(maxRanges)); r.status != 206 {
		t.Errorf("%d for %d ranges", r.status, maxRanges)
	}
	if r := get(t, top.URL()+"/v/movie", "Range", many(maxRanges+1)); r.status != 416 || len(r.body) > 1000 {
		t.Errorf("%d with %d bytes for %d ranges, want 416", r.status, len(r.body), maxRanges+1)
	}
	whole := "bytes=" + strings.TrimSuffix(strings.Repeat("0-,", maxRanges), ",") // more than the video in all
	if r := get(t, top.URL()+"/v/movie", "Range", whole); len(r.body) > len(movie["movie"])+1000 {
		t.Errorf("%d: %d bytes of a video of %d", r.status, len(r.body), len(movie["movie"]))
	}
}

// secretText is what every attempt below would find if names were paths: how /etc/passwd begins.
const secretText = "root:x:0:0"

// TestTraversal: no spelling of a path leads to a file.
func TestTraversal(t *testing.T) {
	top := source(t, movie, setup{})
	ups := []string{"..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%uff0e%uff0e", "..%5c..", "....//", "..;", "\\..", "%e2%80%ae.."}
	for _, up := range ups {
		for _, slash := range []string{"/", "%2f", "%2F", "%5c", "\\", "//", "/./", "%252f", "%c0%af"} {
			for _, folder := range []string{"/v/", "/v/movie/", "/watch/", "/embed/", "/go/", "/steer/", "/assets/x/", "/"} {
				path := folder + strings.Repeat(up+slash, 8) + "etc" + slash + "passwd"
				c := call(t, top, "", "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
				r := answerTo(t, c)
				c.Close()
				if r.status < 300 || strings.Contains(string(r.body), secretText) {
					t.Errorf("%s: %d %.40q", path, r.status, r.body)
				}
				if to := r.Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, ":") {
					t.Errorf("%s: leads to %s", path, to)
				}
			}
		}
	}
}

// TestHosts: who may be asked for, on a server that only this machine reaches and on one with names.
func TestHosts(t *testing.T) {
	local := source(t, movie, setup{})
	named := source(t, movie, setup{Options: Options{Hosts: []string{"video.example"}}})
	open := Options{}
	for host, c := range map[string]struct{ local, named, open bool }{
		"localhost":              {true, true, true},
		"LOCALHOST:8080":         {true, true, true},
		"a.localhost":            {true, true, true},
		"127.0.0.1":              {true, true, true},
		"[::1]:80":               {true, true, true},
		"10.1.2.3:80":            {true, true, true},
		"video.example":          {false, true, true},
		"Video.Example.:443":     {false, true, true},
		"evil.example":           {false, false, true},
		"localhost.evil.example": {false, false, true},
		"xlocalhost":             {false, false, true},
		"a/b":                    {},
		"a@b":                    {},
		"a b":                    {},
		"a:b":                    {},
		"a:1:2":                  {},
		"<script>":               {},
		"":                       {},
		strings.Repeat("a", 300): {},
	} {
		for what, x := range map[string]struct {
			o    *Options
			want bool
		}{"local": {&local.opts, c.local}, "named": {&named.opts, c.named}, "open": {&open, c.open}} {
			if got := x.o.isHost(host); got != x.want {
				t.Errorf("%s: %q is taken: %v, want %v", what, host, got, x.want)
			}
		}
	}
	if r := get(t, local.URL()+"/v/movie", "Host", "evil.example"); r.status != 421 {
		t.Errorf("another's name: %d, want 421", r.status)
	}
}

// TestCrowd: connections that do nothing make room for others, those of an address for those of the same one, and the busy
// ones stay.
func TestCrowd(t *testing.T) {
	top := source(t, files{"long": make([]byte, 64<<20)}, setup{Options: Options{Conns: 6, ConnsPerAddr: 4}, header: 2 * patience})
	busy := call(t, top, "127.0.0.2", "GET /v/long HTTP/1.1\r\nHost: localhost\r\n\r\n")
	until(t, "it is served", func() bool { return top.desk.InUse() == 1 })
	var idle []net.Conn
	for range 4 { // one of which makes room for the fourth: with the busy one they are five
		idle = append(idle, call(t, top, "127.0.0.2", ""))
	}
	isCut(t, "the first of its address", idle[0])
	for i := range 20 {
		c := call(t, top, fmt.Sprintf("127.0.0.%d", 10+i), "GET /api/room HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if r := answerTo(t, c); r.status != 200 {
			t.Errorf("caller %d: %d", i, r.status)
		}
	}
	for _, c := range idle[1:] {
		isCut(t, "idle for longest", c)
	}
	if r := answerTo(t, busy); len(r.body) != 64<<20 {
		t.Errorf("the busy one got %d bytes", len(r.body))
	}
}

// TestBusyCrowd: when all connections are busy, one more is turned away; a proxy's are not counted by address.
func TestBusyCrowd(t *testing.T) {
	o := Options{Conns: 3, ConnsPerAddr: 1, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.3/32")}}
	top := source(t, files{"long": make([]byte, 64<<20)}, setup{Options: o, header: 2 * patience})
	const get = "GET /v/long HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for i, from := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.3"} {
		call(t, top, from, get)
		until(t, "it is served", func() bool { return top.desk.InUse() == i+1 })
	}
	isCut(t, "one more of the same address", call(t, top, "127.0.0.2", ""))
	isCut(t, "one more in all", call(t, top, "127.0.0.4", ""))
}

// TestHalfRequests: connections that have said half of what they want, of as many addresses as one likes, make room for others as
// those do that have said nothing.
func TestHalfRequests(t *testing.T) {
	top := source(t, movie, setup{Options: Options{Conns: 6, ConnsPerAddr: 4}, header: 2 * patience})
	var slow []net.Conn
	for i := range 6 {
		slow = append(slow, call(t, top, fmt.Sprintf("127.0.0.%d", 2+i), "GET /v/movie HTTP/1.1\r\nHost: localhost\r\nX-Slow: "))
	}
	for i := range 12 {
		c := call(t, top, fmt.Sprintf("127.0.0.%d", 20+i), "GET /v/movie HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if r := answerTo(t, c); r.status != 200 || len(r.body) != len(movie["movie"]) {
			t.Fatalf("viewer %d: %d", i, r.status)
		}
	}
	for _, c := range slow {
		isCut(t, "half a request", c)
	}
}

// TestManyIdle: with 5,000 connections that do nothing, of ten addresses, viewers are served, and when they are gone nothing
// of them is left.
func TestManyIdle(t *testing.T) {
	const callers = 5000
	top := source(t, movie, setup{})
	guests := top.guests
	conns := make([]net.Conn, 0, callers)
	for i := range callers {
		conns = append(conns, call(t, top, fmt.Sprintf("127.0.1.%d", 1+i%10), ""))
	}
	until(t, "all are in", func() bool {
		guests.mu.Lock()
		defer guests.mu.Unlock()
		return len(guests.conns) == callers
	})
	if r := get(t, top.URL()+"/v/movie"); len(r.body) != len(movie["movie"]) {
		t.Errorf("%d: %d bytes", r.status, len(r.body))
	}
	for _, c := range conns {
		c.Close()
	}
	until(t, "all are forgotten", func() bool {
		guests.mu.Lock()
		defer guests.mu.Unlock()
		return len(guests.conns)+len(guests.homes)+guests.idle.Len() == 0
	})
}

// TestEveryAnswerIsGuarded: errors and pages, bytes and redirects have the headers that keep other sites out.
func TestEveryAnswerIsGuarded(t *testing.T) {
	top := source(t, movie, setup{})
	for _, path := range []string{"/", "/watch/movie", "/embed/movie", "/v/movie", "/v/movie/index.m3u8", "/v/movie/en.vtt", "/v/movie/x", "/nothing",
		"/go/movie", "/steer/movie", "/api/room", "/assets/x/y", "//x", "/v/" + strings.Repeat("x", maxURL)} {
		r := ask(t, "GET", top.URL()+path, "Range", "bytes=0-9")
		csp := r.Get("Content-Security-Policy")
		if r.Get("X-Content-Type-Options") != "nosniff" || r.Get("Referrer-Policy") == "" ||
			!strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors") {
			t.Errorf("%s: %d: %v", path, r.status, r.Header)
		}
		if strings.Contains(csp, "unsafe") || r.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
}
