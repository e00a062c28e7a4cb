package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/join"
)

const joinHelp = `
psnode join makes this box a member of a swarm. The code comes from psnode invite. The box makes its own key, which never
leaves it, and gets a certificate for it and the address of its master.

  psnode join -name ben
  psnode run -keys keys -chunkdirectory ben

Without a code it is asked for, or read from standard input, so that it stands in no shell's history and no list of
processes. It may be given behind the flags as well.
`

func runJoin(ctx context.Context, args []string, std streams) error {
	f := newFlags("join", joinHelp, std)
	dir := f.String("keys", "keys", "the `DIR` to write, made if it does not exist")
	name := f.String("name", "", "this node's `NAME`")
	replace := f.Bool("replace", false, "take the place of keys that are there, such as expired ones")
	word, err := parseWord(f, args)
	if err != nil {
		return err
	}
	if *name == "" {
		return complain(f, "-name is needed")
	}
	// Before anybody types a code, and before it is used up.
	if err := identity.Exists(*dir); errors.Is(err, fs.ErrExist) && !*replace {
		return fmt.Errorf("%w; -replace puts new keys in their place", err)
	}
	if word == "" || word == "-" {
		if word, err = askCode(ctx, os.Stdin, std.err); err != nil {
			return err
		}
	}
	if word == "" {
		return complain(f, "the code is needed: the word that psnode invite has printed")
	}
	code, err := join.ParseCode(word)
	if err != nil {
		return complain(f, "%v", err)
	}
	m, err := join.Ask(ctx, code, *name, time.Now())
	if err != nil {
		return err
	}
	if err := m.Save(*dir, *replace); err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s: %s is a member of swarm %v until %s\nnext: psnode run -keys %s -chunkdirectory DIR\n", *dir, m.Name,
		identity.FingerprintOf(m.CA), m.Cert.NotAfter.Format(time.DateOnly), *dir)
	return nil
}

// maxCodeLine bounds the line that a code is read from: the longest code with some space around it.
const maxCodeLine = join.MaxCode + 64

// askCode reads the first line of in, "" if there is none, and asks for it where somebody sits at a terminal. It returns when
// ctx ends; then what reads stays behind, because a read from a terminal cannot be broken off.
func askCode(ctx context.Context, in *os.File, out io.Writer) (string, error) {
	if info, err := in.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprint(out, "code from psnode invite: ")
	}
	type answer struct {
		line string
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(in, int64(maxCodeLine))).ReadString('\n')
		read <- answer{line, err}
	}()
	select {
	case a := <-read:
		if a.err != nil && !errors.Is(a.err, io.EOF) {
			return "", fmt.Errorf("read the code: %w", a.err)
		}
		return strings.TrimSpace(a.line), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
