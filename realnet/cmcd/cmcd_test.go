package cmcd

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Data
		err  string
	}{
		{`bl=21300,br=3200,bs,cid="movie",mtp=48100,rtp=12000,sid="6e2fb550-c457",su`,
			Data{Session: "6e2fb550-c457", Content: "movie", Buffer: 21300 * time.Millisecond, HasBuffer: true, Starved: true,
				Startup: true, Throughput: 48100 * core.Kbps, Wanted: 12000 * core.Kbps, Bitrate: 3200 * core.Kbps}, ""},
		{`bl=0`, Data{HasBuffer: true}, ""},
		{`bs=?1, su=?0 , msd=1250`, Data{Starved: true, StartDelay: 1250 * time.Millisecond}, ""},
		{`sid="a,b=\"c\"\\",bs`, Data{Session: `a,b="c"\`, Starved: true}, ""},
		{`com.example-key=7,ot=av,nor="..%2F3.m4s",v=2,bs`, Data{Starved: true}, ""},
		{``, Data{}, ""},
		{`bl=-1`, Data{}, `cmcd: key "bl": "-1": want a whole number`},
		{`bl=99999999999999999999`, Data{}, "want a whole number"},
		{`mtp=4294967296`, Data{Throughput: maxNumber * core.Kbps}, ""},
		{`mtp=4294967297`, Data{}, "want a whole number of 0 or more, at most 4294967296"},
		{`mtp=1e9`, Data{}, "want a whole number"},
		{`sid="open`, Data{}, "no closing quote"},
		{`sid="a"b`, Data{}, "want a comma"},
		{`sid="` + strings.Repeat("x", MaxID+1) + `"`, Data{}, "65 bytes: want at most 64"},
		{strings.Repeat("k,", MaxKeys+1), Data{}, "more than 64 keys"},
		{strings.Repeat("k", MaxLength+1), Data{}, "4097 bytes: want at most 4096"},
	} {
		got, err := Parse(c.in)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%.60s: error %v, want one with %q", c.in, err, c.err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%.60s: %s", c.in, d)
		}
	}
}

// TestRequest: header fields add up, the query counts where there are none, and what cannot be read was not said.
func TestRequest(t *testing.T) {
	query := "/v/movie?CMCD=" + url.QueryEscape(`bl=1200,sid="q"`)
	for _, c := range []struct {
		name    string
		url     string
		headers map[string]string
		want    Data
		ok      bool
	}{
		{"nothing", "/v/movie?t=3", nil, Data{}, false},
		{"query", query, nil, Data{Session: "q", Buffer: 1200 * time.Millisecond, HasBuffer: true}, true},
		{"headers", query, map[string]string{"CMCD-Request": "bl=500,su", "CMCD-Session": `sid="h"`, "CMCD-Status": "bs"},
			Data{Session: "h", Buffer: 500 * time.Millisecond, HasBuffer: true, Starved: true, Startup: true}, true},
		{"one field is broken", "/v/movie", map[string]string{"CMCD-Request": "bl=x", "CMCD-Session": `sid="h"`},
			Data{Session: "h"}, true},
		{"broken", "/v/movie?CMCD=sid%3D%22", nil, Data{}, false},
	} {
		r := httptest.NewRequest("GET", c.url, nil)
		for k, v := range c.headers {
			r.Header.Set(k, v)
		}
		got, ok := FromRequest(r)
		if d := cmp.Diff(c.want, got); d != "" || ok != c.ok {
			t.Errorf("%s: %v, want %v: %s", c.name, ok, c.ok, d)
		}
	}
}

// FuzzCMCD: whatever is sent is read or refused, within the bounds.
func FuzzCMCD(f *testing.F) {
	for _, s := range []string{`bl=21300,bs,sid="6e2fb550-c457",su`, `sid="a\"b",,=,`, `bl=`, `"`, `a="\`, "bs=?1, su"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err != nil {
			if d != (Data{}) {
				t.Errorf("%q: %+v beside the error %v", s, d, err)
			}
			return
		}
		if len(s) > MaxLength || len(d.Session) > MaxID || len(d.Content) > MaxID || d.Buffer < 0 || d.StartDelay < 0 ||
			d.Throughput < 0 || d.Wanted < 0 || d.Bitrate < 0 {
			t.Errorf("%q: %+v is out of bounds", s, d)
		}
	})
}
