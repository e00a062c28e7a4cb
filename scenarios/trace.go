package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// maxTraceSteps bounds the lines of a trace, 24 bytes each: a day of them ten times a second.
const maxTraceSteps = 1_000_000

// maxTraceTime bounds a trace's times, some 146 years, so that the period of one that is repeated fits in a Time.
const maxTraceTime = core.Never / 2

// outage stands for a rate of 0 in a trace: a Rate of 0 would be no limit.
const outage core.Rate = 1

var traceUnits = []string{"bit/s", "kbit/s", "Mbit/s", "Gbit/s"}

// trace checks what a group says of its trace.
func (k *checker) trace(g *Group, path string) {
	t := &g.Trace
	if *t == (Trace{}) {
		return
	}
	path += "trace"
	k.want(t.File != "", path, `trace: want file, such as { file = "cellular.csv", unit = "Mbit/s" }`)
	known := k.wantOneOf(path+".unit", "unit", t.Unit, traceUnits...)
	k.want(t.File == "" || !known || t.trace != nil || t.refused, path+".file",
		"file %q was not read: want a scenario that Load or Parse returned", t.File)
	k.want(len(g.Uplink.Spread)+len(g.Downlink.Spread) == 0 && g.Access == "", path,
		"trace and uplink, downlink or access: want one or the other")
}

// read reads the file of a trace, if there is one and its unit is known.
func (t *Trace) read(dir string) (err error) {
	if t.File == "" || !slices.Contains(traceUnits, t.Unit) {
		return nil
	}
	defer func() { t.refused = err != nil }()
	t.path = beside(dir, t.File)
	data, err := readFile(t.path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	t.sum = hex.EncodeToString(sum[:])
	steps, err := parseTrace(data, t.Unit)
	if err != nil {
		return fmt.Errorf("%s: %w", t.File, err)
	}
	n := len(steps)
	t.trace = &netsim.Trace{Steps: steps}
	if t.Repeat {
		if n < 2 {
			return fmt.Errorf("%s: %d line: want two at least to repeat them", t.File, n)
		}
		t.trace.Period = 2*steps[n-1].At - steps[n-2].At
	}
	return nil
}

// parseTrace reads lines of time, uplink and downlink. The first may be a heading, and what follows a # is a comment.
func parseTrace(data []byte, unit string) (steps []netsim.TraceStep, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = '#', -1, true, true
	for first := true; ; first = false {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(cells) != 3 {
			return nil, fmt.Errorf("line %d: %d fields: want time, uplink and downlink, such as \"0,1.5,20\"", line, len(cells))
		}
		if first && strings.IndexAny(cells[0], "0123456789.-+") != 0 {
			continue
		}
		step, err := parseStep(cells, unit)
		switch n := len(steps); {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", line, err)
		case n == 0 && step.At != 0:
			return nil, fmt.Errorf("line %d: time %s: want 0 first", line, cells[0])
		case n > 0 && step.At <= steps[n-1].At:
			return nil, fmt.Errorf("line %d: time %s: want later than in the line before", line, cells[0])
		case step.At > maxTraceTime:
			return nil, fmt.Errorf("line %d: time %s: want at most %v", line, cells[0], maxTraceTime)
		case n == maxTraceSteps:
			return nil, fmt.Errorf("more than %d lines", maxTraceSteps)
		}
		steps = append(steps, step)
	}
	if len(steps) == 0 {
		return nil, errors.New("no line of time, uplink and downlink")
	}
	return steps, nil
}

func parseStep(cells []string, unit string) (step netsim.TraceStep, err error) {
	if step.At, err = core.ParseTime(quantity(cells[0], "s", core.Second, "ns")); err != nil {
		return step, fmt.Errorf("time in seconds: %w", err)
	}
	for i, to := range []*core.Rate{&step.Uplink, &step.Downlink} {
		if cell := strings.TrimSpace(cells[i+1]); cell != "unlimited" {
			if *to, err = core.ParseRate(quantity(cell, unit, rateOf(unit), "bit/s")); err != nil {
				return step, fmt.Errorf("%s: %w", []string{"uplink", "downlink"}[i], err)
			}
			*to = max(*to, outage)
		}
	}
	return step, nil
}

func rateOf(unit string) core.Rate {
	r, _ := core.ParseRate("1" + unit) // A unit that the scenario may name.
	return r
}

// quantity returns a number of a file with its unit, so many base units long. One with an exponent, as numerical programs
// write them, is turned into base units, rounded to a whole one, half away from zero: nobody who writes 1.5e-01 with
// eighteen digits means all of them. What is no number stays as it is, for others to complain about.
func quantity[T core.Time | core.Rate](cell, unit string, length T, base string) string {
	cell = strings.TrimSpace(cell)
	at := strings.IndexAny(cell, "eE")
	if at < 0 || len(cell) > 64 {
		return cell + unit
	}
	// A larger exponent would make a number of a million digits before anybody could refuse it.
	if e, err := strconv.Atoi(cell[at+1:]); err != nil || e < -99 || e > 99 {
		return cell + unit
	}
	x, ok := new(big.Rat).SetString(cell)
	if !ok || strings.ContainsAny(cell, "/_xXpP") {
		return cell + unit
	}
	return x.Mul(x, new(big.Rat).SetInt64(int64(length))).FloatString(0) + base
}

// most returns the highest rates of a trace, 0 if there is no limit at some time.
func (t *Trace) most() (up, down core.Rate) {
	up, down = outage, outage
	for _, s := range t.trace.Steps {
		up, down = higher(up, s.Uplink), higher(down, s.Downlink)
	}
	return up, down
}

// higher returns the higher of two rates of links, of which 0 is the highest.
func higher(a, b core.Rate) core.Rate {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// offset returns where in its group's trace a node is at time 0.
func (p *Plan) offset(g *Group, index int) core.Time {
	t := g.Trace.trace
	if g.Trace.Aligned {
		return 0
	}
	r := p.stream("trace", g, index)
	if t.Period > 0 {
		return r.Between(0, t.Period-1)
	}
	return r.Between(0, t.Steps[len(t.Steps)-1].At)
}
