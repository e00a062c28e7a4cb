package netsim

import "peerstreamer/netsim/maxmin"

// allot gives the running flows that end out sends equal parts of the rate that loss and slow start leave to their
// connection. They cross the same links and so get equal rates: equal parts take nothing from them that the connection as
// a whole could have.
func (s *Sim) allot(out uint32) {
	first, running := s.ends.At(out).flows, uint32(0)
	for i := first; i != 0; i = s.flows.At(i).next {
		if s.flows.At(i).running {
			running++
		}
	}
	rate := maxmin.Infinite
	if s.lanes.on {
		rate = s.lanes.At(out).rate
	}
	if s.cfg.SlowStart {
		rate = min(rate, s.window(out, running, rate))
	}
	if running == 0 {
		return
	}
	if rate < maxmin.Infinite {
		rate /= maxmin.Share(running)
	}
	for i := first; i != 0; i = s.flows.At(i).next {
		if f := s.flows.At(i); f.running {
			s.fluid.SetCap(f.id(i), rate)
		}
	}
}
