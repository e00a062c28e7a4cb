package station

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// watchLibrary takes over what changes in the database until ctx ends.
func (s *Station) watchLibrary(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := s.Rescan()
		switch {
		case err == nil:
			said = ""
		case err.Error() != said: // once, not every two seconds; half of a folder that is being copied is one of them
			said = err.Error()
			s.log.Warn("not all of the video database can be offered", zap.Error(err))
		}
	}
}

// Rescan reads the database again and has the node offer what has come, and no more what has gone. What can be offered is,
// also if there is an error.
func (s *Station) Rescan() error {
	added, removed, err := s.Library.Reload()
	for _, m := range removed { // before what takes their names
		s.Node.Withdraw(m.ID())
		if err := s.Library.Release(m.ID()); err != nil {
			s.log.Warn("a removed video was not closed", zap.Error(err))
		}
	}
	for _, m := range added {
		if err := s.Node.Own(m); err != nil {
			return err
		}
	}
	return err
}
