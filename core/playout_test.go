package core

import "testing"

// film is 10 s of 1 kB/s: byte b is played at b ms after the first frame.
var film = VideoInfo{Length: 10_000, ChunkSize: 1000, PieceSize: 100, Duration: 10 * Second}

func paced(info VideoInfo, startup, rebuffer Time) *Pace {
	c := NewPace(info, startup, rebuffer, info.Length)
	return &c
}

func TestPlayoutWaitsForItsStartupBuffer(t *testing.T) {
	c, p := paced(film, 2*Second, 1*Second), NewPlayout(Play, 0, 5*Second)
	p.Feed(c, 6*Second, 1999)
	if p.State != Waiting || p.First != Never {
		t.Fatalf("with 1,999 of 2,000 bytes: %v, first frame %d", p.State, p.First)
	}
	p.Feed(c, 7*Second, 2000)
	if p.State != Playing || p.First != 7*Second {
		t.Fatalf("with 2,000 bytes at 7 s: %v, first frame %d", p.State, p.First)
	}
	if got := p.RunsOut(c); got != 9*Second {
		t.Errorf("2,000 bytes at 1 kB/s from 7 s run out at %d, want 9 s", got)
	}
	if got := p.Playhead(c, 8*Second); got != 1000 {
		t.Errorf("after 1 s the playhead is at %d, want 1,000", got)
	}
}

// Fed 2 s of media, then nothing until 12 s: plays 0..2 s from 7 s on, stalls at 9 s for 3 s, then plays the rest.
func TestPlayoutStallsWhenTheBytesRunOut(t *testing.T) {
	c, p := paced(film, 2*Second, 1*Second), NewPlayout(Play, 0, 5*Second)
	p.Feed(c, 7*Second, 2000)
	p.Feed(c, 11*Second, 2999) // 999 of the 1,000 bytes that Rebuffer asks for
	if p.State != Stalled || p.Stalls != 1 {
		t.Fatalf("at 11 s: %v after %d stalls", p.State, p.Stalls)
	}
	if got := p.StalledFor(11 * Second); got != 2*Second {
		t.Errorf("stalled for %d by 11 s, want 2 s: it began when the bytes ran out, not when somebody looked", got)
	}
	p.Feed(c, 12*Second, 10_000)
	if p.State != Playing || p.Stalled != 3*Second {
		t.Fatalf("at 12 s: %v, stalled %d, want 3 s", p.State, p.Stalled)
	}
	p.Advance(c, 100*Second)
	if p.State != Ended || p.Until != 20*Second {
		t.Errorf("%v at %d, want ended at 20 s: 12 s and the 8 s that were left", p.State, p.Until)
	}
	if got := p.Played(c, 100*Second); got != 10*Second {
		t.Errorf("played %d, want all 10 s", got)
	}
	if got := p.Due(c, 3000); got != 10*Second {
		t.Errorf("byte 3,000 is due at %d, want 10 s: 7 s + 3 s, whatever stalls follow", got)
	}
}

func TestPlayoutBytesThatComeAtTheLastMomentComeInTime(t *testing.T) {
	c, p := paced(film, 1*Second, 1*Second), NewPlayout(Play, 0, 0)
	p.Feed(c, 0, 1000)
	p.Feed(c, 1*Second, 1001)
	if p.State != Playing || p.Stalls != 0 {
		t.Errorf("%v after %d stalls", p.State, p.Stalls)
	}
}

func TestPlayoutStartsWithLessWhenTheVideoIsShorter(t *testing.T) {
	c, p := paced(film, 2*Second, 1*Second), NewPlayout(Play, 9500, 0)
	p.Feed(c, 1*Second, 10_000)
	if p.State != Playing {
		t.Fatalf("%v with everything there is", p.State)
	}
	p.Advance(c, 1500*Millisecond)
	if p.State != Ended || p.Until != 1500*Millisecond {
		t.Errorf("%v at %d, want ended after the last half second", p.State, p.Until)
	}
}

