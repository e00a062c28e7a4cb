package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

// viewer does one thing after the other, each at a box and with a video that chance chooses; some videos are watched more.
type viewer struct {
	s    *swarm
	rng  *rand.Rand
	http *http.Client
}

// timeout is for one thing that a viewer does.
const timeout = 90 * time.Second

func newViewer(s *swarm, seed uint64, i int) *viewer {
	return &viewer{s: s, rng: rand.New(rand.NewPCG(seed, uint64(i))), http: &http.Client{Transport: &http.Transport{}}}
}

// manners are what viewers do. Each returns an error if what it got is not what is there.
var manners = []struct {
	name string
	of   int // of a hundred
	do   func(*viewer, context.Context, *member, int) error
}{
	{"whole", 10, (*viewer).whole},
	{"seek", 40, (*viewer).seek},
	{"leave", 25, (*viewer).leave},
	{"slow", 5, (*viewer).slow},
	{"again", 10, (*viewer).again},
	{"pages", 10, (*viewer).pages},
}

// watch does things until ctx ends, and rests for pause at most after each.
func (v *viewer) watch(ctx context.Context, pause time.Duration) {
	for ctx.Err() == nil {
		box := v.s.boxes()[v.rng.IntN(len(v.s.boxes()))]
		video := min(v.rng.IntN(len(v.s.videos)), v.rng.IntN(len(v.s.videos)))
		at := v.rng.IntN(100)
		for _, m := range manners {
			if at -= m.of; at >= 0 {
				continue
			}
			began := time.Now()
			one, cancel := context.WithTimeout(ctx, timeout)
			err := m.do(v, one, box, video)
			cancel()
			if ctx.Err() == nil {
				v.s.tally.count(err, v.s.excused(began), fmt.Sprintf("%s %s at %s", m.name, videoName(video), box.name))
			}
			break
		}
		if v.rng.IntN(4) == 0 {
			v.http.CloseIdleConnections()
		}
		time.Sleep(time.Duration(v.rng.Int64N(int64(pause) + 1)))
	}
}

// get asks for a path and wants one of the given answers.
func (v *viewer) get(ctx context.Context, method, url string, header map[string]string, want int) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, err
	}
	for k, x := range header {
		r.Header.Set(k, x)
	}
	began := time.Now()
	answer, err := v.http.Do(r)
	if err != nil {
		return nil, err
	}
	v.s.tally.waited(time.Since(began), v.s.excused(began))
	if answer.StatusCode != want {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 200)) // as much as there is
		answer.Body.Close()
		return nil, fmt.Errorf("%s %s: %s, want %d: %s", method, url, answer.Status, want, bytes.TrimSpace(text))
	}
	return answer, nil
}

func (v *viewer) url(box *member, video int) string { return box.web + "/v/" + videoName(video) }

// check reads what must be there, up to its end or most bytes.
func (v *viewer) check(body io.Reader, want []byte, most int, pause time.Duration) error {
	buf := make([]byte, 64<<10)
	for at := 0; at < min(len(want), most); {
		n, err := io.ReadFull(body, buf[:min(len(buf), len(want)-at)])
		if !bytes.Equal(buf[:n], want[at:at+n]) {
			return fmt.Errorf("%w in the %d bytes from %d on", errWrong, n, at)
		}
		v.s.tally.read(n)
		at += n
		if err != nil {
			return fmt.Errorf("after %d bytes of %d: %w", at, len(want), err)
		}
		time.Sleep(pause)
	}
	return nil
}

// whole reads a video from its beginning to its end.
func (v *viewer) whole(ctx context.Context, box *member, video int) error {
	answer, err := v.get(ctx, http.MethodGet, v.url(box, video), nil, http.StatusOK)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return v.check(answer.Body, v.s.videos[video], videoSize, 0)
}

// seek reads pieces of a video here and there, each by a range of its own.
func (v *viewer) seek(ctx context.Context, box *member, video int) error {
	for range 1 + v.rng.IntN(5) {
		first := v.rng.IntN(videoSize)
		last := min(first+v.rng.IntN(1<<20), videoSize-1)
		ask := map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", first, last)}
		answer, err := v.get(ctx, http.MethodGet, v.url(box, video), ask, http.StatusPartialContent)
		if err != nil {
			return err
		}
		err = v.check(answer.Body, v.s.videos[video][first:last+1], videoSize, 0)
		answer.Body.Close()
		if err != nil {
			return fmt.Errorf("from %d: %w", first, err)
		}
	}
	return nil
}

// leave breaks off what it has asked for.
func (v *viewer) leave(ctx context.Context, box *member, video int) error {
	first := v.rng.IntN(videoSize)
	ask := map[string]string{"Range": fmt.Sprintf("bytes=%d-", first)}
	answer, err := v.get(ctx, http.MethodGet, v.url(box, video), ask, http.StatusPartialContent)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return v.check(answer.Body, v.s.videos[video][first:], v.rng.IntN(512<<10), 0)
}

// slow reads for a few seconds, 64 KiB in 200 ms, and leaves.
func (v *viewer) slow(ctx context.Context, box *member, video int) error {
	answer, err := v.get(ctx, http.MethodGet, v.url(box, video), nil, http.StatusOK)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return v.check(answer.Body, v.s.videos[video], 30*64<<10, 200*time.Millisecond)
}

// again asks for what it has already.
func (v *viewer) again(ctx context.Context, box *member, video int) error {
	answer, err := v.get(ctx, http.MethodHead, v.url(box, video), nil, http.StatusOK)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.ContentLength != videoSize {
		return fmt.Errorf("%w: a video of %d bytes, want %d", errWrong, answer.ContentLength, videoSize)
	}
	has := map[string]string{"If-None-Match": answer.Header.Get("ETag")}
	if answer, err = v.get(ctx, http.MethodGet, v.url(box, video), has, http.StatusNotModified); err != nil {
		return err
	}
	return answer.Body.Close()
}

// pages reads what people and machines look at.
func (v *viewer) pages(ctx context.Context, box *member, video int) error {
	for _, path := range []string{"/", "/watch/" + videoName(video), "/status", "/api/status", "/metrics", "/healthz"} {
		answer, err := v.get(ctx, http.MethodGet, box.web+path, nil, http.StatusOK)
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if err != nil || n == 0 {
			return errors.Join(fmt.Errorf("%s: %d bytes", path, n), err)
		}
	}
	return nil
}
