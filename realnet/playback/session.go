package playback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

// retries is how often a Read asks again for bytes that were here and are not any more: the disk has lost them.
const retries = 3

// Session reads one video for one viewer. Its methods are for one goroutine at a time.
type Session struct {
	d     *Desk
	ctx   context.Context
	name  string
	kind  core.PlayerKind
	video core.Video
	m     *manifest.Manifest

	pos    int64     // of the next Read
	view   core.View // 0: nothing is asked for
	chunk  uint32    // that the view stands at
	silent *time.Timer

	bell chan struct{} // something was heard
	mu   sync.Mutex
	last core.Delivery
	news bool // last is about where the view stands

	file  descriptor // for Send
	stats Stats
}

// Stats is how a session has fared.
type Stats struct {
	Bytes  int64         // read
	Seeks  int           // of the view: reads that were not where the last ended
	Waits  int           // reads that found nothing
	Waited time.Duration // by them, in all
	First  time.Duration // waited for the first byte
}

// Manifest returns the video's.
func (s *Session) Manifest() *manifest.Manifest { return s.m }

// Stats returns how the session has fared so far.
func (s *Session) Stats() Stats { return s.stats }

// hear takes what the machine delivers: the latest contains what came before it.
func (s *Session) hear(x core.Delivery) {
	s.mu.Lock()
	s.last, s.news = x, true
	s.mu.Unlock()
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// forget drops what was heard of an earlier place.
func (s *Session) forget() {
	s.mu.Lock()
	s.news = false
	s.mu.Unlock()
}

// resolve waits for the manifest.
func (s *Session) resolve() error {
	if err := s.stand(0); err != nil {
		return err
	}
	for s.m == nil {
		_, err := s.wait(func(core.Delivery) bool { return true })
		if s.m = s.d.node.Manifest(s.video); s.m == nil && err != nil {
			return err
		}
		s.forget()
	}
	s.away() // until somebody reads
	return nil
}

// stand opens the view at a chunk, or moves it there.
func (s *Session) stand(chunk uint32) error {
	e := core.ViewEvent{Kind: core.ViewSeek, Player: s.kind, View: s.view, Video: s.video, Chunk: chunk}
	if s.view == 0 {
		w, err := s.d.enter(s)
		if err != nil {
			return err
		}
		s.view, e.View, e.Kind = w, w, core.ViewOpen
	} else {
		s.stats.Seeks++
	}
	s.chunk = chunk
	return s.d.tell(e, s.forget)
}

// away closes the view.
func (s *Session) away() {
	if s.view == 0 {
		return
	}
	w := s.view
	s.view = 0
	_ = s.d.tell(core.ViewEvent{Kind: core.ViewClose, View: w, Video: s.video}, s.forget) // a node that has ended has no views
	s.d.leave(w)
}

// wait waits until something is heard that will do.
func (s *Session) wait(will func(core.Delivery) bool) (core.Delivery, error) {
	began := time.Time{}
	for {
		s.mu.Lock()
		x, news := s.last, s.news
		s.mu.Unlock()
		var err error
		if news {
			switch x.Why {
			case core.Fine, core.End:
			case core.NoVideo:
				err = ErrNoVideo
			case core.TooMany:
				err = ErrFull
			default:
				err = errors.New(x.Why.String())
			}
		}
		if news && (err != nil || will(x)) {
			if !began.IsZero() {
				s.stats.Waited += time.Since(began)
			}
			return x, err
		}
		if began.IsZero() {
			began = time.Now()
			s.stats.Waits++
			if s.silent == nil {
				s.silent = time.NewTimer(s.d.opts.GiveUp)
			} else {
				s.silent.Reset(s.d.opts.GiveUp)
			}
			defer s.silent.Stop()
		}
		select {
		case <-s.bell:
		case <-s.ctx.Done():
			return x, s.ctx.Err()
		case <-s.silent.C:
			return x, fmt.Errorf("%w for %v: the node's log says whom it cannot reach", ErrSilent, s.d.opts.GiveUp)
		}
	}
}

// Size returns the video's length in bytes.
func (s *Session) Size() int64 { return int64(s.m.Info().Length) }

// Position returns where the next Read begins, in bytes.
func (s *Session) Position() int64 { return s.pos }

// Seek implements io.Seeker. It costs nothing: the next Read moves the window.
func (s *Session) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += s.pos
	case io.SeekEnd:
		off += s.Size()
	}
	if off < 0 {
		return 0, fmt.Errorf("seek %q to %d", s.name, off)
	}
	s.pos = off
	return off, nil
}