func TestPlayoutWithoutDurationNeverStalls(t *testing.T) {
	info := film
	info.Duration = 0
	c, p := paced(info, 2*Second, 1*Second), NewPlayout(Play, 0, 0)
	p.Feed(c, 1*Second, 1)
	p.Feed(c, 5*Second, 5000)
	if p.State != Playing || p.Stalls != 0 || p.First != 1*Second {
		t.Fatalf("%v, %d stalls, first frame %d", p.State, p.Stalls, p.First)
	}
	p.Feed(c, 6*Second, 10_000)
	if p.State != Ended || p.Until != 6*Second {
		t.Errorf("%v at %d, want ended when all was read", p.State, p.Until)
	}
}

func TestPlayoutLeaveKeepsTheAccounts(t *testing.T) {
	c, p := paced(film, 1*Second, 1*Second), NewPlayout(Play, 0, 0)
	p.Feed(c, 0, 2000)
	p.Leave(c, 3*Second)
	if p.State != Gone || p.Until != 3*Second || p.Stalled != 1*Second || p.Stalls != 1 || p.Played(c, 9*Second) != 2*Second {
		t.Errorf("left at 3 s: %v until %d, stalled %d in %d, played %d; want gone, 3 s, 1 s in 1, 2 s",
			p.State, p.Until, p.Stalled, p.Stalls, p.Played(c, 9*Second))
	}
}

// Plays 0..2 s, seeks to 5 s at that moment, waits 3 s for the bytes there, plays the last 5 s.
func TestPlayoutSeek(t *testing.T) {
	c, p := paced(film, 1*Second, 1*Second), NewPlayout(Play, 0, 0)
	p.Feed(c, 0, 4000)
	p.Seek(c, 2*Second, 5000)
	if p.State != Stalled || p.Due(c, 6000) != Never {
		t.Fatalf("after the seek: %v, byte 6,000 due at %d; want stalled, and no schedule yet", p.State, p.Due(c, 6000))
	}
	p.Feed(c, 5*Second, 10_000)
	if p.State != Playing || p.Stalled != 3*Second || p.Stalls != 0 || p.First != 0 {
		t.Fatalf("%v, stalled %d in %d stalls, first frame %d; want playing, 3 s in none, 0", p.State, p.Stalled, p.Stalls, p.First)
	}
	if got := p.Due(c, 6000); got != 6*Second {
		t.Errorf("byte 6,000 is due at %d, want 6 s: a second after the first frame at 5 s", got)
	}
	p.Advance(c, 20*Second)
	if p.State != Ended || p.Until != 10*Second || p.Played(c, 20*Second) != 7*Second {
		t.Errorf("%v at %d, played %d; want ended at 10 s, 2 s + 5 s", p.State, p.Until, p.Played(c, 20*Second))
	}
}

// A download has no clock, whatever the video's duration: what is readable is played.
func TestPlayoutOfADownloadNeverStalls(t *testing.T) {
	c, p := paced(film, 2*Second, 1*Second), NewPlayout(Download, 0, 0)
	p.Feed(c, 1*Second, 2000)
	p.Feed(c, 30*Second, 10_000)
	if p.State != Ended || p.Until != 30*Second || p.Stalls != 0 || p.Played(c, 30*Second) != 0 {
		t.Errorf("%v at %d after %d stalls, played %d; want ended at 30 s after none, played 0", p.State, p.Until, p.Stalls,
			p.Played(c, 30*Second))
	}
}

// Who holds at most 500 bytes ahead starts with those, and goes on with them after a stall.
func TestPaceAsksForNoMoreThanIsHeld(t *testing.T) {
	c, p := NewPace(film, 2*Second, 1*Second, 500), NewPlayout(Play, 0, 0)
	p.Feed(&c, 1*Second, 500)
	if p.State != Playing {
		t.Fatalf("%v with all that can be held", p.State)
	}
	p.Feed(&c, 3*Second, 1000)
	if p.State != Playing || p.Stalls != 1 {
		t.Errorf("%v after %d stalls, want playing after one", p.State, p.Stalls)
	}
}
