package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/library"
)

const splitHelp = `
psnode split cuts a file into chunks of a fixed size and writes them, with a manifest that says what every piece must
hash to, as the video DIR/NAME of a source's database.

  psnode split -d videos -s movie.mp4 -c 1m -f movie
  psnode split -d videos -s movie.mp4 -c 1m -f movie -keys keys
`

func runSplit(ctx context.Context, args []string, std streams) error {
	f := newFlags("split", splitHelp, std)
	dir := f.String("d", "", "the database's `DIR`, made if it does not exist")
	src := f.String("s", "", "the `FILE` to cut")
	size := f.String("c", "1m", "chunk `SIZE`: bytes, or with k (KiB) or m (MiB); 1k to 16m")
	name := f.String("f", "", "the video's `NAME`; the file's name if not given")
	duration := f.Duration("duration", 0, "how long the video plays, such as 90m; taken from an MP4 if not given")
	keys := f.String("keys", "", "`DIR` of psnode keygen: sign the manifest with the source's key that is there")
	replace := f.Bool("replace", false, "take the place of a video of the same name")
	if err := parse(f, args); err != nil {
		return err
	}
	if *dir == "" || *src == "" {
		return complain(f, "-d and -s are needed")
	}
	chunk, err := library.ParseSize(*size)
	if err != nil {
		return complain(f, "-c: %v", err)
	}
	if *name == "" {
		*name = filepath.Base(*src)
	}
	in, err := os.Open(*src)
	if err != nil {
		return err
	}
	defer in.Close()
	if st, err := in.Stat(); err == nil && st.IsDir() {
		return fmt.Errorf("%s is a directory", *src)
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	member, err := openKeys(*keys)
	if err != nil {
		return err
	}
	key, err := member.sourceKey()
	switch {
	case err != nil:
		return err
	case key == nil && *keys != "":
		return fmt.Errorf("-keys %s: there is no source's key to sign with; psnode keygen makes one", *keys)
	}
	start := time.Now()
	m, err := library.Split(ctx, *dir, *name, in, library.Options{
		ChunkSize: chunk, FileName: *src, Duration: core.Time(duration.Nanoseconds()), Replace: *replace, Key: key,
	})
	switch {
	case errors.Is(err, library.ErrExists):
		return fmt.Errorf("%w: -replace does that", err)
	case err != nil:
		return err
	}
	info := m.Info()
	fmt.Fprintf(std.out, "%s: %d bytes in %d chunks of %d, pieces of %d, %s", filepath.Join(*dir, *name), info.Length,
		info.Chunks(), info.ChunkSize, info.PieceSize, m.MediaType())
	if info.Duration > 0 {
		fmt.Fprintf(std.out, ", plays %v", time.Duration(info.Duration).Round(time.Millisecond))
	}
	fmt.Fprintf(std.out, " (%v)\nid %v\n", time.Since(start).Round(time.Millisecond), m.ID())
	if m.Signer() != nil {
		fmt.Fprintf(std.out, "signed with source key %x\n", []byte(m.Signer()))
	}
	return nil
}
