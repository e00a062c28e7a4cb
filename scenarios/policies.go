package scenarios

import (
	"errors"

	"peerstreamer/core"
)

func init() {
	Register("classic", "the original system: one peer at a time, one chunk at a time, as the master directs", newClassic)
	Register("early", "classic that also reads from siblings which are receiving the chunk themselves", newEarly)
	Register("direct", "the client-server baseline: everybody fetches from the source alone", newDirect)
}

func newClassic(p *Params) (core.Policy, error) { return classic(p, core.DefaultClassic()) }

func newEarly(p *Params) (core.Policy, error) {
	cfg := core.DefaultClassic()
	cfg.Early = true
	return classic(p, cfg)
}

func classic(p *Params, cfg core.ClassicConfig) (core.Policy, error) {
	cfg.QueryEvery = uint32(p.Int("query_every", int(cfg.QueryEvery), "chunks fetched on one answer of the master"))
	if cfg.QueryEvery < 1 {
		return nil, errors.New("query_every 0: want at least 1")
	}
	return core.NewClassic(cfg), nil
}

func newDirect(*Params) (core.Policy, error) { return core.NewDirect(), nil }
