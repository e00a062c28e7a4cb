package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"peerstreamer/bench/nodes"
)

// Seeks of a viewer who jumps about.
const (
	seeks  = 20
	strand = 12 // chunks from one place to the next: more than is read ahead
	middle = 1 << 19
)

// seeks has one viewer at a box below a source ask for places that the box has not, each before the answer to the last is
// complete, on a connection of its own as curl does.
func (m *measurement) seeks() error {
	if m.Size < seeks*strand<<20 {
		return fmt.Errorf("a video of %d bytes: want %d, so -length of %v at least", m.Size, seeks*strand<<20,
			time.Duration(seeks*strand<<20/m.bytesPerSecond()+1)*time.Second)
	}
	source, err := m.Source()
	if err != nil {
		return err
	}
	port, err := nodes.FreePort()
	if err != nil {
		return err
	}
	box, err := m.Stage.Node("box", source, nil, "-http", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	url := "http://127.0.0.1:" + port + "/v/" + nodes.Video
	if err := known(nil, url); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var took []time.Duration
	var last io.Closer
	for i := range seeks {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		at := int64(i*7%seeks*strand) << 20                          // 7 and 20 have no common divisor, so each place is asked for once
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", at+middle)) // the middle of a chunk, whose bytes come in order)
		if last != nil {
			_ = last.Close() // it was broken off
		}
		began := time.Now()
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
			return err
		}
		took = append(took, time.Since(began))
		last = resp.Body
	}
	_ = last.Close()
	slices.Sort(took)
	fmt.Printf("first byte after each of %d seeks to places that are not here: median %v, 95th percentile %v, most %v\n", seeks,
		took[seeks/2].Round(10*time.Microsecond), took[seeks*95/100-1].Round(10*time.Microsecond), took[seeks-1].Round(10*time.Microsecond))
	_, e1 := box.Stop()
	_, e2 := source.Stop()
	return errors.Join(e1, e2)
}
