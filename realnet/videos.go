package realnet

import (
	"errors"
	"sync"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// video is what a node knows of a video. It does not change: binding a manifest makes a new one.
type video struct {
	name string
	id   manifest.ID        // zero: any manifest of that name will do
	m    *manifest.Manifest // nil: not known yet
	own  bool               // its chunks are in the library
	gone bool               // it was forgotten: what a peer means by it now has another handle
}

// mayBe reports whether m is e's manifest, or may become it.
func (e *video) mayBe(m *manifest.Manifest) bool {
	if e.m != nil {
		return e.m.ID() == m.ID()
	}
	return e.name == m.Name() && (e.id == manifest.ID{} || e.id == m.ID())
}

// errTooManyVideos is returned when the table is full.
var errTooManyVideos = errors.New("too many names of videos")

// videos gives names of videos dense handles. A name has one handle, which the first manifest of that name is bound to.
// If a peer speaks of another manifest by the same name, that is another video and gets a handle of its own. When the
// first one is gone from the source, forget lets the name go, and the next manifest of that name may have it.
type videos struct {
	mu      sync.RWMutex
	most    int
	byName  map[string]core.Video
	byID    map[manifest.ID]core.Video
	entries []*video   // by handle
	bytes   core.Bytes // of the manifests of videos that are not the node's own
}

func (t *videos) init(most int) {
	t.most = most
	t.byName = map[string]core.Video{}
	t.byID = map[manifest.ID]core.Video{}
	t.entries = make([]*video, 1, 16)
}

// intern returns the handle of the video that a peer, or a person, means by a name and, if not zero, a manifest's ID.
func (t *videos) intern(name string, id manifest.ID) (core.Video, error) {
	if err := manifest.CheckName(name); err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if v, ok := t.byID[id]; ok {
		return v, nil
	}
	v, ok := t.byName[name]
	switch {
	case !ok:
		v, err := t.add(&video{name: name})
		if err == nil {
			t.byName[name] = v
		}
		return v, err
	case id == manifest.ID{} || t.entries[v].m == nil:
		return v, nil
	}
	v, err := t.add(&video{name: name, id: id})
	if err == nil {
		t.byID[id] = v
	}
	return v, err
}

func (t *videos) add(e *video) (core.Video, error) {
	if len(t.entries) > t.most {
		return 0, errTooManyVideos
	}
	t.entries = append(t.entries, e)
	return core.Video(len(t.entries) - 1), nil
}

// bind gives a handle its manifest, or a manifest its signature, and returns whether it now has that one.
func (t *videos) bind(v core.Video, m *manifest.Manifest, own bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entries[v]
	if !e.mayBe(m) {
		return false
	}
	if e.m != nil && (e.own || !manifest.Resigned(e.m, m)) {
		return true
	}
	if !own {
		t.bytes += core.Bytes(len(m.Encoded()))
		if e.m != nil {
			t.bytes -= core.Bytes(len(e.m.Encoded()))
		}
	}
	t.entries[v] = &video{name: e.name, id: m.ID(), m: m, own: own}
	t.byID[m.ID()] = v
	return true
}

// own makes a manifest's video one whose chunks are in the library, and returns its handle.
func (t *videos) own(m *manifest.Manifest) (core.Video, error) {
	v, err := t.intern(m.Name(), m.ID())
	if err != nil {
		return 0, err
	}
	if !t.bind(v, m, true) {
		return 0, errors.New("known under another handle")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries[v] = &video{name: m.Name(), id: m.ID(), m: m, own: true}
	t.byName[m.Name()] = v
	return v, nil
}

// disown makes a video one like others.
func (t *videos) disown(v core.Video) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := *t.entries[v]
	e.own = false
	t.entries[v] = &e
}

// size returns the bytes of the manifests that are not the node's own.
func (t *videos) size() core.Bytes {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.bytes
}

// forget lets a handle's name mean another video, or the same one again by another handle. The handle stays bound to its
// manifest.
func (t *videos) forget(v core.Video) (e *video) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if int(v) >= len(t.entries) {
		return nil
	}
	if e = t.entries[v]; t.byName[e.name] == v && e.m != nil && !e.own {
		delete(t.byName, e.name)
	}
	if e.m != nil && !e.own && t.byID[e.id] == v {
		delete(t.byID, e.id) // It may come back, by whatever handle its name has then.
	}
	if e.m != nil && !e.own {
		t.entries[v] = &video{name: e.name, id: e.id, m: e.m, gone: true}
	}
	return e
}

// heir returns the handle under which a video is known, or asked for, since it was forgotten; v itself if it was not, or if
// there is no room for another.
func (t *videos) heir(v core.Video) core.Video {
	e := t.at(v)
	if e == nil || !e.gone {
		return v
	}
	if now, err := t.intern(e.name, e.id); err == nil {
		return now
	}
	return v
}

// at returns what is known of a handle, nil if there is no such handle.
func (t *videos) at(v core.Video) *video {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if int(v) >= len(t.entries) {
		return nil
	}
	return t.entries[v]
}

// find returns the handle that is bound to a manifest.
func (t *videos) find(id manifest.ID) (core.Video, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	v, ok := t.byID[id]
	return v, ok
}
