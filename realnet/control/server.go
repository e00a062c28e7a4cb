package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
)

// socketName is the socket in a node's directory.
const socketName = ".control"

// Bounds on what who may use the socket can cost.
const (
	maxBody    = 4 << 10 // bytes of a request
	maxAnswer  = 64 << 20
	headerWait = 5 * time.Second
	answerWait = 60 * time.Second
)

// Video is what a node has of a video.
type Video struct {
	Name     string     `json:"name"`
	Type     string     `json:"type"`
	Length   core.Bytes `json:"length_bytes"`
	Duration core.Time  `json:"duration_ns"`
	Chunks   uint32     `json:"chunks"`
	Here     uint32     `json:"chunks_here"`
	Quota    core.Bytes `json:"quota_bytes,omitempty"` // of it are kept at most; 0: as many as the store holds
	Owned    bool       `json:"owned"`                 // in the node's own database
	Pinned   bool       `json:"pinned"`
	Prefetch string     `json:"prefetch,omitempty"` // how that is going
}

// Kept returns about how many bytes of the video are here: exactly if all are, else as if all chunks had the same size.
func (v *Video) Kept() core.Bytes {
	if v.Here == v.Chunks {
		return v.Length
	}
	return v.Length / core.Bytes(v.Chunks) * core.Bytes(v.Here)
}

// Prefetch says how a video is to be fetched.
type Prefetch struct {
	At   time.Time // when to begin; zero: now
	Rate core.Rate // 0: as fast as it comes
}

// Node is what can be told what to keep. Its methods may be called from any goroutine.
type Node interface {
	List() []Video
	Pin(ctx context.Context, name string, pin bool) error
	Remove(ctx context.Context, name string) error
	Prefetch(name string, p Prefetch) error
}

// Server answers on a node's socket.
type Server struct {
	http *http.Server
	done chan error
}

// request is the body of all that changes something.
type request struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Rate core.Rate `json:"rate_bytes_per_second"`
}

// Listen answers for a node in its directory. A socket that a killed node has left is replaced; one on which somebody answers
// is not.
func Listen(dir string, n Node, log *zap.Logger) (*Server, error) {
	path := filepath.Join(dir, socketName)
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("control socket %s: another node answers there", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w (its path may be too long: it has %d bytes)", err, len(path))
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	s := &Server{done: make(chan error, 1), http: &http.Server{
		Handler: handler(n, log), ReadHeaderTimeout: headerWait, ReadTimeout: headerWait, WriteTimeout: answerWait,
	}}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// Close ends it and removes the socket.
func (s *Server) Close(context.Context) error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func handler(n Node, log *zap.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /videos", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(n.List()) // who has gone does not want it
	})
	for path, do := range map[string]func(context.Context, request) error{
		"pin":      func(ctx context.Context, r request) error { return n.Pin(ctx, r.Name, true) },
		"unpin":    func(ctx context.Context, r request) error { return n.Pin(ctx, r.Name, false) },
		"remove":   func(ctx context.Context, r request) error { return n.Remove(ctx, r.Name) },
		"prefetch": func(_ context.Context, r request) error { return n.Prefetch(r.Name, Prefetch{r.At, r.Rate}) },
	} {
		mux.HandleFunc("POST /"+path, func(w http.ResponseWriter, r *http.Request) {
			var q request
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&q); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			ctx, cancel := context.WithTimeout(r.Context(), answerWait)
			defer cancel()
			err := do(ctx, q)
			log.Info("was told what to keep", zap.String("to", path), zap.String("video", q.Name), zap.Error(err))
			if err != nil {
				http.Error(w, err.Error(), http.StatusConflict)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	return mux
}
