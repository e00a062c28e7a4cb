package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// replace returns a good manifest with one part of its encoding replaced.
func replace(t *testing.T, old, new string) []byte {
	t.Helper()
	m, _ := build(t, "movie", bytes.Repeat([]byte{7}, 5000), 2048, 512)
	if n := bytes.Count(m.Encoded(), []byte(old)); n != 1 {
		t.Fatalf("%q is in the manifest %d times: %q", old, n, m.Encoded())
	}
	return bytes.Replace(m.Encoded(), []byte(old), []byte(new), 1)
}

func TestDecodeRefuses(t *testing.T) {
	const begin = "d21:Peerstreamer manifesti1e"
	good, _ := build(t, "movie", bytes.Repeat([]byte{7}, 5000), 2048, 512)
	if _, err := Decode(good.Encoded()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "not a manifest"},
		{"garbage", []byte("GET / HTTP/1.1\r\n"), "not a manifest"},
		{"another dictionary", []byte("d4:name5:moviee"), "not a manifest"},
		{"version 2", replace(t, begin, "d21:Peerstreamer manifesti2e"), "want version 1"},
		{"version 10", replace(t, begin, "d21:Peerstreamer manifesti10e"), "want version 1"},
		{"too large", bytes.Repeat([]byte{'d'}, MaxSize+1), "more than 67108864"},
		{"cut short", good.Encoded()[:len(good.Encoded())-1], "want the end"},
		{"trailing bytes", append(bytes.Clone(good.Encoded()), 'e'), "want the end"},
		{"keys out of order", replace(t, "5:chunki2048e8:durationi0e", "8:durationi0e5:chunki2048e"), "canonical"},
		{"a key twice", replace(t, "5:chunki2048e", "5:chunki2048e5:chunki2048e"), "canonical"},
		{"an unknown key", replace(t, "4:type", "5:extra1:x4:type"), "canonical"},
		{"a missing key", replace(t, "8:durationi0e", ""), "canonical"},
		{"a leading zero", replace(t, "i2048e", "i02048e"), ""},
		{"minus zero", replace(t, "8:durationi0e", "8:durationi-0e"), ""},
		{"a length with a leading zero", replace(t, "5:movie", "05:movie"), ""},
		{"a list", replace(t, "i2048e", "li2048ee"), "want a string or an integer"},
		{"a dictionary inside", replace(t, "i2048e", "d1:ai1ee"), "want a string or an integer"},
		{"a string for a number", replace(t, "i2048e", "4:2048"), ""},
		{"a number for a string", replace(t, "5:movie", "i5e"), ""},
		{"an integer too long", replace(t, "i2048e", "i"+strings.Repeat("9", 20)+"e"), "at most 19 digits"},
		{"an integer too large", replace(t, "i2048e", "i"+strings.Repeat("9", 19)+"e"), ""},
		{"a string beyond the end", replace(t, "5:movie", "500:movie"), "want a string"},
		{"a string of 10^19 bytes", replace(t, "5:movie", "9999999999999999999:movie"), "want a string"},
		{"a bad name", replace(t, "5:movie", "5:mo/ie"), "slash"},
		{"a bad chunk size", replace(t, "i2048e", "i20e"), "chunk size"},
		{"a negative length", replace(t, "i5000e", "i-5000e"), "length"},
		{"a length for more roots", replace(t, "i5000e", "i9000e"), "roots"},
		{"a huge length", replace(t, "i5000e", "i9223372036854775807e"), "larger chunks"},
		{"pieces of nothing", replace(t, "i512e", "i0e"), "piece size"},
	} {
		m, err := Decode(c.data)
		if err == nil {
			t.Errorf("%s: decoded to %+v", c.name, m)
		} else if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "decode manifest: ") {
			t.Errorf("%s: error is %q, want it to say %q", c.name, err, c.want)
		}
	}
	if _, err := Decode(replace(t, begin, "d21:Peerstreamer manifesti2e")); !errors.Is(err, ErrVersion) {
		t.Errorf("another version: %v is not ErrVersion", err)
	}
}

func TestDecodeKeepsNothing(t *testing.T) {
	good, _ := build(t, "movie", bytes.Repeat([]byte{7}, 5000), 2048, 512)
	data := bytes.Clone(good.Encoded())
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if m.Name() != "movie" || m.Root(0) != good.Root(0) || !bytes.Equal(m.Encoded(), good.Encoded()) {
		t.Error("the manifest changed with the buffer that it was decoded from")
	}
}

// Input made to be dear: the work must stay in proportion to the bytes. What is allocated stands for it, as nothing here
// may be timed; a decoder that built these lists would take 8 to 30 times their size, and the integer an hour.
func TestDecodeIsCheap(t *testing.T) {
	const n = 4 << 20
	for _, c := range []struct{ name, value string }{
		{"list of empty strings", "l" + strings.Repeat("0:", n/2) + "e"},
		{"list of lists", strings.Repeat("l", n)},
		{"long integer", "i1" + strings.Repeat("0", n) + "e"},
	} {
		data := fmt.Appendf(nil, "d21:Peerstreamer manifesti1e1:a%se", c.value)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Decode(data); err == nil {
			t.Errorf("%s: decoded", c.name)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > n {
			t.Errorf("%s: %d bytes allocated for %d", c.name, got, len(data))
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	m, _ := build(b, "movie", make([]byte, 1<<20), 1<<10, 1<<10) // 1,024 chunks, 32 KiB of roots
	b.SetBytes(int64(len(m.Encoded())))
	for b.Loop() {
		if _, err := Decode(m.Encoded()); err != nil {
			b.Fatal(err)
		}
	}
}
