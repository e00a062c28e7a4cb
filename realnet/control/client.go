package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
)

// ErrNotRunning is wrapped by Dial's error if no node answers in a directory.
var ErrNotRunning = errors.New("no running node")

// Client tells a running node what to keep.
type Client struct{ http http.Client }

// Dial returns a client of the node that runs in a directory, its chunk directory or its database.
func Dial(dir string) (*Client, error) {
	path := filepath.Join(dir, socketName)
	dial := func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	c, err := dial(context.Background())
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", dir, ErrNotRunning, err)
	}
	c.Close()
	return &Client{http.Client{Timeout: answerWait, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}, nil
}

// List returns what the node has.
func (c *Client) List(ctx context.Context) (list []Video, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://node/videos", nil)
	if err != nil {
		return nil, err
	}
	return list, c.do(r, &list)
}

// Pin has the node keep a video, or end that.
func (c *Client) Pin(ctx context.Context, name string, pin bool) error {
	path := "unpin"
	if pin {
		path = "pin"
	}
	return c.post(ctx, path, request{Name: name})
}

// Remove has the node remove a video.
func (c *Client) Remove(ctx context.Context, name string) error {
	return c.post(ctx, "remove", request{Name: name})
}

// Prefetch has the node fetch a video.
func (c *Client) Prefetch(ctx context.Context, name string, p Prefetch) error {
	return c.post(ctx, "prefetch", request{name, p.At, p.Rate})
}

func (c *Client) post(ctx context.Context, path string, q request) error {
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	return c.do(r, nil)
}

// do sends a request and reads the answer into v, if there is one to be.
func (c *Client) do(r *http.Request, v any) error {
	a, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	body := io.LimitReader(a.Body, maxAnswer)
	if a.StatusCode >= 300 {
		text, _ := io.ReadAll(body)
		return errors.New(strings.TrimSpace(string(text)))
	}
	if v == nil {
		return nil
	}
	return json.NewDecoder(body).Decode(v)
}
