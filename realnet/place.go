package realnet

import (
	"fmt"
	"syscall"

	"peerstreamer/realnet/store"
)

// maxPlaces is how many flows of a connection may have a file open at a time. More take turns.
const maxPlaces = 8

// place is where the bytes of a flow's chunk lie in a file.
type place struct {
	file *store.File
	raw  syscall.RawConn // of file.F
}

// holder is a store that can say which pieces it has. One that cannot has them all.
type holder interface {
	Have(store.Key) (store.Pieces, bool)
}

// unreadableError is a store that does not give what it should.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }

// tornError is a frame that was begun and cannot be completed.
type tornError struct {
	missing int // bytes
	err     error
}

func (e *tornError) Error() string {
	return fmt.Sprintf("%d bytes of a frame are missing: %v", e.missing, e.err)
}
func (e *tornError) Unwrap() error { return e.err }

// open returns the place of a busy flow's chunk, having made sure that the store has the piece that j is of; nil, if its
// store has no files. Only the writer calls it.
func (b *outbox) open(j job) (*place, error) {
	f := j.f
	filer, ok := f.src.(store.Filer)
	if !ok {
		return nil, nil
	}
	if h, ok := f.src.(holder); ok {
		piece := uint8(j.at / f.info.PieceSize)
		if have, _ := h.Have(f.key); !have.Has(piece) {
			return nil, fmt.Errorf("piece %d of chunk %v: %w", piece, f.key, store.ErrAbsent)
		}
	}
	if f.place != nil {
		return f.place, nil
	}
	file, err := filer.File(f.key)
	if err != nil {
		return nil, err
	}
	raw, err := file.F.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f.place = &place{file, raw}
	b.limitPlaces()
	return f.place, nil
}

// limitPlaces closes the place of the flow that waits longest for its turn again if there are too many. The flow that is
// being written is the last.
func (b *outbox) limitPlaces() {
	var oldest *outflow
	n := 0
	for _, f := range b.flows {
		if f.place != nil {
			n++
			if oldest == nil {
				oldest = f
			}
		}
	}
	if n > maxPlaces {
		oldest.closePlace()
	}
}

// closePlace gives a flow's file back. A busy flow's must not be: the writer does so when it has written.
func (f *outflow) closePlace() {
	if f.place != nil {
		f.place.file.Close() // what cannot be closed or freed has nobody to tell
		f.place = nil
	}
}

// leave ends the writer's part: it will not write again, so that no flow is busy and none needs its file.
func (b *outbox) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.current; f != nil {
		f.busy, b.current = false, nil
		f.closePlace()
	}
	for _, f := range b.flows {
		f.closePlace()
	}
}
