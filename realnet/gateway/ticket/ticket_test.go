package ticket

import (
	"errors"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func key(t testing.TB, secret string) *Key {
	t.Helper()
	k, err := New([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const secret = "0123456789abcdef"

var (
	noon = time.Unix(1_700_000_000, 0)
	ten  = netip.MustParseAddr("10.1.2.3")
	net  = netip.MustParsePrefix("10.1.0.0/16")
)

// TestCheck: each thing that can be wrong with a ticket, and nothing else, keeps a viewer out, and says which.
func TestCheck(t *testing.T) {
	k := key(t, secret)
	good := k.Sign("movie", noon.Add(time.Hour), netip.Prefix{}).Encode()
	bound := k.Sign("movie", noon.Add(time.Hour), net).Encode()
	forever := url.Values{"exp": {"99999999999999"}}
	late := k.Sign("movie", time.Unix(maxExpiry+1, 0), netip.Prefix{}).Encode()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(good) - 1 // of its bits two say nothing
	respelled := good[:last] + alphabet[strings.IndexByte(alphabet, good[last])+1:][:1]
	for name, c := range map[string]struct {
		video, query string
		at           time.Time
		from         netip.Addr
		want         error
	}{
		"good":                       {"movie", good, noon, ten, nil},
		"among other parameters":     {"movie", "CMCD=a%2Cb&" + good + "&x=1", noon, ten, nil},
		"none":                       {"movie", "", noon, ten, ErrMissing},
		"expiry without signature":   {"movie", forever.Encode(), noon, ten, ErrMissing},
		"the last second":            {"movie", good, noon.Add(time.Hour - time.Second), ten, nil},
		"expired":                    {"movie", good, noon.Add(time.Hour), ten, ErrExpired},
		"another video":              {"movie2", good, noon, ten, ErrForged},
		"a later expiry":             {"movie", strings.Replace(good, "exp=17", "exp=18", 1), noon, ten, ErrForged},
		"two expiries":               {"movie", good + "&exp=1", noon, ten, ErrForged},
		"two signatures":             {"movie", good + "&sig=", noon, ten, ErrForged},
		"no signature but its name":  {"movie", "exp=1800000000&sig=", noon, ten, ErrForged},
		"not base64":                 {"movie", "exp=1800000000&sig=%%%", noon, ten, ErrForged},
		"a network put in":           {"movie", good + "&net=0.0.0.0%2F0", noon, ten, ErrForged},
		"a network in two parts":     {"movie", strings.Replace(bound, "%2F16", "%2F1&net=6", 1), noon, ten, ErrForged},
		"a signature spelled anew":   {"movie", respelled, noon, ten, ErrForged},
		"after the year 9999":        {"movie", late, noon, ten, ErrForged},
		"from the network":           {"movie", bound, noon, ten, nil},
		"from it, as IPv6 writes it": {"movie", bound, noon, netip.MustParseAddr("::ffff:10.1.2.3"), nil},
		"from elsewhere":             {"movie", bound, noon, netip.MustParseAddr("10.2.2.3"), ErrElsewhere},
		"from nowhere":               {"movie", bound, noon, netip.Addr{}, ErrElsewhere},
		"the network left out":       {"movie", strings.Replace(bound, "net=10.1.0.0%2F16&", "", 1), noon, ten, ErrForged},
		"expired and from elsewhere": {"movie", bound, noon.Add(2 * time.Hour), netip.MustParseAddr("10.2.2.3"), ErrExpired},
	} {
		if got := k.Check(c.video, c.query, c.at, c.from); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if err := key(t, secret+"!").Check("movie", good, noon, ten); !errors.Is(err, ErrForged) {
		t.Errorf("under another secret: %v, want %v", err, ErrForged)
	}
}

// TestSigned: what is signed for whatever name, time and network is good for exactly that name.
func TestSigned(t *testing.T) {
	k := key(t, secret)
	rapid.Check(t, func(t *rapid.T) {
		name, other := rapid.String().Draw(t, "name"), rapid.String().Draw(t, "other")
		exp := time.Unix(rapid.Int64Range(1, maxExpiry).Draw(t, "exp"), 0)
		q := k.Sign(name, exp, net).Encode()
		if err := k.Check(name, q, exp.Add(-time.Second), ten); err != nil {
			t.Errorf("%q: %v", q, err)
		}
		if err := k.Check(name, Carry("a=b&"+q), exp.Add(-time.Second), ten); err != nil {
			t.Errorf("carried: %q: %v", q, err)
		}
		if err := k.Check(other, q, exp.Add(-time.Second), ten); name != other && !errors.Is(err, ErrForged) {
			t.Errorf("for %q, used for %q: %v", name, other, err)
		}
	})
}

func TestSignURL(t *testing.T) {
	k := key(t, secret)
	for in, name := range map[string]string{
		"https://box.example/watch/movie":          "movie",
		"https://box.example/v/a%20b%2Fc?x=1":      "a b/c",
		"http://h:1/site/tv/go/movie/index.m3u8#t": "movie",
		"/embed/~~":                        "~~",
		"https://box.example/":             "",
		"https://box.example/v/":           "",
		"https://box.example/status/movie": "",
		"https://box.example/v":            "",
		"%":                                "",
	} {
		got, err := k.SignURL(in, time.Hour, netip.Prefix{})
		if name == "" {
			if err == nil {
				t.Errorf("%s: signed as %s", in, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		u, _ := url.Parse(got)
		if err := k.Check(name, u.RawQuery, time.Now(), ten); err != nil {
			t.Errorf("%s: signed as %s: %v", in, got, err)
		}
		if again, _ := k.SignURL(got, time.Hour, netip.Prefix{}); strings.Count(again, "sig=") != 1 {
			t.Errorf("signed again: %s", again)
		}
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	for text, ok := range map[string]bool{
		"  " + secret + "\n": true, "": false, "short\n": false, strings.Repeat("x", MaxSecret+1): false,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(file); (err == nil) != ok {
			t.Errorf("a file of %d bytes: %v", len(text), err)
		}
	}
	if _, err := Load(file + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// FuzzCheck: no query that was not signed lets anybody in.
func FuzzCheck(f *testing.F) {
	k := key(f, secret)
	good := k.Sign("movie", noon.Add(time.Hour), netip.Prefix{})
	for _, q := range []string{"", good.Encode(), good.Encode() + "&net=::/0", "exp=1&sig=AAAA", "sig=%", "exp=&net=&sig=", "a;b"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if k.Check("movie", query, noon, ten) != nil {
			return
		}
		q, err := url.ParseQuery(query)
		if err != nil || q.Get("sig") != good.Get("sig") || q.Get("exp") != good.Get("exp") {
			t.Errorf("%q lets in", query)
		}
	})
}
