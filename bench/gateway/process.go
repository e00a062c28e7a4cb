package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ticks is how many a second of /proc's processor time has: what Linux shows to programs on every machine.
const ticks = 100

// use is what processes have used.
type use struct {
	cpu            time.Duration
	rss, anonymous int64 // bytes; the most at any time that was looked
}

// look returns what processes have used until now, as Linux tells.
func look(pids []int) (u use, err error) {
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return u, err
		}
		f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
		for _, s := range f[11:13] { // utime, stime
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return u, err
			}
			u.cpu += time.Duration(n) * time.Second / ticks
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return u, err
		}
		for line := range strings.Lines(string(status)) {
			name, value, _ := strings.Cut(line, ":")
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64) // those below are numbers
			switch name {
			case "VmRSS":
				u.rss += kib << 10
			case "RssAnon":
				u.anonymous += kib << 10
			}
		}
	}
	return u, nil
}

// during returns what processes use while f runs.
func during(pids []int, f func() error) (u use, err error) {
	before, err := look(pids)
	if err != nil {
		return u, err
	}
	done := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for every := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-done:
				every.Stop()
				return
			case <-every.C:
			}
			if now, err := look(pids); err == nil {
				u.rss, u.anonymous = max(u.rss, now.rss), max(u.anonymous, now.anonymous)
			}
		}
	})
	err = f()
	close(done)
	looking.Wait()
	if err != nil {
		return u, err
	}
	after, err := look(pids)
	u.cpu = after.cpu - before.cpu
	return u, err
}
