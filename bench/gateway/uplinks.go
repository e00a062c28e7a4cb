package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"peerstreamer/bench/netns"
	"peerstreamer/bench/nodes"
)

// Where things are in the network: a source, and sites with a box each.
const (
	sites    = 3
	atSite   = 10 // viewers at each
	httpPort = "8080"
)

// caches are what may stand at a site. proxy_cache_lock lets one viewer fetch what others wait for, 5 s if nothing else is said, and
// slices let them wait for a MiB in place of the whole.
var caches = map[string]string{
	"nginx, proxy_cache": `		proxy_cache all; proxy_cache_lock on; proxy_cache_valid 200 206 1h;`,
	"nginx, longer lock": `		proxy_cache all; proxy_cache_lock on; proxy_cache_valid 200 206 1h;
		proxy_cache_lock_timeout 5m; proxy_cache_lock_age 5m; proxy_read_timeout 5m;`,
	"nginx, slices of 1 MiB": `		slice 1m; proxy_cache all; proxy_cache_lock on; proxy_cache_valid 200 206 1h;
		proxy_cache_key $uri$is_args$args$slice_range; proxy_set_header Range $slice_range; proxy_http_version 1.1;`,
}

// limited is a tree whose source knows its uplink, a little less than the links of 20 Mbit/s have for payload, and shares it
// between the sites itself.
const (
	uplink  = "19Mbit/s"
	limited = "psnode -uplink " + uplink
)

// load is what crossed the links while viewers watched.
type load struct {
	name               string
	fromSource         int64
	into, out          [sites]int64
	stalls             int
	stalled, startupMS float64
}

// uplinks has ten viewers at each site start together, with nothing, an nginx, or a node at each site.
func (m *measurement) uplinks() error {
	var all []load
	for _, name := range []string{"nginx, proxy_cache", "nginx, longer lock", "nginx, slices of 1 MiB", "psnode", limited} {
		if !strings.HasPrefix(name, m.only) {
			continue
		}
		l, err := m.site(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, l)
	}
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "MB over each link; the video has %.1f\tfrom the source\tinto site 1, 2, 3\tout of site 1, 2, 3\tstalls\tstalled s\tslowest startup ms\t\n", float64(m.Size)/1e6)
	mb := func(n [sites]int64) (s string) {
		for _, x := range n {
			s += fmt.Sprintf(" %.1f", float64(x)/1e6)
		}
		return s
	}
	for _, l := range all {
		fmt.Fprintf(t, "%s\t%.1f\t%s\t%s\t%d\t%.1f\t%.0f\t\n", l.name, float64(l.fromSource)/1e6, mb(l.into), mb(l.out), l.stalls, l.stalled, l.startupMS)
	}
	return t.Flush()
}

// site measures one kind of box, in a network of its own.
func (m *measurement) site(name string) (l load, err error) {
	l.name = name
	net, err := netns.New(1+sites, m.rate)
	if err != nil {
		return l, err
	}
	defer net.Close()
	for i := range 1 + sites {
		if err := net.ShapeInto(i, m.rate); err != nil {
			return l, err
		}
	}
	urls, stop, err := m.boxes(net, name)
	defer stop()
	if err != nil {
		return l, err
	}
	var before [1 + sites][2]int64
	for i := range before {
		if before[i][0], before[i][1], err = net.Bytes(i); err != nil {
			return l, err
		}
	}
	var watching sync.WaitGroup
	var seen [sites]audience
	var errs [sites]error
	for i := range seen {
		watching.Go(func() { seen[i], errs[i] = m.watch(net.Inside(1+i), atSite, urls[i]) })
	}
	watching.Wait()
	for i := range before {
		sent, received, err := net.Bytes(i)
		if err != nil {
			return l, err
		}
		sent, received = sent-before[i][0], received-before[i][1]
		if i == 0 {
			l.fromSource = sent
		} else {
			l.into[i-1], l.out[i-1] = received, sent
		}
	}
	for _, a := range seen {
		l.stalls += a.Stalls
		l.stalled += float64(a.StalledMS) / 1000
		l.startupMS = max(l.startupMS, a.Startup[2])
	}
	return l, errors.Join(errs[:]...)
}

// boxes starts the source and a box at each site, and returns where its viewers watch.
func (m *measurement) boxes(net *netns.Network, name string) (urls [sites]string, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, f := range stops {
			f()
		}
	}
	if cache, ok := caches[name]; ok {
		for i := range 1 + sites {
			addr := net.IP(i) + ":" + httpPort
			http := fmt.Sprintf("	server { listen %s; root %s; }", addr, m.Dir)
			if i > 0 {
				http = fmt.Sprintf("	proxy_cache_path %s keys_zone=all:10m max_size=1g;\n	server { listen %s; location / {\n%s\n		proxy_pass http://%s:%s;\n	} }",
					m.Path(fmt.Sprintf("cache-%d-%d", i, time.Now().UnixNano())), addr, cache, net.IP(0), httpPort)
				urls[i-1] = "http://" + addr + "/file"
			}
			s, err := m.nginx(net.Inside(i), fmt.Sprintf("nginx-%d", i), addr, http)
			if err != nil {
				return urls, stop, err
			}
			stops = append(stops, s.stop)
		}
		return urls, stop, nil
	}
	defer func() { m.Bin.Prefix = nil }()
	var source *nodes.Node
	for i := range 1 + sites {
		m.Bin.Prefix = net.Inside(i)
		flags := []string{"-ip", net.IP(i), "-insecure", "-level", "error", "-log", "json"}
		if i == 0 {
			flags = append(flags, "-videodatabase", m.Path("videos"))
			if name == limited {
				flags = append(flags, "-uplink", uplink)
			}
		} else {
			flags = append(flags, "-chunkdirectory", m.Path(fmt.Sprint("site-", i)), "-master", source.Addr, "-http", net.IP(i)+":"+httpPort)
			urls[i-1] = "http://" + net.IP(i) + ":" + httpPort + "/v/" + nodes.Video
		}
		n, err := m.Run(os.Stderr, fmt.Sprint("site-", i), flags...)
		if err != nil {
			return urls, stop, err
		}
		stops = append(stops, func() { n.Kill() })
		if i == 0 {
			source = n
		} else if err := known(net.Inside(i), urls[i-1]); err != nil {
			return urls, stop, err
		}
	}
	return urls, stop, nil
}

// known waits until a node has heard of its source's videos.
func known(prefix []string, url string) error {
	line := append(append([]string(nil), prefix...), "curl", "-sf", "-o", "/dev/null", "-I", url)
	for end := time.Now().Add(nodes.Patience); ; time.Sleep(50 * time.Millisecond) {
		err := exec.Command(line[0], line[1:]...).Run()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is not there within %v: %w", url, nodes.Patience, err)
		}
	}
}
