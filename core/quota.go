package core

// maxQuota is what a quota's KiB can count: a store has no more either.
const maxQuota = 4*1024*GiB - KiB

// OnQuota implements KeepHandler.
func (s *Swarm) OnQuota(net Network, self NodeID, v Video, most Bytes) {
	t, ok := s.turn(net, self)
	if !ok || v == 0 || most < 0 {
		return
	}
	if most == 0 && int(v) >= len(s.quotas) {
		return
	}
	for int(v) >= len(s.quotas) {
		s.quotas = append(s.quotas, 0)
	}
	s.quotas[v] = uint32(min(most, maxQuota) / KiB)
	if most > 0 && s.quotas[v] == 0 {
		s.quotas[v] = 1
	}
	t.shrink(v)
}

// ration evicts what a node has too much of a video. O(runs) for each chunk that goes, and once more.
func (t turn) ration(v Video) {
	if int(v) >= len(t.quotas) || t.quotas[v] == 0 {
		return
	}
	for t.kept(v) > t.quotas[v] && t.evict(v) {
	}
}

// kept returns how many KiB of a video are in the node's cache. O(runs).
func (t turn) kept(v Video) (kib uint32) {
	for h := t.node().usage.oldest; h != 0; h = t.cache.runs.At(h).next {
		if r := t.cache.runs.At(h); r.video == v {
			last := ChunkID{v, r.first + r.n - 1} // the only one that may be shorter
			kib += (r.n-1)*t.kib(ChunkID{v, r.first}) + t.kib(last)
		}
	}
	return kib
}

// Quota returns what OnQuota said of a video, rounded down to a KiB.
func (s *Swarm) Quota(v Video) Bytes {
	if int(v) >= len(s.quotas) {
		return 0
	}
	return Bytes(s.quotas[v]) * KiB
}
