package browser

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Page is an open page. Its methods are for one goroutine at a time; each returns when its ctx ends at the latest.
type Page struct {
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex
	faults []string
}

// View is how a page is looked at.
type View struct {
	Width, Height int64 // CSS pixels
	Dark          bool  // prefers-color-scheme
	Mobile        bool  // touch, and the page's own viewport
	Calm          bool  // prefers-reduced-motion
}

// Open opens a page as wide as a desktop's and returns when it has loaded.
func (b *Browser) Open(ctx context.Context, address string) (*Page, error) {
	return b.OpenAs(ctx, address, View{Width: 1280, Height: 800})
}

// OpenAs opens a page that is looked at in a certain way from the beginning.
func (b *Browser) OpenAs(ctx context.Context, address string, v View) (*Page, error) {
	p := &Page{}
	p.ctx, p.cancel = chromedp.NewContext(b.ctx)
	p.watch(address)
	err := p.run(ctx, look(v), chromedp.Navigate(address))
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	b.mu.Lock()
	b.pages = append(b.pages, p)
	b.mu.Unlock()
	return p, nil
}

// watch collects what goes wrong: errors on the console, which violations of the page's own policy are, too, and requests to
// other hosts.
func (p *Page) watch(address string) {
	own, _ := url.Parse(address)
	console, requests := chromedp.Console(p.ctx), chromedp.Events(p.ctx, network.RequestWillBeSent)
	p.done.Go(func() {
		for m, err := range console {
			if err != nil {
				return
			}
			// That a request was answered with an error is for the page to deal with.
			if (m.Type == chromedp.ConsoleError && m.Source != "network") || m.IsException() {
				p.fault("console: " + m.String())
			}
		}
	})
	p.done.Go(func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			to, err := url.Parse(r.Request.URL)
			if err != nil || (to.Scheme != "data" && to.Scheme != "blob" && own != nil && to.Hostname() != own.Hostname()) {
				p.fault("request: " + r.Request.URL)
			}
		}
	})
}

func (p *Page) fault(s string) {
	p.mu.Lock()
	p.faults = append(p.faults, s)
	p.mu.Unlock()
}

// Faults returns what has gone wrong in the page so far: uncaught exceptions, errors on the console, and requests to another
// host than the page's.
func (p *Page) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.faults...)
}

// bound returns the page's context, which ends with ctx, too.
func (p *Page) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	own, cancel := context.WithCancel(p.ctx)
	stop := context.AfterFunc(ctx, cancel)
	return own, func() { stop(); cancel() }
}

func (p *Page) run(ctx context.Context, steps ...chromedp.Action[chromedp.Void]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// The first command starts the tab, which would end with a derived context.
	if err := chromedp.Do(p.ctx); err != nil {
		return err
	}
	own, cancel := p.bound(ctx)
	defer cancel()
	return because(ctx, chromedp.Do(own, steps...))
}

// because prefers the caller's reason to end.
func because(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Nothing is the value of a script that has none.
type Nothing = chromedp.Void

// Eval runs a script in the page and returns its value; a promise's when it is kept.
func Eval[T any](ctx context.Context, p *Page, script string) (T, error) {
	own, cancel := p.bound(ctx)
	defer cancel()
	v, err := chromedp.Run(own, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		return v, fmt.Errorf("evaluate %s: %w", script, because(ctx, err))
	}
	return v, nil
}

// Wait waits until an expression is true in the page; it is looked at for each frame. The page must stay.
func (p *Page) Wait(ctx context.Context, condition string) error {
	own, cancel := p.bound(ctx)
	defer cancel()
	_, err := chromedp.Run(own, chromedp.Poll[chromedp.Void]("Boolean("+condition+")", chromedp.WithPollingTimeout(0)))
	if err != nil {
		return fmt.Errorf("wait for %s: %w", condition, because(ctx, err))
	}
	return nil
}

// Press presses keys, as on the keyboard.
func (p *Page) Press(ctx context.Context, keys string) error {
	return p.run(ctx, chromedp.KeyEvent(keys))
}

// Look changes how the page is looked at.
func (p *Page) Look(ctx context.Context, v View) error { return p.run(ctx, look(v)) }

func look(v View) chromedp.Action[chromedp.Void] {
	scheme, motion := "light", "no-preference"
	if v.Dark {
		scheme = "dark"
	}
	if v.Calm {
		motion = "reduce"
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: v.Width, Height: v.Height, DeviceScaleFactor: 1, Mobile: v.Mobile,
		}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion},
			},
		})
		return err
	})
}

// Screenshot returns what is to be seen as a PNG.
func (p *Page) Screenshot(ctx context.Context) ([]byte, error) {
	own, cancel := p.bound(ctx)
	defer cancel()
	png, err := chromedp.Run(own, chromedp.CaptureScreenshot())
	return png, because(ctx, err)
}

// Close closes the page.
func (p *Page) Close() {
	_, _ = chromedp.Call(p.ctx, page.Close, struct{}{}) // a tab that is gone is closed
	p.cancel()
	p.done.Wait()
}
