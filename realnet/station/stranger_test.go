package station

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"peerstreamer/realnet"
	"peerstreamer/realnet/gateway"
	"peerstreamer/realnet/gateway/ticket"
	"peerstreamer/realnet/status"
)

// TestStrangersSeeNoNames: with a secret for viewers, nothing that the web server says to who has neither a signed address nor a
// right to the status has the name of a video, or tells whether there is one of that name. Who may see the status sees names.
func TestStrangersSeeNoNames(t *testing.T) {
	const name, token = "Merger talks", "a token of the operator's"
	secret, err := ticket.New([]byte("a secret of at least sixteen bytes"))
	if err != nil {
		t.Fatal(err)
	}
	db := t.TempDir()
	split(t, db, name, random(1, 3*int(chunk)), false)
	s, err := Start(Config{Node: realnet.Config{Name: "source", Listen: "127.0.0.1:0"}, Videos: db, HTTP: "127.0.0.1:0", Debug: true,
		Web: gateway.Options{Secret: secret}, Status: status.Access{Token: token}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	get := func(path string, header ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.Gateway.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		a, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		if strings.HasPrefix(a.Header.Get("Content-Type"), "text/event-stream") {
			return a.StatusCode, ""
		}
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(body)
	}
	stranger := []string{"X-Forwarded-For", "203.0.113.9"}
	there, missing := "Merger%20talks", "Other%20talks"
	for _, path := range []string{"/", "/?json", "/status", "/status?all", "/api/status", "/api/status?all=1", "/api/events", "/metrics",
		"/healthz", "/readyz", "/api/room", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=2", "/watch/", "/v/", "/embed/", "/go/", "/steer/"} {
		code, body := get(path, stranger...)
		if strings.Contains(body, name) || strings.Contains(body, there) {
			t.Errorf("%s tells a stranger the name (%d): %.200s", path, code, body)
		}
		guarded := strings.HasPrefix(path, "/status") || strings.HasPrefix(path, "/api/status") || path == "/api/events" ||
			path == "/metrics" || strings.HasPrefix(path, "/debug")
		if guarded && code != http.StatusForbidden {
			t.Errorf("%s answers a stranger %d, want %d", path, code, http.StatusForbidden)
		}
	}
	for _, part := range []string{"/watch/NAME", "/embed/NAME", "/v/NAME", "/v/NAME/index.m3u8", "/v/NAME/master.m3u8", "/v/NAME/poster.jpg",
		"/go/NAME", "/go/NAME/index.m3u8", "/steer/NAME"} {
		is, _ := get(strings.Replace(part, "NAME", there, 1), stranger...)
		not, _ := get(strings.Replace(part, "NAME", missing, 1), stranger...)
		if is != not || is < 400 {
			t.Errorf("%s: %d for a video that is there, %d for one that is not; want the same refusal", part, is, not)
		}
	}
	for _, who := range []struct {
		name   string
		header []string
	}{{"this machine", nil}, {"who has the token", append(stranger, "Authorization", "Bearer "+token)}} {
		if code, body := get("/api/status", who.header...); code != http.StatusOK || !strings.Contains(body, name) {
			t.Errorf("%s gets %d, and not the name", who.name, code)
		}
	}
}
