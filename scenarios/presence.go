package scenarios

// presence follows which nodes are up while events are looked at in order.
type presence []status

type status uint8

const (
	absent status = iota
	up
	hung
	crashed
	left
)

func newPresence(n int) presence { return make(presence, n) }

// impossible reports whether e cannot happen to its node as it is, and else carries it out.
func (l presence) impossible(e Event) bool {
	at := &l[e.Node]
	from, to := absent, up
	switch e.Kind {
	case StartNode:
		from = absent
	case RestartNode:
		from = crashed
	case ResumeNode:
		from = hung
	case OpenView:
		return *at != up && *at != hung
	case HangNode:
		from, to = up, hung
	case CrashNode:
		if *at == hung { // kill -9 ends a stopped process too
			*at = up
		}
		from, to = up, crashed
	case LeaveNode:
		gone := *at == absent || *at == crashed
		*at = left
		return gone
	}
	if *at != from {
		return true
	}
	*at = to
	return false
}
