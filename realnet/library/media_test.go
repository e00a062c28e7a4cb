package library

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet/sample"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		in   string
		want core.Bytes
	}{
		{"0", 0}, {"1", 1}, {"1048576", 1 << 20}, {"7b", 7}, {"1k", 1024}, {"512k", 512 << 10}, {"512K", 512 << 10},
		{"1m", 1 << 20}, {"1M", 1 << 20}, {"1MiB", 1 << 20}, {"64KiB", 64 << 10}, {"64 kib", 64 << 10}, {"2g", 2 << 30},
		{"2GiB", 2 << 30}, {"9223372036854775807", 1<<63 - 1}, {"8796093022207m", (1<<43 - 1) << 20},
	} {
		if got, err := ParseSize(c.in); err != nil || got != c.want {
			t.Errorf("%q is %d, %v; want %d", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{"", "m", "-1", "-1m", "+1", "1.5m", "1MB", "1kb", "1 000", "0x10", "1mm", "m1", " 1", "1t",
		"9223372036854775808", "8796093022208m", "99999999999999999999999", "１m"} {
		got, err := ParseSize(in)
		if err == nil {
			t.Errorf("%q is %d, want an error", in, got)
		} else if !strings.HasPrefix(err.Error(), "size ") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestMediaType(t *testing.T) {
	ftyp := append([]byte{0, 0, 0, 24}, "ftypisom\x00\x00\x02\x00isomiso2"...)
	ts := make([]byte, 512)
	for i := 0; i < len(ts); i += 188 {
		ts[i] = 0x47
	}
	for _, c := range []struct {
		file, name string
		head       []byte
		want       string
	}{
		{"/films/Movie.MP4", "v", nil, "video/mp4"},
		{"", "v.webm", nil, "video/webm"},
		{"a.mkv", "v.mp4", nil, "video/x-matroska"},
		{"a.bin", "v.mp4", nil, "video/mp4"},
		{"", "v", ftyp, "video/mp4"},
		{"", "v", []byte("\x00\x00\x00\x14ftypqt  "), "video/quicktime"},
		{"", "v", []byte("\x00\x00\x00\x14ftypM4A "), "audio/mp4"},
		{"", "v", []byte("\x00\x00\x00\x14ftyp"), "application/octet-stream"},
		{"", "v", []byte("\x1aE\xdf\xa3\x01\x00"), "video/webm"},
		{"", "v", ts, "video/mp2t"},
		{"", "v", ts[:100], "application/octet-stream"},
		{"", "v", []byte{1, 2, 3}, "application/octet-stream"},
	} {
		if got := mediaType(c.file, c.name, c.head); got != c.want {
			t.Errorf("file %q, video %q, %d bytes: %s, want %s", c.file, c.name, len(c.head), got, c.want)
		}
	}
}

// box returns an MP4 box.
func box(kind string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

// mvhd0 and mvhd1 return movie headers with times of 32 and of 64 bits.
func mvhd0(timescale, duration uint32) []byte {
	b := make([]byte, 100)
	binary.BigEndian.PutUint32(b[12:], timescale)
	binary.BigEndian.PutUint32(b[16:], duration)
	return box("mvhd", b)
}

func mvhd1(timescale uint32, duration uint64) []byte {
	b := make([]byte, 112)
	b[0] = 1
	binary.BigEndian.PutUint32(b[20:], timescale)
	binary.BigEndian.PutUint64(b[24:], duration)
	return box("mvhd", b)
}

func TestMovieDuration(t *testing.T) {
	ftyp := box("ftyp", []byte("isom\x00\x00\x02\x00"))
	mdat := box("mdat", make([]byte, 5000))
	long := append([]byte("\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x13\x98"), make([]byte, 5000)...)
	moov := box("moov", mvhd0(1000, 2500))
	toEnd := bytes.Clone(moov)
	clear(toEnd[:4])
	for _, c := range []struct {
		name string
		data [][]byte
		want core.Time
	}{
		{"moov first", [][]byte{ftyp, moov, mdat}, 2500 * core.Millisecond},
		{"moov last", [][]byte{ftyp, mdat, moov}, 2500 * core.Millisecond},
		{"moov after a box of 64-bit size", [][]byte{ftyp, long, moov}, 2500 * core.Millisecond},
		{"moov up to the end", [][]byte{ftyp, mdat, toEnd}, 2500 * core.Millisecond},
		{"mvhd not first", [][]byte{ftyp, box("moov", box("free", nil), mvhd0(600, 1))}, 1666666},
		{"64-bit times", [][]byte{ftyp, box("moov", mvhd1(90_000, 90_000*7200))}, 2 * core.Hour},
		{"unknown duration", [][]byte{ftyp, box("moov", mvhd0(1000, 1<<32-1))}, 0},
		{"unknown duration, 64 bits", [][]byte{ftyp, box("moov", mvhd1(1000, 1<<64-1))}, 0},
		{"a duration of ages", [][]byte{ftyp, box("moov", mvhd1(1, 1<<62))}, 0},
		{"a duration just beyond", [][]byte{ftyp, box("moov", mvhd1(1, 9223372037))}, 0},
		{"the longest duration", [][]byte{ftyp, box("moov", mvhd1(1, 9223372036))}, 9223372036 * core.Second},
		{"timescale 0", [][]byte{ftyp, box("moov", mvhd0(0, 5))}, 0},
		{"fragmented", [][]byte{ftyp, box("moov", mvhd0(1000, 0))}, 0},
		{"no moov", [][]byte{ftyp, mdat}, 0},
		{"no mvhd", [][]byte{ftyp, box("moov", box("free", nil)), mdat}, 0},
		{"mvhd cut short", [][]byte{ftyp, box("moov", box("mvhd", make([]byte, 10)))}, 0},
		{"mvhd of version 2", [][]byte{ftyp, box("moov", box("mvhd", bytes.Repeat([]byte{2}, 100)))}, 0},
		{"a box larger than the file", [][]byte{ftyp, []byte("\xff\xff\xff\xffmoov"), mvhd0(1000, 1)}, 0},
		{"a box smaller than its header", [][]byte{ftyp, []byte("\x00\x00\x00\x07free"), moov}, 0},
		{"a negative box", [][]byte{ftyp, []byte("\x00\x00\x00\x01free\xff\xff\xff\xff\xff\xff\xff\xf0"), moov}, 0},
		{"nothing", nil, 0},
		{"seven bytes", [][]byte{[]byte("\x00\x00\x00\x07fre")}, 0},
		{"endless tiny boxes", [][]byte{bytes.Repeat(box("free"), maxBoxes), moov}, 0},
	} {
		data := bytes.Join(c.data, nil)
		if got := movieDuration(bytes.NewReader(data), int64(len(data))); got != c.want {
			t.Errorf("%s: %d ns, want %d", c.name, got, c.want)
		}
	}
}

// The movie header is found across the edges of chunks, wherever it lies, and a given duration goes first.
func TestSplitTakesDuration(t *testing.T) {
	for pad := range 64 {
		data := bytes.Join([][]byte{
			box("ftyp", []byte("isom\x00\x00\x02\x00")), box("mdat", make([]byte, 960+pad)), box("moov", mvhd0(1000, 1234)),
		}, nil)
		m := mustSplit(t, t.TempDir(), "v", data, Options{ChunkSize: 1024})
		if got := m.Info().Duration; got != 1234*core.Millisecond {
			t.Fatalf("pad %d: duration %v", pad, got)
		}
		if m.MediaType() != "video/mp4" {
			t.Fatalf("media type %s", m.MediaType())
		}
		if pad > 0 {
			continue
		}
		m = mustSplit(t, t.TempDir(), "v", data, Options{ChunkSize: 1024, Duration: core.Hour, MediaType: "video/x-own"})
		if m.Info().Duration != core.Hour || m.MediaType() != "video/x-own" {
			t.Errorf("given duration and type: got %v, %s", m.Info().Duration, m.MediaType())
		}
	}
}

// A file that ffmpeg made, not the boxes of this test.
func TestSplitRealVideo(t *testing.T) {
	dir := t.TempDir()
	m := mustSplit(t, dir, "sample", sample.Video, Options{ChunkSize: 256 << 10})
	if got, want := m.Info().Duration, core.Time(sample.Duration); got != want {
		t.Errorf("duration %d ns, want %d", got, want)
	}
	if m.MediaType() != "video/mp4" {
		t.Errorf("media type %s", m.MediaType())
	}
	checkVideo(t, mustOpen(t, dir), m, sample.Video)
}
