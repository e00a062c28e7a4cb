package library

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"peerstreamer/realnet/manifest"
)

// stamp tells one content of a video's folder from another without reading it: nothing but a new manifest changes a video.
type stamp struct {
	folder, manifest os.FileInfo // nil: not there
}

func stampOf(path string) (s stamp) {
	s.folder, _ = os.Stat(path)
	s.manifest, _ = os.Stat(filepath.Join(path, manifestName))
	return s
}

// same reports whether two stamps are of one content.
func (s stamp) same(other stamp) bool {
	if s.folder == nil || s.manifest == nil || other.folder == nil || other.manifest == nil {
		return false
	}
	when := func(i os.FileInfo) time.Time { return i.ModTime() }
	return os.SameFile(s.folder, other.folder) && os.SameFile(s.manifest, other.manifest) &&
		when(s.manifest).Equal(when(other.manifest)) && s.manifest.Size() == other.manifest.Size()
}

// Reload reads the directory again and tells what has come and what has gone; of a video that was replaced, both. Videos that
// have not changed cost two stats. What has gone is not listed any more, but can be read as long as its files are there,
// until Release. The error tells of folders that are no whole videos, all of them; the others count all the same.
func (l *Library) Reload() (added, removed []*manifest.Manifest, err error) {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("video database %s: %w", l.dir, err)
	}
	fresh := &Library{dir: l.dir, videos: map[manifest.ID]*video{}}
	var faults []error
	l.mu.RLock()
	known := make(map[string]*video, len(l.manifests))
	for _, m := range l.manifests {
		known[m.Name()] = l.videos[m.ID()]
	}
	l.mu.RUnlock()
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		if v := known[e.Name()]; v != nil && v.stamp.same(stampOf(filepath.Join(l.dir, e.Name()))) {
			delete(known, e.Name())
			continue
		}
		if err := fresh.loadVideo(e.Name()); err != nil {
			faults = append(faults, err)
		}
	}
	if l.key != nil {
		fresh.Sign(l.key)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range known { // not there as it was
		removed = append(removed, v.m)
	}
	for _, m := range fresh.manifests {
		v := fresh.videos[m.ID()]
		if old := l.videos[m.ID()]; old != nil { // the same bytes in another folder: that is where they are read now
			l.moved = append(l.moved, old.folder)
			l.videos[m.ID()] = &video{m: old.m, folder: v.folder, stamp: v.stamp}
			at := slices.IndexFunc(removed, func(r *manifest.Manifest) bool { return r.ID() == m.ID() })
			if at >= 0 {
				removed = slices.Delete(removed, at, at+1)
				continue
			}
			m = old.m // it comes back before it was released
			l.manifests = append(l.manifests, m)
			added = append(added, m)
			continue
		}
		l.videos[m.ID()] = v
		l.manifests = append(l.manifests, m)
		added = append(added, m)
	}
	l.manifests = slices.DeleteFunc(slices.Clone(l.manifests), func(m *manifest.Manifest) bool {
		return slices.ContainsFunc(removed, func(r *manifest.Manifest) bool { return r.ID() == m.ID() })
	})
	byName := func(a, b *manifest.Manifest) int { return strings.Compare(a.Name(), b.Name()) }
	slices.SortFunc(l.manifests, byName)
	slices.SortFunc(removed, byName)
	if err := errors.Join(faults...); err != nil {
		return added, removed, fmt.Errorf("video database %s: %w", l.dir, err)
	}
	return added, removed, nil
}

// Release ends that a video which has gone can be read. Nothing for one that is listed.
func (l *Library) Release(id manifest.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.videos[id]
	if v == nil || slices.ContainsFunc(l.manifests, func(m *manifest.Manifest) bool { return m.ID() == id }) {
		return nil
	}
	delete(l.videos, id)
	return v.folder.Close()
}
