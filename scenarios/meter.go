package scenarios

import (
	"time"

	"peerstreamer/core"
)

// meter measures what the machine spends on an experiment.
type meter struct {
	begun time.Time
	cpu   core.Time
}

func newMeter() meter {
	cpu, _ := processUsage()
	return meter{time.Now(), cpu}
}

// read returns what was spent since newMeter, and the peak of the process's memory.
func (m meter) read() (wall, cpu core.Time, peak core.Bytes) {
	now, peak := processUsage()
	return core.Time(time.Since(m.begun)), now - m.cpu, peak
}
