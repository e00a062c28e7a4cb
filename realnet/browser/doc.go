// Package browser opens pages in a headless Chromium, for tests and measurements of what the gateway serves: it runs the
// scripts, plays the videos, and tells what went wrong in the page.
//
// It is not a library for the web: it reaches no host but this machine, and a page that asks for another is a fault of it.
//
//	b, err := browser.Start(t.TempDir())
//	defer b.Close()
//	p, err := b.Open(ctx, "http://127.0.0.1:8080/watch/movie")
//	err = p.Wait(ctx, `document.querySelector("video").currentTime > 1`)
//	faults := p.Faults()
package browser
