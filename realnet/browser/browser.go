package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// ErrMissing says that there is no Chromium on this machine.
var ErrMissing = errors.New("no chromium: apt-get install chromium")

// names are what distributions call the program.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

// closing is how long a browser may take to end before it is killed.
const closing = 10 * time.Second

// Browser is a running Chromium. Its methods may be called from any goroutine.
type Browser struct {
	ctx  context.Context
	stop context.CancelFunc

	mu    sync.Mutex
	pages []*Page
}

// Start starts a browser with an empty profile in dir. It runs without a sandbox, because tests run as root in containers
// and open pages of this repository alone.
func Start(dir string) (*Browser, error) {
	path := ""
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		return nil, ErrMissing
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"),
	)
	alloc, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	b := &Browser{ctx: ctx, stop: func() { cancel(); free() }}
	if err := chromedp.Do(ctx); err != nil {
		b.stop()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return b, nil
}

// Close closes all pages and ends the browser.
func (b *Browser) Close() error {
	b.mu.Lock()
	pages := b.pages
	b.pages = nil
	b.mu.Unlock()
	for _, p := range pages {
		p.Close()
	}
	ctx, cancel := context.WithTimeout(b.ctx, closing)
	defer cancel()
	err := chromedp.Cancel(ctx)
	b.stop()
	return err
}
