package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// drained is what a drain has seen.
type drained struct {
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
}

// serve listens, prints where, and sends the file of args to the first who dials, as io.Copy does it: with sendfile.
func serve(args []string) (any, error) {
	f, err := os.Open(args[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	fmt.Println(l.Addr())
	c, err := l.Accept()
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(c, f)
	return n, errors.Join(err, c.Close())
}

// drain reads what the server at args sends to the end, in large reads, and throws it away.
func drain(args []string) (any, error) {
	began := time.Now()
	c, err := net.Dial("tcp", args[0])
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var d drained
	buf := make([]byte, 256<<10)
	for {
		n, err := c.Read(buf)
		d.Bytes += int64(n)
		if err == io.EOF {
			d.Seconds = seconds(began)
			return d, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// sendfile moves the video from a process to another one that throws it away, and returns MB/s and CPU seconds per GB.
func (m measurement) sendfile() (speed, cpu float64, err error) {
	server, err := act("serve", m.Path("file"))
	if err != nil {
		return 0, 0, err
	}
	addr, err := server.line()
	if err != nil {
		return 0, 0, err
	}
	client, err := act("drain", addr)
	if err != nil {
		return 0, 0, err
	}
	var d drained
	used, err := client.wait(&d)
	if err != nil {
		return 0, 0, err
	}
	more, err := server.wait(nil)
	if err == nil && d.Bytes != int64(m.Size) {
		err = fmt.Errorf("sendfile: %d bytes arrived: want %d", d.Bytes, m.Size)
	}
	return m.speed(d.Seconds), m.perGB((used.CPU() + more.CPU()).Seconds()), err
}
