package maxmin

// In a large network each link that is due, its members and the flow that ends were last looked at long ago: three waits
// for memory, one after another, and most of the time that a completion takes. But who is due next is known, more or less:
// the first rows of the heap. So now and then their records are read in advance, all at once, and wait together. It changes
// nothing but the time that a run takes.

const (
	warmRows  = 1 + 4 + 16 // of the heap
	warmEvery = 8          // calls of gather
	warmLinks = 1 << 16    // a network of fewer is in a near cache anyway
)

// warm reads the records of the links that are due next.
func (fl *Fluid) warm() {
	if fl.warmed++; fl.warmed%warmEvery != 0 || len(fl.links) < warmLinks {
		return
	}
	rows := fl.dues.heap[:min(warmRows, len(fl.dues.heap))]
	var members [warmRows][]member
	for i, d := range rows {
		if lk := &fl.links[d.who]; !lk.hub {
			members[i] = fl.of(lk)[:lk.homed]
		}
	}
	var first [warmRows]Flow
	for i, ms := range members {
		least := ^Work(0)
		for k := range ms {
			if left := ms[k].finish - fl.links[rows[i].who].served; left < least {
				least, first[i] = left, ms[k].flow
			}
		}
	}
	sum := uint64(0)
	for _, f := range first {
		sum += uint64(fl.flow(f).at)
	}
	fl.cold += sum
}
