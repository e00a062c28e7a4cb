package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"peerstreamer/bench/nodes"
)

// cold measures from the start of a node's process to the first byte at a viewer that is waiting for it: with a store
// that is empty, so that the node asks the source, and with one that holds the video.
func (m *measurement) cold() error {
	source, err := m.Source()
	if err != nil {
		return err
	}
	f := figures{what: "cold start"}
	for range m.runs {
		if err := os.RemoveAll(m.Path("mit")); err != nil {
			return err
		}
		if err := m.cold1(&f, "empty_store", source); err != nil {
			return err
		}
	}
	if err := m.fill(source); err != nil {
		return err
	}
	for range m.runs {
		if err := m.cold1(&f, "full_store", source); err != nil {
			return err
		}
	}
	f.table()
	_, err = source.Stop()
	return err
}

// cold1 measures once.
func (m *measurement) cold1(f *figures, name string, source *nodes.Node) error {
	up, first, err := m.start(source)
	if err != nil {
		return err
	}
	f.add(name+"_listens_ms", ms(up))
	f.add(name+"_first_byte_ms", ms(first))
	return nil
}

// fill puts the whole video into mit's store.
func (m *measurement) fill(source *nodes.Node) error {
	mit, err := m.Node("mit", source, nil, "-store-chunks", "0")
	if err != nil {
		return err
	}
	if _, _, err = m.Bin.Stream(context.Background(), io.Discard, mit.Addr, nodes.Video, "-o", os.DevNull); err != nil {
		return err
	}
	_, err = mit.Stop()
	return err
}

// start starts a node and watches the video there. It returns when the node took a connection and when the viewer had
// the first byte, both since before the process was made.
func (m *measurement) start(source *nodes.Node) (up, first time.Duration, err error) {
	addr, err := freeAddr()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	type started struct {
		node *nodes.Node
		err  error
	}
	node := make(chan started, 1)
	go func() {
		n, err := m.Node("mit", source, nil, "-store-chunks", "0", "-port", addr[strings.LastIndexByte(addr, ':')+1:])
		node <- started{n, err}
	}()
	err = knock(addr)
	up = time.Since(began)
	asked := up
	var w view
	if err == nil {
		var v *viewer
		if v, err = newViewer(addr); err == nil {
			asked = time.Since(began)
			w, err = v.watch(nodes.Video, atFirstByte)
			err = errors.Join(err, v.close())
		}
	}
	mit := <-node
	if err = errors.Join(err, mit.err); err != nil {
		return 0, 0, err
	}
	_, err = mit.node.Stop()
	return up, asked + w.first, err
}

// freeAddr returns an address of the loopback at which nobody listens.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), l.Close()
}

// knock waits until somebody listens at an address.
func knock(addr string) error {
	for began := time.Now(); ; time.Sleep(500 * time.Microsecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			return c.Close()
		}
		if time.Since(began) > nodes.Patience {
			return err
		}
	}
}
