package scenarios

import (
	"time"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// meter measures what the machine spends on an experiment.
type meter struct {
	begun time.Time
	cpu   core.Time
	run   core.Time // of cpu, what the runs took
}

func newMeter() meter {
	cpu, _ := processUsage()
	return meter{begun: time.Now(), cpu: cpu}
}

// lap notes that the runs are over: what is spent from now on is not theirs.
func (m *meter) lap() {
	now, _ := processUsage()
	m.run = now - m.cpu
}

// read returns what was spent since newMeter, and the peak of the process's memory. atOnce says how many runs shared it.
func (m *meter) read(atOnce int) analysis.Cost {
	now, peak := processUsage()
	return analysis.Cost{Wall: core.Time(time.Since(m.begun)), CPU: now - m.cpu, RunCPU: m.run, PeakRSS: peak, AtOnce: atOnce}
}
