package core

import "math/bits"

// Playout is a player's buffer and clock: it waits for StartupBuffer of media, plays at the video's bitrate, stalls
// when the next byte is not there, and goes on when Rebuffer is. Media time is bytes over bitrate. It does no I/O and
// keeps no timer: the caller feeds it what is readable in a row, and calls Advance when Next says so. A simulated
// viewer and a real one drive it alike.
type Playout struct {
	State   ViewState
	Stalls  uint32
	Asked   Time // when play was pressed
	First   Time // first frame; Never before it
	Until   Time // when it ended; Never before that
	Stalled Time // spent in stalls that are over
	length  Bytes
	total   Time  // the video's duration
	startup Bytes // needed in a row to start
	refill  Bytes // needed in a row to go on after a stall
	ready   Bytes // readable in a row, from the video's first byte on
	origin  Bytes // where playback started, or went on after the last seek
	epoch   Time  // first frame from there; Never before it
	played  Time  // media played before the last seek
	at      Bytes // playhead at the moment since
	since   Time  // Playing: when the playhead was at at; Stalled: when the stall began
}

// NewPlayout returns a player that waits from now on at a byte of a video. A video of unknown duration is played
// without a clock: it never stalls, and its bytes count as played when they are readable. startup and rebuffer are
// media time.
func NewPlayout(info VideoInfo, start Bytes, startup, rebuffer, now Time) Playout {
	p := Playout{Asked: now, First: Never, Until: Never, epoch: Never, length: info.Length, total: info.Duration,
		ready: start, origin: start, at: start, since: now}
	if info.Length == 0 {
		p.total = 0
	}
	p.startup, p.refill = max(1, p.bytes(startup)), max(1, p.bytes(rebuffer))
	return p
}

// Within bounds what is needed in a row, for a reader that never holds more than n bytes ahead of the playhead: it would
// wait for ever for more.
func (p *Playout) Within(n Bytes) { p.startup, p.refill = min(p.startup, n), min(p.refill, n) }

// bytes returns how much media t lasts, rounded down; span is its inverse, rounded up, so that a byte is never played
// before its time.
func (p *Playout) bytes(t Time) Bytes { return mediaBytes(t, p.length, p.total) }

func (p *Playout) span(n Bytes) Time {
	hi, lo := bits.Mul64(uint64(n), uint64(p.total))
	lo, carry := bits.Add64(lo, uint64(p.length-1), 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(p.length))
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
func (p *Playout) Feed(now Time, ready Bytes) {
	p.Advance(now - 1)
	p.ready = max(p.ready, ready)
	p.resume(now)
}

// resume starts or goes on when enough is there.
func (p *Playout) resume(now Time) {
	switch p.State {
	case Waiting:
		if p.enough(p.startup) {
			p.State, p.First, p.epoch, p.since = Playing, now, now, now
		}
	case Stalled:
		if p.enough(p.refill) {
			p.Stalled += now - p.since
			p.State, p.since, p.epoch = Playing, now, min(p.epoch, now)
		}
	default:
	}
	p.Advance(now)
}

func (p *Playout) enough(need Bytes) bool { return p.ready-p.at >= need || p.ready >= p.length }

// Seek goes to a byte. Once playback has begun, the time until it goes on counts as stalled, though not as a stall: the
// viewer asked for it. The fixed schedule begins anew.
func (p *Playout) Seek(now Time, to Bytes) {
	p.Advance(now)
	p.played = p.Played(now)
	p.Stalled = p.StalledFor(now)
	p.origin, p.at, p.ready, p.epoch, p.since = to, to, to, Never, now
	if p.First != Never {
		p.State, p.Until = Stalled, Never
	}
}

// Advance moves the playhead to now and notes a stall or the end on its way. Calling it late changes nothing in what
// is recorded: a stall begins when the bytes ran out, not when somebody looked.
func (p *Playout) Advance(now Time) {
	if p.State != Playing {
		return
	}
	if p.total == 0 {
		p.at = p.ready
		if p.at >= p.length {
			p.State, p.Until = Ended, now
		}
		return
	}
	out := p.since + p.span(p.ready-p.at) // when the readable bytes are played
	if now < out {
		return
	}
	p.at, p.since = p.ready, out
	if p.at >= p.length {
		p.State, p.Until = Ended, out
		return
	}
	p.State = Stalled
	p.Stalls++
}

// Playhead returns the next byte to play at now, which must not be before the last Advance or Feed.
func (p *Playout) Playhead(now Time) Bytes {
	if p.State != Playing || p.total == 0 {
		return p.at
	}
	return min(p.ready, p.at+p.bytes(now-p.since))
}

// Reaches returns when the playhead gets to byte b if nothing stalls, or Never if it does not move.
func (p *Playout) Reaches(b Bytes) Time {
	if p.State != Playing || p.total == 0 {
		return Never
	}
	if b <= p.at {
		return p.since
	}
	return p.since.After(p.span(b - p.at))
}

// RunsOut returns when the readable bytes are played, which ends the video or stalls, or Never if nothing plays.
func (p *Playout) RunsOut() Time { return p.Reaches(p.ready) }

// Ready returns the first byte that is not readable yet.
func (p *Playout) Ready() Bytes { return p.ready }

// Hungry reports whether playback waits for bytes.
func (p *Playout) Hungry() bool { return p.State == Waiting || p.State == Stalled }

// Played returns the media time played until now.
func (p *Playout) Played(now Time) Time {
	if p.total == 0 || p.length == 0 {
		return 0
	}
	if p.State == Playing {
		return p.played + min(p.span(p.at-p.origin)+now-p.since, p.span(p.ready-p.origin))
	}
	return p.played + p.span(p.at-p.origin)
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
func (p *Playout) Due(b Bytes) Time {
	if p.epoch == Never || p.total == 0 {
		return Never
	}
	if b <= p.origin {
		return p.epoch
	}
	return p.epoch.After(p.span(b - p.origin))
}

// Leave ends playback before its end.
func (p *Playout) Leave(now Time) {
	p.Advance(now)
	if p.State == Ended || p.State == Gone {
		return
	}
	p.Stalled = p.StalledFor(now)
	p.at = p.Playhead(now)
	p.State, p.Until = Gone, now
}
