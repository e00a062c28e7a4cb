package core

import "math/bits"

// Pace is what playing a video asks for, the same for all its viewers.
type Pace struct {
	length  Bytes
	total   Time  // the video's duration; 0: unknown
	startup Bytes // needed in a row to start
	refill  Bytes // needed in a row to go on after a stall
}

// NewPace returns the pace of a video for players that wait for so much media to start, and to go on after a stall, but
// never for more than most bytes in a row: who never holds more ahead of the playhead would wait for ever.
func NewPace(info VideoInfo, startup, rebuffer Time, most Bytes) Pace {
	c := Pace{length: info.Length, total: info.Duration}
	if info.Length == 0 {
		c.total = 0
	}
	c.startup, c.refill = min(max(1, c.bytes(startup)), most), min(max(1, c.bytes(rebuffer)), most)
	return c
}

// Playout is a player's buffer and clock: it waits for its Pace's startup buffer of media, plays at the video's bitrate,
// stalls when the next byte is not there, and goes on when enough is. Media time is bytes over bitrate. It does no I/O and
// keeps no timer: the caller feeds it what is readable in a row, and calls Advance when Next says so. A simulated viewer
// and a real one drive it alike. Its methods take the Pace of its video, which a million players need not keep each.
//
// A video of unknown duration, or for a player of another Kind than Play, is played without a clock: it never stalls, and
// its bytes count as played when they are readable.
type Playout struct {
	State   ViewState
	Kind    PlayerKind
	Stalls  uint32
	Asked   Time  // when play was pressed
	First   Time  // first frame; Never before it
	Until   Time  // when it ended; Never before that
	Stalled Time  // spent in stalls that are over
	ready   Bytes // readable in a row, from the video's first byte on
	origin  Bytes // where playback started, or went on after the last seek
	epoch   Time  // first frame from there; Never before it
	played  Time  // media played before the last seek
	at      Bytes // playhead at the moment since
	since   Time  // Playing: when the playhead was at at; Stalled: when the stall began
}

// NewPlayout returns a player that waits from now on at a byte of a video.
func NewPlayout(kind PlayerKind, start Bytes, now Time) Playout {
	return Playout{Kind: kind, Asked: now, First: Never, Until: Never, epoch: Never, ready: start, origin: start, at: start,
		since: now}
}

// total returns the duration of what is played by the clock, 0 if it is played without one.
func (p *Playout) total(c *Pace) Time {
	if p.Kind != Play {
		return 0
	}
	return c.total
}

// bytes returns how much media t lasts, rounded down; span is its inverse, rounded up, so that a byte is never played
// before its time.
func (c *Pace) bytes(t Time) Bytes { return mediaBytes(t, c.length, c.total) }

func (c *Pace) span(n Bytes) Time {
	hi, lo := bits.Mul64(uint64(n), uint64(c.total))
	lo, carry := bits.Add64(lo, uint64(c.length-1), 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(c.length))
	return Time(q)
}

// mediaBytes returns t*n/of rounded down, 0 if of is 0, saturating.
func mediaBytes(t Time, n Bytes, of Time) Bytes {
	if of <= 0 || t <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(t), uint64(n))
	if hi >= uint64(of) {
		return Bytes(1<<63 - 1)
	}
	q, _ := bits.Div64(hi, lo, uint64(of))
	return Bytes(min(q, 1<<63-1))
}

// Feed says that bytes before ready can be read in a row. What comes at the very moment when the rest is played comes
// in time.
func (p *Playout) Feed(c *Pace, now Time, ready Bytes) {
	p.Advance(c, now-1)
	p.ready = max(p.ready, ready)
	p.resume(c, now)
}

// resume starts or goes on when enough is there.
func (p *Playout) resume(c *Pace, now Time) {
	switch p.State {
	case Waiting:
		if p.enough(c, c.startup) {
			p.State, p.First, p.epoch, p.since = Playing, now, now, now
		}
	case Stalled:
		if p.enough(c, c.refill) {
			p.Stalled += now - p.since
			p.State, p.since, p.epoch = Playing, now, min(p.epoch, now)
		}
	default:
	}
	p.Advance(c, now)
}

