package realnet

import "testing"

// TestFrameBuffers: a link has the large buffer while a flow arrives or a frame needs it, and what has arrived moves along.
func TestFrameBuffers(t *testing.T) {
	f := &frames{}
	defer f.drop()
	put := func(s string) { f.w += copy(f.buf[f.w:], s) }
	step := func(what string, need, bulk int, large bool) {
		t.Helper()
		f.bulk = bulk
		f.room(need)
		if got := len(f.buf) == largeBuffer; got != large || (f.large != nil) != large {
			t.Errorf("%s: a buffer of %d bytes", what, len(f.buf))
		}
		if len(f.buf)-f.r < need || f.w == len(f.buf) {
			t.Errorf("%s: no room for %d bytes at %d of %d", what, need, f.r, len(f.buf))
		}
	}
	want := func(what, s string) {
		t.Helper()
		if got := string(f.buf[f.r:f.w]); got != s {
			t.Errorf("%s: the buffer has %q: want %q", what, got, s)
		}
	}
	step("at first", 4, 0, false)
	put("headmessage")
	f.r = 4
	step("a message", smallBuffer, 0, false)
	want("a message", "message")
	step("a long frame", smallBuffer+1, 0, true)
	want("a long frame", "message")
	f.r = f.w
	step("the next", 4, 0, false)
	put("bulk")
	step("a flow", 4, 1, true)
	want("a flow", "bulk")
	f.r, f.w = largeBuffer-3, largeBuffer
	step("at the end of the buffer", 70_000, 1, true)
	f.r = f.w - 3
	step("still a flow", 4, 1, true)
	step("the flow is over", 4, 0, false)
}
