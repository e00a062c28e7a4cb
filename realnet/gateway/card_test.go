package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWordsForPeople(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{title("holiday_2024.mp4"), "holiday 2024"}, {title("movie"), "movie"}, {title(".mp4"), ".mp4"},
		{title("v1.introduction"), "v1.introduction"},
		{size(999), "999 B"}, {size(999_500), "1.0 MB"}, {size(2_850_700), "2.9 MB"}, {size(99_949_999), "100 MB"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// TestAssetsAreKept: what a page loads may be kept for good under an address that names its content, and under no other.
func TestAssetsAreKept(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/{hash}/{file...}", assets())
	for path, want := range map[string]string{AssetURL("player.js"): "immutable", "/assets/older/player.js": "no-cache"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := w.Header().Get("Cache-Control"); w.Code != http.StatusOK || !strings.Contains(got, want) {
			t.Errorf("%s: %d, %q; want %s", path, w.Code, got, want)
		}
	}
	if AssetURL("list.html") != "" || AssetURL("nothing.js") != "" {
		t.Error("pages and what is not there have an address")
	}
}
