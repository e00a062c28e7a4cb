package ingest

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"peerstreamer/core"
)

// ErrRoom is wrapped by Add's error if the database's disk is too full.
var ErrRoom = errors.New("the disk of the database has not enough room")

// needs is how many times its own size a file takes while it is added: what ffmpeg makes of it, and the chunks of that. Of what
// is transcoded nobody knows the size before.
const needs = 2

// fits returns an error if a database's disk has not so many bytes left. What is begun and fails after an hour costs more than
// to be told.
func fits(dir string, bytes int64) error {
	left, err := free(dir)
	if err != nil || left >= bytes { // who cannot tell does not forbid
		return nil
	}
	return fmt.Errorf("%w: %s has %v left, and this takes %v while it is made: make room, remove videos (psnode remove) or use a "+
		"database on another disk", ErrRoom, dir, core.Bytes(left), core.Bytes(bytes))
}

// explain says what an error is about that comes of a full disk.
func explain(dir string, err error) error {
	full := errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		err != nil && strings.Contains(strings.ToLower(err.Error()), "no space left on device") // as ffmpeg complains
	if !full || errors.Is(err, ErrRoom) {
		return err
	}
	return fmt.Errorf("%w: nothing was added to %s: make room, remove videos (psnode remove) or use a database on another disk: %w",
		ErrRoom, dir, err)
}
