package core

// trouble is what a node knows while something is wrong with those it depends on: whom it does not trust, and what it is to
// try when. Nearly all nodes have none, so it is a row of its own, which exists only while there is something in it.
type trouble struct {
	bans     uint32 // list, newest first
	retryAt  Time   // then turn to the fallback
	rejoinAt Time   // then try the master again
	pongBy   Time   // a pinged upstream must have said something by then
	backoff  Time   // before the next attempt but one
	wakeAt   Time   // what timerWake is set to: a stream waits for its next try
}

// calm is the trouble of a node that has none.
func (s *Swarm) calm() trouble {
	return trouble{retryAt: Never, rejoinAt: Never, pongBy: Never, backoff: s.cfg.RejoinMin, wakeAt: Never}
}

// trouble returns the node's. O(1).
func (t turn) trouble() trouble {
	if h := t.node().trouble; h != 0 {
		return *t.troubles.At(h)
	}
	return t.calm()
}

// setTrouble changes the node's. O(1).
func (t turn) setTrouble(w trouble) {
	n := t.node()
	switch {
	case w != t.calm():
		if n.trouble == 0 {
			n.trouble, _ = t.troubles.take()
		}
		*t.troubles.At(n.trouble) = w
	case n.trouble != 0:
		t.troubles.give(n.trouble)
		n.trouble = 0
	}
}
