package main

import (
	"errors"
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
	for _, full := range []bool{false, true} {
		name := "empty_store"
		if full {
			name = "full_store"
		}
		for range m.runs {
			if !full {
				if err := os.RemoveAll(m.Path("mit")); err != nil {
					return err
				}
			}
			up, first, err := m.start(source)
			if err != nil {
				return err
			}
			f.add(name+"_listens_ms", ms(up))
			f.add(name+"_first_byte_ms", ms(first))
		}
	}
	f.table()
	_, err = source.Stop()
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
		n, err := m.Node("mit", source, nil, "-port", addr[strings.LastIndexByte(addr, ':')+1:])
		node <- started{n, err}
	}()
	if err := knock(addr); err != nil {
		return 0, 0, err
	}
	up = time.Since(began)
	v, err := newViewer(addr)
	if err != nil {
		return 0, 0, err
	}
	asked := time.Since(began)
	w, err := v.watch(nodes.Video)
	err = errors.Join(err, v.close())
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
