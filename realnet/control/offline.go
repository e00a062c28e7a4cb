package control

import (
	"context"
	"fmt"

	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/store"
)

// Offline is a Node's directories while it does not run: its database, its chunk directory, or both. "": none.
type Offline struct{ Videos, Chunks string }

// List returns what is in them.
func (o Offline) List() (list []Video, err error) {
	if o.Videos != "" {
		lib, err := library.Open(o.Videos)
		if err != nil {
			return nil, err
		}
		defer lib.Close()
		for _, m := range lib.Manifests() {
			list = append(list, Of(m, m.Info().Chunks(), true))
		}
	}
	if o.Chunks == "" {
		return list, nil
	}
	st, err := store.Open(o.Chunks, store.Options{})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	pins, err := LoadPins(o.Chunks)
	if err != nil {
		return nil, err
	}
	for _, m := range st.Manifests() {
		v := Of(m, 0, false)
		for c := range v.Chunks {
			if _, whole := st.Have(store.Key{ID: m.ID(), Chunk: c}); whole {
				v.Here++
			}
		}
		v.Pinned = pins.Has(m.Name())
		list = append(list, v)
	}
	return list, nil
}

// Of returns a manifest's Video.
func Of(m *manifest.Manifest, here uint32, owned bool) Video {
	i := m.Info()
	return Video{Name: m.Name(), Type: m.MediaType(), Length: i.Length, Duration: i.Duration, Chunks: i.Chunks(), Here: here, Owned: owned}
}

// Remove takes a video and its companions out of them.
func (o Offline) Remove(_ context.Context, name string) error {
	found := false
	if o.Videos != "" {
		was, err := ingest.Remove(o.Videos, name)
		if err != nil {
			return err
		}
		found = was
	}
	if o.Chunks != "" {
		was, err := o.drop(name)
		if err != nil {
			return err
		}
		found = found || was
	}
	if !found {
		return fmt.Errorf("there is no video %q here", name)
	}
	return nil
}

// drop removes a video and its companions from the chunk directory.
func (o Offline) drop(name string) (found bool, err error) {
	st, err := store.Open(o.Chunks, store.Options{})
	if err != nil {
		return false, err
	}
	defer func() {
		if e := st.Close(); err == nil {
			err = e
		}
	}()
	for _, m := range st.Manifests() {
		if !Belongs(m.Name(), name) {
			continue
		}
		found = true
		for c := range m.Info().Chunks() {
			if err := st.Drop(store.Key{ID: m.ID(), Chunk: c}); err != nil {
				return found, err
			}
		}
		if err := st.RemoveManifest(m.ID()); err != nil {
			return found, err
		}
	}
	pins, err := LoadPins(o.Chunks)
	if err != nil || !pins.Has(name) {
		return found, err
	}
	return found, pins.Set(name, false)
}

// Belongs reports whether a name is a video's or that of one of its companions.
func Belongs(name, video string) bool {
	of, _, companion := media.Parse(name)
	return name == video || companion && of == video
}