// Begin has what is at the position fetched, and waits for nothing. It fails if the node has no room for another session, or has
// ended; so who must say beforehand whether there will be anything to Read can tell.
func (s *Session) Begin() error {
	info := s.m.Info()
	if s.view != 0 || s.pos >= int64(info.Length) {
		return nil
	}
	return s.stand(uint32(s.pos / int64(info.ChunkSize)))
}

// Reads reports whether the session has one of the desk's places: since it began, or read, and did not fail.
func (s *Session) Reads() bool { return s.view != 0 }

// Read implements io.Reader: verified bytes from the position on, as many as are here. It waits for the first of them, and
// fails if that takes longer than Options.GiveUp.
func (s *Session) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := s.take(int64(len(p)), func(id core.ChunkID, off, n int64) (int64, error) {
		if err := s.d.node.ReadAt(id, off, p[:n]); err != nil {
			return 0, err
		}
		return n, nil
	})
	return int(n), err
}

// take waits until a byte at the position is here and has use take at most most bytes from there, of one chunk, n bytes from
// off, of which it says how many it has taken. What is not in the store after all is asked for again.
func (s *Session) take(most int64, use func(id core.ChunkID, off, n int64) (int64, error)) (int64, error) {
	info := s.m.Info()
	if s.pos >= int64(info.Length) {
		return 0, io.EOF
	}
	for tries := 0; ; tries++ {
		n, err := s.here(info)
		if err == nil {
			size := int64(info.ChunkSize)
			n, err = use(core.ChunkID{Video: s.video, Chunk: uint32(s.pos / size)}, s.pos%size, min(n, most))
			if n > 0 && s.stats.Bytes == 0 {
				s.stats.First = s.stats.Waited
			}
			s.stats.Bytes += n
			s.pos += n
		}
		if err == nil || n > 0 {
			return n, err
		}
		if !errors.Is(err, store.ErrAbsent) || tries == retries {
			return 0, fmt.Errorf("read %q at %d: %w", s.name, s.pos, err)
		}
		s.away() // and ask again
	}
}

// here waits until a byte at the position can be read, and returns how many there are, within the chunk.
func (s *Session) here(info core.VideoInfo) (int64, error) {
	size := int64(info.ChunkSize)
	chunk := uint32(s.pos / size)
	switch {
	case s.view != 0 && chunk == s.chunk:
	case s.view != 0 && chunk == s.chunk+1:
		s.chunk = chunk
		s.d.node.View(core.ViewEvent{Kind: core.ViewNeed, View: s.view, Video: s.video, Chunk: chunk})
	default:
		if err := s.stand(chunk); err != nil {
			return 0, err
		}
	}
	start := int64(chunk) * size
	var here int64 // bytes of the chunk
	_, err := s.wait(func(x core.Delivery) bool {
		switch {
		case x.Chunk > chunk || x.Why == core.End:
			here = int64(info.ChunkBytes(chunk))
		case x.Chunk == chunk:
			here = int64(info.Prefix(chunk, x.Pieces))
		default:
			here = 0
		}
		return start+here > s.pos
	})
	return start + here - s.pos, err
}

// Close ends the session. Closing again does nothing.
func (s *Session) Close() error {
	s.away()
	return s.file.close()
}
