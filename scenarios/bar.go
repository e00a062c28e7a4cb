package scenarios

import (
	"io"
	"sync"

	"github.com/schollz/progressbar/v3"
)

// bar shows on a terminal how far the runs are, and nothing elsewhere.
type bar struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	share []float64 // of each seed's run
}

const barSteps = 1000

func newBar(w io.Writer, c *Config, seeds int) *bar {
	b := &bar{share: make([]float64, seeds)}
	if isTerminal(w) {
		b.bar = progressbar.NewOptions(barSteps, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(c.Name),
			progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	return b
}

// progress is called by several goroutines.
func (b *bar) progress(seed int, share float64) {
	if b.bar == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.share[seed] = share
	sum := 0.0
	for _, s := range b.share {
		sum += s
	}
	_ = b.bar.Set(int(barSteps * sum / float64(len(b.share)))) // a bar that cannot be drawn is no reason to stop
}

func (b *bar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
