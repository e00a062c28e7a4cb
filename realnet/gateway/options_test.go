package gateway

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"peerstreamer/realnet/sample"
)

// TestCORS: who may read what is served, with no origin named, one, and all.
func TestCORS(t *testing.T) {
	const friend, stranger = "https://friend.example", "https://stranger.example"
	for what, c := range map[string]struct {
		cors             []string
		friend, stranger string
	}{
		"none": {nil, "", ""},
		"one":  {[]string{"http://x", friend}, friend, ""},
		"all":  {[]string{"*"}, "*", "*"},
	} {
		b := source(t, movie, setup{Options: Options{CORS: c.cors}})
		for origin, want := range map[string]string{friend: c.friend, stranger: c.stranger, "null": c.stranger} {
			for _, method := range []string{"GET", "OPTIONS"} {
				r := ask(t, method, b.URL()+"/v/movie", "Origin", origin, "Range", "bytes=0-9")
				if got := r.Get("Access-Control-Allow-Origin"); got != want {
					t.Errorf("%s: %s for %s: %q, want %q", what, method, origin, got, want)
				}
				if r.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s: credentials are allowed", what)
				}
				if method == "OPTIONS" && want != "" && !strings.Contains(r.Get("Access-Control-Allow-Headers"), "Range") {
					t.Errorf("%s: headers %q", what, r.Get("Access-Control-Allow-Headers"))
				}
			}
		}
		if r := get(t, b.URL()+"/v/movie", "Range", "bytes=0-9"); what == "one" && !strings.Contains(r.Get("Vary"), "Origin") {
			t.Errorf("a cache is not told that the answer depends on who asks")
		}
	}
}

// TestFrames: who may frame the player, and that nothing else may be framed.
func TestFrames(t *testing.T) {
	own := source(t, movie, setup{})
	school := source(t, movie, setup{Options: Options{Frame: []string{"https://moodle.example"}}})
	for _, c := range []struct {
		b          *box
		path, want string
	}{
		{own, "/embed/movie", "frame-ancestors 'self'"},
		{school, "/embed/movie", "frame-ancestors 'self' https://moodle.example"},
		{school, "/watch/movie", "frame-ancestors 'none'"},
		{school, "/v/movie", "frame-ancestors 'none'"},
	} {
		csp := get(t, c.b.URL()+c.path).Get("Content-Security-Policy")
		if got := csp[max(0, strings.Index(csp, "frame-ancestors")):]; !strings.HasPrefix(got+";", c.want+";") {
			t.Errorf("%s: %q, want %q", c.path, got, c.want)
		}
	}
	page := get(t, own.URL()+"/embed/movie?sig=%22%3E%3Cscript%3E")
	if s := string(page.body); !strings.Contains(s, `src="/v/movie?`) || !strings.Contains(s, `poster="/v/movie/poster.jpg?`) || strings.Contains(s, "<script") {
		t.Errorf("%s", s)
	}
}

func TestBadOptions(t *testing.T) {
	for what, o := range map[string]Options{
		"a certificate alone": {Cert: "x"},
		"a key alone":         {Key: "x"},
		"no such certificate": {Cert: "x", Key: "y"},
		"no origin":           {CORS: []string{"moodle.example"}},
		"an origin's folder":  {CORS: []string{"https://moodle.example/"}},
		"two in one":          {Frame: []string{"https://a https://b"}},
		"a policy's end":      {Frame: []string{"https://a;script-src"}},
		"no address":          {Self: "box-a"},
		"a limit below zero":  {Conns: -1},
		"a time below zero":   {Stall: -1},
	} {
		s, err := Listen("127.0.0.1:0", Config{Options: o})
		if err == nil {
			t.Errorf("%s: no error", what)
			_ = s.Close(t.Context())
		}
	}
}

// pair writes a new certificate for localhost with its key.
func pair(t *testing.T, cert, keyFile, name string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHTTPS: the video comes over TLS, with the certificate that the files hold at the time; files that make no sense leave
// things as they are.
func TestHTTPS(t *testing.T) {
	cert, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	pair(t, cert, keyFile, "first")
	b := source(t, movie, setup{Options: Options{Cert: cert, Key: keyFile}})
	if !strings.HasPrefix(b.URL(), "https://127.0.0.1:") {
		t.Errorf("watch at %s", b.URL())
	}
	b.certs.age = 0 // look each time
	visit := func() string {
		t.Helper()
		c := client(t)
		c.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // it signs itself
		resp, err := c.Get(b.URL() + "/v/movie")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, sample.Video) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if resp.ProtoMajor != 1 || resp.TLS.Version < tls.VersionTLS12 {
			t.Errorf("%s over %x", resp.Proto, resp.TLS.Version)
		}
		return resp.TLS.PeerCertificates[0].Subject.CommonName
	}
	if got := visit(); got != "first" {
		t.Errorf("the certificate is %q's", got)
	}
	pair(t, cert, keyFile, "the second")
	if got := visit(); got != "the second" {
		t.Errorf("after a change, the certificate is %q's", got)
	}
	if err := os.WriteFile(cert, []byte("half a cert"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := visit(); got != "the second" {
		t.Errorf("with a broken file, the certificate is %q's", got)
	}
	r := get(t, strings.Replace(b.URL(), "https", "http", 1)+"/v/movie")
	if r.status != 400 {
		t.Errorf("plain HTTP: %d", r.status)
	}
}

// TestPlainBeyond: a server that others reach says once in the log what plain HTTP means; one for this machine does not.
func TestPlainBeyond(t *testing.T) {
	for addr, want := range map[string]int{"0.0.0.0:0": 1, "127.0.0.1:0": 0} {
		core, logs := observer.New(zapcore.WarnLevel)
		b := source(t, movie, setup{addr: addr, log: zap.New(core)})
		get(t, "http://"+strings.Replace(b.Addr(), "[::]", "127.0.0.1", 1)+"/v/movie")
		if n := logs.FilterMessageSnippet("plain HTTP").Len(); n != want {
			t.Errorf("%s: said %d times, want %d", addr, n, want)
		}
	}
}
