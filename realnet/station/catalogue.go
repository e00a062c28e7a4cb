package station

import "peerstreamer/realnet/catalog"

// Videos returns the videos that this node has or has heard of, without their companions, by name.
func (s *Station) Videos() []catalog.Video { return catalog.Shown(s.known()) }

// Find returns the video of a name, or the companion.
func (s *Station) Find(name string) (catalog.Video, bool) { return catalog.Find(s.known(), name) }

// known returns all that there is to be known of videos.
func (s *Station) known() []catalog.Video { return catalog.Merge(s.Node.Holdings(), nil) }
