package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"peerstreamer/realnet/diagnose"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/wire"
)

// Each misuse ends with the exit code and a line that names what is wrong and what to do.
func TestMisuse(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("file"), []byte("not a directory"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("movie.mp4"), sample.Video, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path("empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "tcp://" + dead.Addr().String()
	dead.Close()

	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"", exitUsage, "psnode COMMAND -help"},
		{"play", exitUsage, `unknown command "play"`},
		{"rnu -name x", exitUsage, `unknown command "rnu", did you mean "run"?`},
		{"run -nmae x", exitUsage, "psnode run: flag provided but not defined: -nmae (did you mean -name?); see psnode run -help"},
		{"stream -interval 1s", exitUsage, `psnode stream: invalid value "1s" for flag -interval`},
		{"add", exitUsage, "name the files to add"},
		{"add -transcode maybe DIR/movie.mp4", exitUsage, `-transcode "maybe": want never, auto or always`},
		{"add -name x DIR/movie.mp4 DIR/file", exitUsage, "-name is for one file"},
		{"add -videodatabase DIR/new DIR/empty", exitFailed, "no file in it"},
		{"add -videodatabase DIR/new DIR/none.mkv", exitFailed, "none.mkv"},
		{"list", exitUsage, "give -chunkdirectory or -videodatabase"},
		{"list -chunkdirectory DIR/none", exitFailed, "none"},
		{"pin -chunkdirectory DIR/none", exitUsage, "name the video"},
		{"pin -chunkdirectory DIR/none a~b", exitUsage, "contains ~"},
		{"pin -chunkdirectory DIR/none movie", exitFailed, "no node runs there"},
		{"prefetch -chunkdirectory DIR/none -at 25:00 movie", exitUsage, `-at: time of day "25:00": want HH:MM`},
		{"remove -videodatabase DIR/empty movie", exitFailed, `no video "movie" here`},
		{"run -name x -videodatabase DIR/empty -uplink-night 5Mbit/s", exitUsage, "say when it is -night"},
		{"run -name x -videodatabase DIR/empty -night 22:00", exitUsage, "-night: part of the day"},
		{"run", exitUsage, "-name is needed"},
		{"run -name x", exitUsage, "-master to follow a node, or -videodatabase to be a source"},
		{"run -name x -master " + nobody, exitUsage, "needs a -chunkdirectory"},
		{"run -name x extra", exitUsage, `unexpected argument "extra"`},
		{"run -name x -videodatabase DIR/empty -port 70000", exitUsage, "-port 70000: want 0..65535"},
		{"run -name x -videodatabase DIR/empty -uplink 5MB", exitUsage, "-uplink"},
		{"run -name x -videodatabase DIR/empty -log xml", exitUsage, `-log "xml": want console or json`},
		{"run -name x -videodatabase DIR/empty -level loud", exitUsage, `-level "loud": want`},
		{"run -name x -videodatabase DIR/empty -ip 0.0.0.0", exitUsage, "-insecure"},
		{"run -name x -chunkdirectory DIR/x -master tcp://192.0.2.1:9100", exitUsage, "-insecure"},
		{"run -name x -chunkdirectory DIR/x -master 127.0.0.1", exitUsage, "with an IPv6 host in brackets; see psnode run -help"},
		{"run -name x -chunkdirectory DIR/x -port 9200 -master tcp://127.0.0.1:9200", exitUsage, "-master: tcp://127.0.0.1:9200 is this node itself"},
		{"run -name a/b -videodatabase DIR/empty", exitFailed, `"a/b"`},
		{"run -name .. -videodatabase DIR/empty", exitFailed, `".."`},
		{"run -name x -videodatabase DIR/nowhere", exitFailed, "nowhere"},
		{"run -name x -videodatabase DIR/empty -port " + port, exitFailed, "another program uses this port"},
		{"run -name x -chunkdirectory DIR/file -master " + nobody, exitFailed, "chunkdirectory"},
		{"check -name x", exitUsage, "-master to follow a node"},
		{"check -name x -chunkdirectory DIR/x -master " + nobody, exitFailed, "something fails"},
		{"probe", exitUsage, "give the node's address first"},
		{"probe tcp://192.0.2.1:1", exitUsage, "-insecure"},
		{"probe " + nobody, exitFailed, "refused"},
		{"split -s x", exitUsage, "-d and -s are needed"},
		{"split -d DIR/v -s DIR/nofile", exitFailed, "no such file"},
		{"split -d DIR/v -s DIR/empty", exitFailed, "is a directory"},
		{"split -d DIR/v -s DIR/movie.mp4 -c 5q", exitUsage, "-c"},
		{"split -d DIR/v -s DIR/movie.mp4 -c 17m", exitFailed, "chunk"},
		{"split -d DIR/v -s DIR/movie.mp4 -f ../up", exitFailed, `"../up"`},
		{"stream -filename x", exitUsage, "-source and -filename are needed"},
		{"stream -source " + nobody + " -filename x", exitFailed, "nobody answers at " + nobody},
		{"stream -source 127.0.0.1 -filename x", exitUsage, "-source"},
		{"stream -source " + nobody + " -filename ../x", exitFailed, `"../x"`},
		{"stream -source tcp://192.0.2.1:1 -filename x", exitUsage, "-insecure"},
		{"stream -source " + nobody + " -filename x -interval -1", exitUsage, "want 0 or more"},
		{"stream -source " + nobody + " -filename x -o a -player b", exitUsage, "exclude"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out, errs bytes.Buffer
			args := strings.Fields(strings.ReplaceAll(c.args, "DIR", dir))
			ctx, cancel := context.WithCancel(context.Background())
			cancel() // A node that starts by mistake ends at once.
			if strings.HasPrefix(c.args, "stream") || strings.HasPrefix(c.args, "split") ||
				strings.HasPrefix(c.args, "check") || strings.HasPrefix(c.args, "probe") {
				ctx = context.Background()
			}
			if code := dispatch(ctx, args, streams{&out, &errs}); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(errs.String(), c.says) {
				t.Errorf("says %q, want something with %q", errs.String(), c.says)
			}
			if n := strings.Count(errs.String(), "\n"); c.args != "" && c.args != "play" && n > 3 {
				t.Errorf("%d lines for one mistake:\n%s", n, errs.String())
			}
		})
	}
}

