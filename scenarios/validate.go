package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"peerstreamer/analysis"
	"peerstreamer/core"
	"peerstreamer/netsim"
)

// MaxNodes bounds the nodes of a scenario.
const MaxNodes = 1 << 24

// maxSamples bounds the series over time: their cost is that of looking at every viewer so often.
const maxSamples = 100_000

// Validate returns all faults at once, or nil. Load has called it.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range c.faults() {
		errs = append(errs, errors.New(c.describe(f)))
	}
	return errors.Join(errs...)
}

// checker collects faults.
type checker struct{ faults []fault }

// want notes a fault unless ok.
func (k *checker) want(ok bool, path, format string, args ...any) {
	if !ok {
		k.faults = append(k.faults, fault{path, fmt.Sprintf(format, args...)})
	}
}

// wantOneOf notes a fault unless word is known; what says what it is.
func (k *checker) wantOneOf(path, what, word string, known ...string) bool {
	ok := slices.Contains(known, word)
	k.want(ok, path, "%s %q: want %s", what, word, oneOf(known))
	return ok
}

func (c *Config) faults() []fault {
	var k checker
	k.want(isWord(c.Name), "name", "name %q: want letters, digits, dots, hyphens and underscores, a letter or digit first", c.Name)
	k.want(!strings.ContainsFunc(c.Text, unicode.IsControl), "text", "text %q: want one line", c.Text)
	k.want(c.Horizon > 0 && c.Horizon < core.Never, "horizon", "horizon %v: want more than nothing, and an end", c.Horizon)
	k.want(c.Sample > 0, "sample", "sample %v: want more than nothing", c.Sample)
	k.want(c.Sample <= 0 || c.Horizon/c.Sample <= maxSamples, "sample",
		"sample %v: %v holds more than %d of them", c.Sample, c.Horizon, maxSamples)
	k.video(&c.Video)
	k.policy(c)
	k.net(&c.Net)
	k.groups(c)
	k.sites(c)
	for i := range c.Faults {
		k.fault(c, &c.Faults[i], fmt.Sprintf("fault[%d].", i))
	}
	k.branches(c)
	for i, claim := range c.Claims {
		parsed, err := analysis.ParseClaim(claim.That)
		k.want(err == nil, fmt.Sprintf("claim[%d].that", i), "%v", err)
		k.want(len(c.Sites) > 0 || !strings.HasSuffix(parsed.Metric.Name, "_across_sites"), fmt.Sprintf("claim[%d].that", i),
			"claim %q: there are no sites, and so %s has no value", claim.That, parsed.Metric.Name)
		k.branchOf(c, claim, fmt.Sprintf("claim[%d].branch", i))
	}
	return k.faults
}

func (k *checker) net(n *Net) {
	k.latency(&n.Latency)
	k.want(n.Jitter <= maxDelay, "net.jitter", "jitter %v: want at most %v", n.Jitter, maxDelay)
	k.want(n.Loss <= netsim.MaxLoss, "net.loss", "loss %v: want at most %v", n.Loss, netsim.MaxLoss)
	k.want(n.Epsilon <= netsim.MaxEpsilon, "net.epsilon", "epsilon %v: want at most %v", n.Epsilon, netsim.MaxEpsilon)
}

func (k *checker) video(v *Video) {
	k.want(v.Name != "" && len(v.Name) <= core.MaxName && v.Name != "." && v.Name != ".." &&
		!strings.ContainsFunc(v.Name, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) }),
		"video.name", "name %q: want 1 to %d bytes without slashes and control characters", v.Name, core.MaxName)
	k.want(v.Duration > 0 && v.Duration <= 10_000*core.Hour, "video.duration", "duration %v: want more than nothing, to 10000h", v.Duration)
	k.want(v.Bitrate > 0 && v.Bitrate <= 1000*core.Gbps, "video.bitrate", "bitrate %v: want more than nothing, to 1000Gbit/s", v.Bitrate)
	k.want(v.Chunk >= core.MinChunkSize && v.Chunk <= core.MaxChunkSize, "video.chunk",
		"chunk %v: want %v to %v", v.Chunk, core.MinChunkSize, core.MaxChunkSize)
	k.want(v.Piece >= 1 && v.Piece <= v.Chunk, "video.piece", "piece %v: want 1B to the chunk's %v", v.Piece, v.Chunk)
	if len(k.faults) > 0 {
		return // the products below could overflow
	}
	pieces := (v.Chunk + v.Piece - 1) / v.Piece
	k.want(pieces <= core.MaxPieces, "video.piece", "piece %v: a chunk of %v would have %d pieces, want at most %d",
		v.Piece, v.Chunk, pieces, core.MaxPieces)
	info := v.Info()
	k.want(info.Length > 0 || v.File != "", "video.bitrate", "bitrate %v: %v of it have no byte", v.Bitrate, v.Duration)
	chunks := (info.Length + v.Chunk - 1) / v.Chunk
	k.want(chunks <= core.MaxChunks, "video.chunk", "chunk %v: a video of %v would have %d chunks, want at most %d",
		v.Chunk, info.Length, chunks, core.MaxChunks)
}

// policy checks the constants of the node, and the policy's own keys.
func (k *checker) policy(c *Config) {
	k.wantOneOf("player.kind", "kind", c.Player.Kind, "play", "download")
	if err := c.Core().Validate(); err != nil {
		for text := range strings.SplitSeq(err.Error(), "\n") {
			// core names each constant as its key here.
			key, _, _ := strings.Cut(text, " ")
			table := "policy."
			if key == "startup_buffer" || key == "rebuffer" {
				table = "player."
			}
			k.want(false, table+key, "%s", text)
		}
	}
	_, faults := c.Policy.build()
	for _, f := range faults {
		k.want(false, "policy."+f.key, "%s", f.text)
	}
}

// isWord accepts what can be part of a file's name and of a dotted key.
func isWord(s string) bool {
	for i, r := range s {
		ok := r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || i > 0 && strings.ContainsRune("-_.", r)
		if !ok {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
