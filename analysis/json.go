package analysis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"peerstreamer/analysis/bounds"
	"peerstreamer/analysis/stats"
)

// SchemaVersion is the version of summary.json and of the CSV files. It grows when a key changes its meaning or goes;
// new keys do not change it.
const SchemaVersion = 2

// object is a JSON object whose keys keep their order, so that the page that describes summary.json, the file and a
// diff of two files read the same way.
type object struct {
	keys   []string
	values []any
}

func (o *object) add(key string, value any) {
	o.keys = append(o.keys, key)
	o.values = append(o.values, value)
}

// figure adds key and, where there is an interval, key_ci95.
func (o *object) figure(key string, mean, lo, hi stats.Value) {
	o.add(key, mean)
	if lo.Ok() {
		o.add(key+"_ci95", []stats.Value{lo, hi})
	}
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := marshal(o.values[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		fmt.Fprintf(&b, "%q:%s", key, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal is json.Marshal that leaves < and > of claims readable.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// WriteSummary writes summary.json: the keys that docs/records.md describes, in its order, in base units. Figures are
// means over the seeds; with several seeds each has its 95 % interval beside it under the same key with _ci95.
func WriteSummary(w io.Writer, s *Summary) error { return writeObject(w, s.object()) }

func writeObject(w io.Writer, o object) error {
	compact, err := marshal(o)
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	b.WriteByte('\n')
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func (s *Summary) object() object {
	var o object
	seeds := make([]uint64, len(s.Runs))
	digests := make([]*string, len(s.Runs)) // null where there is none
	for i := range s.Runs {
		seeds[i] = s.Runs[i].Seed
		if s.Runs[i].Digest != "" {
			digests[i] = &s.Runs[i].Digest
		}
	}
	figure := func(o *object, key, name string) {
		f, ok := s.Figure(name)
		if !ok {
			panic("analysis: no metric " + name)
		}
		o.figure(key, f.Mean, f.Lo, f.Hi)
	}
	group := func(key, name string, parts ...string) {
		var sub object
		for _, p := range parts {
			figure(&sub, p, name+"."+p)
		}
		o.add(key, sub)
	}
	o.add("schema_version", SchemaVersion)
	o.add("command", s.Command)
	o.add("version", s.Version)
	o.add("commit", s.Commit)
	o.add("go", s.Go)
	o.add("platform", s.Platform)
	o.add("scenario", s.Scenario)
	o.add("seeds", seeds)
	o.add("policy", s.Policy)
	o.add("network", s.Network)
	o.add("partial", s.Partial != "")
	o.add("config_hash", s.ConfigHash)
	o.add("epsilon", stats.Some(s.Epsilon))
	o.add("digest", digests)
	figure(&o, "viewers", "viewers")
	figure(&o, "sim_s", "sim_time")
	o.add("wall_s", some(s.Wall.Seconds()))
	o.add("cpu_s", some(s.CPU.Seconds()))
	o.add("run_cpu_s", some(s.RunCPU.Seconds()))
	o.add("peak_rss_bytes", some(float64(s.PeakRSS)))
	o.add("bytes_per_node", s.BytesPerNode())
	o.add("events_per_cpu_s", s.EventsPerCPUSecond())
	o.add("cpu_us_per_chunk", s.CPUPerChunk().Times(1e6))
	figure(&o, "events", "events")
	figure(&o, "transfers", "transfers")
	group("startup_latency_s", "startup_latency", "p50", "p95", "p99", "max")
	group("rebuffering_ratio", "rebuffering_ratio", "mean", "p95")
	figure(&o, "stalls", "stalls")
	group("stall_length_s", "stall_length", "mean")
	group("continuity_index", "continuity_index", "mean", "min")
	figure(&o, "source_copies", "source_copies")
	figure(&o, "source_sent_bytes", "source_sent")
	figure(&o, "offload", "offload")
	figure(&o, "control_overhead", "control_overhead")
	figure(&o, "upload_fairness", "upload_fairness")
	figure(&o, "bytes_across_sites", "bytes_across_sites")
	figure(&o, "share_across_sites", "share_across_sites")
	o.add("sites", s.sitesObjects())
	figure(&o, "finished", "finished")
	figure(&o, "censored", "censored")
	figure(&o, "completion_s", "completion")
	o.add("bounds", s.boundsObject())
	verdicts := s.Verdicts
	if verdicts == nil {
		verdicts = []Verdict{}
	}
	o.add("claims", verdicts)
	return o
}

func (s *Summary) boundsObject() object {
	var all object
	for _, b := range s.Bounds {
		var o object
		o.add("side", b.Side.String())
		o.add("bound", stats.Some(b.Value))
		o.add("unit", b.Unit)
		if b.Side != bounds.Note {
			o.add("figure", b.Figure)
			o.figure("ratio", b.Ratio, b.Lo, b.Hi)
		}
		all.add(b.Name, o)
	}
	return all
}
