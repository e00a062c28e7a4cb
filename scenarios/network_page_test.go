package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNetworkPageLoads reads everything in TOML that docs/network.md shows: what the page says is what psim understands.
func TestNetworkPageLoads(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "network.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "king.txt"), []byte("node 1\nnode 2\n1,2 65433\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(valid, "[[group]]", "[[group]]\nregion = \"EU\"\n")
	blocks := strings.Split(string(page), "```toml\n")[1:]
	shown := 0
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		shown++
		if !strings.Contains(b, "[[site]]") {
			b += "[[site]]\nname = \"campus\"\n"
		}
		if _, err := Parse(filepath.Join(dir, "page.toml"), []byte(text+b)); err != nil {
			t.Errorf("%v\nin\n%s", err, b)
		}
	}
	if shown < 10 {
		t.Errorf("the page shows %d of them", shown)
	}
	for _, k := range Keys() {
		if _, key, ok := strings.Cut(k.Path, "net.latency."); ok && !strings.Contains(string(page), key) {
			t.Errorf("the page does not mention %s", k.Path)
		}
	}
}
