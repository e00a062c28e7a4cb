package station

import (
	"fmt"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/quota"
)

// Requota changes how much is kept at most of each video. What is too much goes before it returns, what is pinned or being
// read aside.
func (s *Station) Requota(list quota.List) {
	had := s.quotas.Swap(&list)
	if len(list) == 0 && (had == nil || len(*had) == 0) {
		return
	}
	s.Node.Ration(list.Of)
	if s.Store == nil {
		return
	}
	for _, m := range s.Store.Manifests() {
		if most := list.Of(m.Name()); most > 0 && m.Info().Length > most && s.pins.Has(m.Name()) {
			s.log.Warn("a pinned video is longer than its quota, and stays whole", zap.String("video", m.Name()),
				zap.Int64("bytes", int64(m.Info().Length)), zap.Int64("quota_bytes", int64(most)))
		}
	}
}

// quota returns how much is kept at most of a video; 0: as much as the store holds.
func (s *Station) quota(name string) core.Bytes {
	if list := s.quotas.Load(); list != nil {
		return list.Of(name)
	}
	return 0
}

// within returns an error if a video's quota is too small for what is to be done with all of it.
func (s *Station) within(what string, v catalog.Video) error {
	if most := s.quota(v.Name); most > 0 && v.Length > most {
		return fmt.Errorf("%s %q: it has %v, of which -quota lets %v be kept: give it more, as -quota '%s=SIZE' before the others",
			what, v.Name, v.Length, most, v.Name)
	}
	return nil
}
