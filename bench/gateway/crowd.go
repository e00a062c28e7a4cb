package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"peerstreamer/bench/nodes"
)

// row is one server's viewers, and what they cost it.
type row struct {
	name string
	use
	audience
}

// crowd has the viewers watch at nginx, and then at a node that has the file; with -psnode, at such a node of that program
// first.
func (m *measurement) crowd() error {
	var rows []row
	port, err := nodes.FreePort()
	if err != nil {
		return err
	}
	s, err := m.nginx(nil, "nginx", "127.0.0.1:"+port, fmt.Sprintf("	server { listen 127.0.0.1:%s; root %s; }", port, m.Dir))
	if err != nil {
		return err
	}
	pids, err := s.pids()
	if err == nil {
		var r row
		r, err = m.row("nginx", pids, "http://127.0.0.1:"+port+"/file")
		rows = append(rows, r)
	}
	s.stop()
	if err != nil {
		return err
	}
	here := m.Bin.Path
	programs := map[string]string{"psnode, now": here, "psnode, -psnode": m.other}
	for _, name := range []string{"psnode, -psnode", "psnode, now"} {
		if m.Bin.Path = programs[name]; m.Bin.Path == "" {
			continue
		}
		r, err := m.node(name)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	m.Bin.Path = here
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%d viewers, %d Mbit/s, %v\tGB\tRSS MiB\tanonymous MiB\tCPU s per GB\tstalls\tstartup ms, median\tp95\tmost\t\n", m.viewers, m.mbits, m.length)
	stalls := 0
	for _, r := range rows {
		gb := float64(r.Bytes) / 1e9
		fmt.Fprintf(t, "%s\t%.2f\t%.1f\t%.1f\t%.2f\t%d\t%.0f\t%.0f\t%.0f\t\n", r.name, gb, float64(r.rss)/(1<<20), float64(r.anonymous)/(1<<20),
			r.cpu.Seconds()/gb, r.Stalls, r.Startup[0], r.Startup[1], r.Startup[2])
		stalls = r.Stalls
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if stalls > 0 {
		return fmt.Errorf("%d stalls: want none", stalls)
	}
	return nil
}

// node measures a node of the program that the stage runs.
func (m *measurement) node(name string) (r row, err error) {
	source, err := m.Source()
	if err != nil {
		return r, err
	}
	port, err := nodes.FreePort()
	if err != nil {
		return r, err
	}
	store := fmt.Sprintf("store-%d", source.PID())
	box, err := m.Stage.Node(store, source, nil, "-http", "127.0.0.1:"+port)
	if err != nil {
		return r, err
	}
	url := "http://127.0.0.1:" + port + "/v/" + nodes.Video
	if _, _, err := m.Bin.Stream(context.Background(), io.Discard, box.Addr, nodes.Video); err != nil { // nginx has the file, too
		return r, err
	}
	r, err = m.row(name, []int{box.PID()}, url)
	_, e1 := box.Stop()
	_, e2 := source.Stop()
	return r, errors.Join(err, e1, e2)
}

// row has the viewers watch.
func (m *measurement) row(name string, pids []int, url string) (r row, err error) {
	r.name = name
	r.use, err = during(pids, func() (err error) {
		r.audience, err = m.watch(nil, m.viewers, url)
		return err
	})
	return r, err
}
