package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"peerstreamer/bench/nodes"
)

// server is a running nginx.
type server struct {
	cmd  *exec.Cmd
	said bytes.Buffer
}

// nginx starts one in a folder of its own with what stands in its http block, run by what prefix says, and returns when addr
// takes connections, as seen from there.
func (m *measurement) nginx(prefix []string, name, addr, http string) (*server, error) {
	dir := m.Path(name)
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o755); err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off;
user root;
worker_processes 1;
pid %[1]s/pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	default_type video/mp4;
	client_body_temp_path %[1]s/tmp;
	proxy_temp_path %[1]s/tmp;
	fastcgi_temp_path %[1]s/tmp;
	uwsgi_temp_path %[1]s/tmp;
	scgi_temp_path %[1]s/tmp;
%[2]s
}
`, dir, http)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return nil, err
	}
	s := &server{}
	line := append(append([]string(nil), prefix...), "nginx", "-c", conf, "-p", dir)
	s.cmd = exec.Command(line[0], line[1:]...)
	s.cmd.Stderr = &s.said
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(nodes.Patience); ; {
		if answers(prefix, addr) {
			return s, nil
		}
		if time.Now().After(end) {
			s.stop()
			return nil, fmt.Errorf("nginx does not listen on %s: %s", addr, strings.TrimSpace(s.said.String()))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// answers reports whether somebody listens on an address, as seen from where prefix runs commands.
func answers(prefix []string, addr string) bool {
	if len(prefix) == 0 {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	}
	line := append(append([]string(nil), prefix...), "curl", "-s", "-o", "/dev/null", "-I", "http://"+addr+"/")
	return exec.Command(line[0], line[1:]...).Run() == nil
}

// pids returns the processes of nginx: the master, and its workers.
func (s *server) pids() ([]int, error) {
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", s.cmd.Process.Pid, s.cmd.Process.Pid))
	pids := []int{s.cmd.Process.Pid}
	for _, f := range strings.Fields(string(list)) {
		var pid int
		if _, e := fmt.Sscan(f, &pid); e != nil {
			return nil, e
		}
		pids = append(pids, pid)
	}
	if len(pids) < 2 {
		err = errors.Join(err, errors.New("nginx has no workers"))
	}
	return pids, err
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	_ = s.cmd.Wait()
}
