package ingest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestExplain: an error that comes of a full disk says so with the directory, whoever has met it; others stay as they are.
func TestExplain(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		full bool
	}{
		{"none", nil, false},
		{"another", os.ErrPermission, false},
		{"a write", fmt.Errorf("split: %w", &os.PathError{Op: "write", Path: "3", Err: syscall.ENOSPC}), true},
		{"a quota of the system's", syscall.EDQUOT, true},
		{"ffmpeg", errors.New("exit status 228: video.mp4: No space left on device"), true},
	} {
		got := explain("videos", c.err)
		if errors.Is(got, ErrRoom) != c.full || c.err != nil && !errors.Is(got, c.err) {
			t.Errorf("%s: %v", c.name, got)
		}
		if c.full && !strings.Contains(got.Error(), "added to videos: make room") {
			t.Errorf("%s: %q does not say what to do", c.name, got)
		}
		if c.err == nil && got != nil {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
