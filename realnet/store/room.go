package store

import (
	"fmt"
	"math"
	"sync/atomic"

	"go.uber.org/zap"
)

// A cache may be given more room than its disk has. Then it stays what it is: a new chunk takes the place of an old one,
// as core's index decides by Room, and the last of the disk is left to others. If they take that too, nothing new is
// begun until there is room again, and what is held is served as ever.

// The part of a disk that a store leaves free: spareBytes, or of a small disk one part in spareShare.
const (
	spareBytes = 256 << 20
	spareShare = 20
)

// room is what the store knows of the disk's free space.
type room struct {
	limit atomic.Int64 // bytes in whole chunks that the disk has room for, as of the last look
	full  atomic.Bool  // a write has failed for want of space, and none has succeeded since
}

// Room returns how many bytes of whole chunks the disk has room for, those that are here included, and never less than
// they are: what is here need not go. It looks at the disk with each commit.
func (s *Store) Room() int64 { return max(s.room.limit.Load(), s.bytes.Load()) }

// look sees how much room there is.
func (s *Store) look() {
	free, total, err := s.disk.Space()
	if err != nil {
		s.room.limit.Store(math.MaxInt64)
		return
	}
	held := s.bytes.Load()
	more := max(0, free-min(spareBytes, total/spareShare))
	if held > math.MaxInt64-more {
		more = math.MaxInt64 - held
	}
	s.room.limit.Store(held + more)
}

// full passes an error on. If it says that the disk is full, the first one is logged, with what to do.
func (s *Store) full(err error) error {
	if !isFull(err) {
		return err
	}
	free := "an unknown number of"
	if n, _, err := s.disk.Space(); err == nil {
		free = fmt.Sprint(n)
	}
	if !s.room.full.Swap(true) {
		s.log.Error("the disk is full: nothing new is kept until there is room, and what is held is served; make room, or give "+
			"the node a smaller -store-size", zap.String("directory", s.dir), zap.String("free_bytes", free),
			zap.Int64("held_bytes", s.bytes.Load()), zap.Int64("held_chunks", s.live.Load()), zap.Error(err))
	}
	return fmt.Errorf("%w (%s bytes free)", err, free)
}

// roomAgain notes that a chunk could be kept.
func (s *Store) roomAgain() {
	if s.room.full.Load() && s.room.full.Swap(false) {
		s.log.Info("there is room on the disk again", zap.String("directory", s.dir))
	}
}