func TestHelpTeaches(t *testing.T) {
	short := []string{"add", "list", "remove", "pin", "unpin", "prefetch", "sign-url", "split", "keygen", "invite", "join", "probe", "config", "completion", "version"} // They log nothing.

	for _, c := range commands {
		var out, errs bytes.Buffer
		if code := dispatch(context.Background(), []string{c.name, "-help"}, streams{&out, &errs}); code != exitDone {
			t.Errorf("psnode %s -help: exit code %d, want 0", c.name, code)
		}
		if !strings.Contains(errs.String(), "psnode "+c.name) || !strings.Contains(errs.String(), "-log") && !slices.Contains(short, c.name) {
			t.Errorf("psnode %s -help shows no example or no flags:\n%s", c.name, errs.String())
		}
	}
}

// A node's directory belongs to it while it runs.
func TestDirectoryOfARunningNode(t *testing.T) {
	s := newStage(t)
	s.split("sample", sample.Video, "64k")
	source := s.source()
	s.node("mit", source, nil)
	_, err := s.bin.Run(s.log, "thief", "-chunkdirectory", s.path("mit"), "-master", source.Addr)
	if err == nil || !strings.Contains(err.Error(), "in use by a running node") {
		t.Errorf("a second node in the same directory: %v", err)
	}
}

func TestUnknownVideo(t *testing.T) {
	s := newStage(t)
	s.split("sample", sample.Video, "64k")
	source := s.source()
	mit := s.node("mit", source, nil)
	for _, n := range []string{source.Addr, mit.Addr} {
		_, _, err := s.bin.Stream(context.Background(), &bytes.Buffer{}, n, "sampel")
		if err == nil || !strings.Contains(err.Error(), "no such video") || !strings.Contains(err.Error(), "sampel") {
			t.Errorf("an unknown video at %s: %v", n, err)
		}
	}
}

// TestPeersDoNotWriteToTheTerminal: what a peer says of itself moves no cursor and sets no title.
func TestPeersDoNotWriteToTheTerminal(t *testing.T) {
	const evil = "\x1b]0;title\a\u009b2J\rmovie"
	var out bytes.Buffer
	r := probeResult{Look: diagnose.Look{Name: evil, About: wire.About{Videos: []wire.Holding{{Name: evil}}}}}
	r.print(streams{out: &out, err: &out})
	out.WriteString(printable("one\ntwo " + evil))
	if i := strings.IndexFunc(out.String(), func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); i >= 0 {
		t.Errorf("a control character is printed at %d: %q", i, out.String())
	}
	if !strings.Contains(out.String(), "one\ntwo") {
		t.Errorf("lines are not kept: %q", out.String())
	}
}