func (p *Playout) enough(c *Pace, need Bytes) bool {
	return p.ready-p.at >= need || p.ready >= c.length
}

// Seek goes to a byte. Once playback has begun, the time until it goes on counts as stalled, though not as a stall: the
// viewer asked for it. The fixed schedule begins anew.
func (p *Playout) Seek(c *Pace, now Time, to Bytes) {
	p.Advance(c, now)
	p.played = p.Played(c, now)
	p.Stalled = p.StalledFor(now)
	p.origin, p.at, p.ready, p.epoch, p.since = to, to, to, Never, now
	if p.First != Never {
		p.State, p.Until = Stalled, Never
	}
}

// Advance moves the playhead to now and notes a stall or the end on its way. Calling it late changes nothing in what
// is recorded: a stall begins when the bytes ran out, not when somebody looked.
func (p *Playout) Advance(c *Pace, now Time) {
	if p.State != Playing {
		return
	}
	if p.total(c) == 0 {
		p.at = p.ready
		if p.at >= c.length {
			p.State, p.Until = Ended, now
		}
		return
	}
	out := p.since + c.span(p.ready-p.at) // when the readable bytes are played
	if now < out {
		return
	}
	p.at, p.since = p.ready, out
	if p.at >= c.length {
		p.State, p.Until = Ended, out
		return
	}
	p.State = Stalled
	p.Stalls++
}

// Playhead returns the next byte to play at now, which must not be before the last Advance or Feed.
func (p *Playout) Playhead(c *Pace, now Time) Bytes {
	if p.State != Playing || p.total(c) == 0 {
		return p.at
	}
	return min(p.ready, p.at+c.bytes(now-p.since))
}

// Reaches returns when the playhead gets to byte b if nothing stalls, or Never if it does not move.
func (p *Playout) Reaches(c *Pace, b Bytes) Time {
	if p.State != Playing || p.total(c) == 0 {
		return Never
	}
	if b <= p.at {
		return p.since
	}
	return p.since.After(c.span(b - p.at))
}

// RunsOut returns when the readable bytes are played, which ends the video or stalls, or Never if nothing plays.
func (p *Playout) RunsOut(c *Pace) Time { return p.Reaches(c, p.ready) }

// Ready returns the first byte that is not readable yet.
func (p *Playout) Ready() Bytes { return p.ready }

// Hungry reports whether playback waits for bytes.
func (p *Playout) Hungry() bool { return p.State == Waiting || p.State == Stalled }

// Played returns the media time played until now.
func (p *Playout) Played(c *Pace, now Time) Time {
	if p.total(c) == 0 {
		return 0
	}
	if p.State == Playing {
		return p.played + min(c.span(p.at-p.origin)+now-p.since, c.span(p.ready-p.origin))
	}
	return p.played + c.span(p.at-p.origin)
}

// StalledFor returns the time spent in stalls until now.
func (p *Playout) StalledFor(now Time) Time {
	if p.State == Stalled {
		return p.Stalled + now - p.since
	}
	return p.Stalled
}

// Due returns when byte b's turn is on the fixed schedule that starts with the first frame, or the first after a seek,
// whatever stalls follow; Never before that frame.
func (p *Playout) Due(c *Pace, b Bytes) Time {
	if p.epoch == Never || p.total(c) == 0 {
		return Never
	}
	if b <= p.origin {
		return p.epoch
	}
	return p.epoch.After(c.span(b - p.origin))
}

// Leave ends playback before its end.
func (p *Playout) Leave(c *Pace, now Time) {
	p.Advance(c, now)
	if p.State == Ended || p.State == Gone {
		return
	}
	p.Stalled = p.StalledFor(now)
	p.at = p.Playhead(c, now)
	p.State, p.Until = Gone, now
}
