package realnet

import "peerstreamer/core"

// pileStep is by how much a peer's control bytes pile up before all peers' are counted: a message now and then is not worth
// a look at all connections.
const pileStep = core.MiB

// say queues what f appends. A peer that lets too much pile up is lost, as if it had gone; and if all peers together do, the
// one with the most is. A manifest is the only large thing that is said, so it takes very many peers that do not read, or do
// not read fast, before one goes that would.
func (o *owner) say(c *conn, f func([]byte) []byte) {
	n := c.out.control(f)
	step := uint32(n / pileStep)
	grew := step > c.piled
	c.piled = step
	switch {
	case n > o.cfg.MaxQueued:
		o.tooMuch(c, "too many control bytes wait for it")
	case grew:
		if c := o.highestPile(); c != nil {
			o.tooMuch(c, "too many control bytes wait for all peers, and most of them for it")
		}
	}
}

func (o *owner) tooMuch(c *conn, text string) {
	o.later = append(o.later, event{kind: evLost, c: c, arg: lost{core.TooMany, text}})
}

// highestPile returns the connection for which most control bytes wait if too many wait for all, nil otherwise.
// O(connections).
func (o *owner) highestPile() (highest *conn) {
	var all, most core.Bytes
	for _, c := range o.conns {
		if c == nil {
			continue
		}
		n := c.out.saying()
		if all += n; n > most {
			highest, most = c, n
		}
	}
	if all <= o.cfg.MaxQueuedAll {
		return nil
	}
	return highest
}
