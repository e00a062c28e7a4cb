package status

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Bounds on what one gathering holds, whoever answers and whatever: a neighbour may be anybody's program.
const (
	maxNodes  = 1024     // and as many failures
	maxRead   = 8 << 20  // bytes of all answers together
	maxHeld   = 8 << 20  // bytes of all nodes together, as they are told on
	maxReport = 1 << 20  // bytes of one node's, or of any other value in an answer
	maxCommas = 64 << 10 // in one node's: a value takes up to a hundred times more memory than text
	maxFault  = 300      // bytes of each part of a failure
)

// harvest is what one gathering has been told. Nodes are held as the text that is told on, which takes the memory that it says;
// each is decoded once, one at a time, so that who reads it finds every field to be what docs/status.md says.
type harvest struct {
	mu     sync.Mutex
	total  int // bytes read
	held   int // bytes of nodes
	nodes  []gathered
	failed []Failure
}

// gathered is one node's report.
type gathered struct {
	name string
	text json.RawMessage
}

// result is All as it is sent.
type result struct {
	Format int               `json:"format"`
	Time   time.Time         `json:"time"`
	Nodes  []json.RawMessage `json:"nodes"`
	Failed []Failure         `json:"failed"`
}

var (
	errReadAll   = fmt.Errorf("all answers together have more than %d bytes", maxRead)
	errLong      = fmt.Errorf("read its answer: a node's report has more than %d bytes", maxReport)
	errFull      = fmt.Errorf("there are more than %d nodes, or %d bytes of them", maxNodes, maxHeld)
	errNull      = errors.New("read its answer: a node that is null")
	errNoFormat  = errors.New(`read its answer: it does not begin with {"format": it is no node's status`)
	errManyParts = fmt.Errorf("read its answer: a node's report has more than %d values", maxCommas)
)

func newHarvest() *harvest { return &harvest{failed: []Failure{}} }

// add takes in one node's report.
func (x *harvest) add(r *Report) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.take(r)
}

func (x *harvest) take(r *Report) error {
	text, err := json.Marshal(small(r))
	if err != nil {
		return err
	}
	if len(x.nodes) == maxNodes || x.held+len(text) > maxHeld {
		return errFull
	}
	x.held += len(text)
	x.nodes = append(x.nodes, gathered{r.Node.Name + r.Node.Address, text})
	return nil
}

// parse takes in one node's report as a neighbour has written it.
func (x *harvest) parse(text []byte) error {
	if bytes.Count(text, []byte(",")) > maxCommas {
		return errManyParts
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var r *Report
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("read its answer: %w", err)
	}
	if r == nil {
		return errNull
	}
	return x.take(r)
}

// fail notes who did not tell; what is beyond the bound is left out.
func (x *harvest) fail(f Failure) {
	for _, s := range []*string{&f.By, &f.Web, &f.Error} {
		*s = (*s)[:min(len(*s), maxFault)]
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.failed) < maxNodes {
		x.failed = append(x.failed, f)
	}
}

// read takes in what a neighbour answers, node by node. What came before a fault counts.
func (x *harvest) read(from io.Reader) error {
	in := &rationed{from: from, x: x}
	d := json.NewDecoder(in)
	for i, want := range []json.Token{json.Delim('{'), "format"} {
		in.ration = maxReport
		if got, err := d.Token(); err != nil {
			return fmt.Errorf("read its answer: %w", err)
		} else if got != want {
			return errNoFormat
		} else if i == 0 {
			continue
		}
	}
	var format int
	if err := d.Decode(&format); err != nil {
		return fmt.Errorf("read its answer: %w", err)
	}
	if format != Format {
		return fmt.Errorf("it answers in format %d, this node knows %d", format, Format)
	}
	for d.More() {
		in.ration = maxReport
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("read its answer: %w", err)
		}
		switch key {
		case "nodes":
			err = x.each(d, in, x.parse)
		case "failed":
			err = x.each(d, in, func(text []byte) error {
				var f Failure
				if err := json.Unmarshal(text, &f); err != nil {
					return fmt.Errorf("read its answer: %w", err)
				}
				x.fail(f)
				return nil
			})
		default:
			var other json.RawMessage
			err = d.Decode(&other)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	if err != nil {
		return fmt.Errorf("read its answer: %w", err)
	}
	return nil
}

// each reads a list, or null, and hands on its values.
func (x *harvest) each(d *json.Decoder, in *rationed, take func([]byte) error) error {
	begin, err := d.Token()
	if err != nil {
		return fmt.Errorf("read its answer: %w", err)
	}
	if begin == nil {
		return nil
	}
	if begin != json.Delim('[') {
		return fmt.Errorf("read its answer: %v, want a list", begin)
	}
	for d.More() {
		in.ration = maxReport
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return fmt.Errorf("read its answer: %w", err)
		}
		if err := take(text); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// result returns all, the one that was asked first, the others by name.
func (x *harvest) result() *result {
	r := &result{Format: Format, Time: time.Now().UTC().Truncate(time.Millisecond), Nodes: []json.RawMessage{}, Failed: x.failed}
	if len(x.nodes) > 1 {
		slices.SortFunc(x.nodes[1:], func(p, q gathered) int { return cmp.Compare(p.name, q.name) })
	}
	for _, n := range x.nodes {
		r.Nodes = append(r.Nodes, n.text)
	}
	slices.SortFunc(x.failed, func(p, q Failure) int { return cmp.Compare(p.By+p.Web, q.By+q.Web) })
	return r
}

// rationed is what a neighbour sends, which ends with an error where there is too much of it.
type rationed struct {
	from   io.Reader
	x      *harvest
	ration int // bytes that may be read for the value that is being read
}

func (r *rationed) Read(p []byte) (int, error) {
	if r.ration <= 0 {
		return 0, errLong
	}
	n, err := r.from.Read(p[:min(len(p), r.ration)])
	r.ration -= n
	r.x.mu.Lock()
	r.x.total += n
	over := r.x.total > maxRead
	r.x.mu.Unlock()
	if over {
		return 0, errReadAll
	}
	return n, err
}
