package station

import "peerstreamer/realnet/manifest"

// Find returns the manifest of a video that this node has or has heard of, nil if there is none of that name.
func (s *Station) Find(name string) *manifest.Manifest {
	for _, m := range s.Videos() {
		if m.Name() == name {
			return m
		}
	}
	return nil
}

// Videos returns the manifests of the videos that this node has or has heard of, its own first.
func (s *Station) Videos() (all []*manifest.Manifest) {
	if s.Library != nil {
		all = append(all, s.Library.Manifests()...)
	}
	if s.Store != nil {
		all = append(all, s.Store.Manifests()...)
	}
	return all
}
