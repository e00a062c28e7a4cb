package coretest

import (
	"fmt"
	"testing"
)

func TestToy(t *testing.T) {
	TestNetwork(t, func(t *testing.T) World { return newToy(t, "") })
}

func TestToyBehaviours(t *testing.T) {
	TestBehaviours(t, func(t *testing.T) World { return newToy(t, "") })
}

// TestSuiteFindsBugs breaks the toy network in one way after the other. The check named beside a bug must fail; others
// may.
func TestSuiteFindsBugs(t *testing.T) {
	for bug, name := range map[string]string{
		"callbacks nest":                     "Send/FromInsideAnyCallback",
		"cancel does nothing":                "Cut/SenderCancels",
		"close before cut":                   "Cut/SenderIsKilled",
		"closer is told":                     "Close/CloserHearsNothingPeerHearsWhy",
		"crossed dials give two connections": "Dial/CrossedDialsGiveOneConnection",
		"dead peer gives nothing":            "Dial/DeadPeerRefuses",
		"dial always connects":               "Dial/ConnectedPeerReturnsItsConn",
		"done before it is stored":           "Flow/WholeChunk",
		"done is told twice":                 "Flow/WholeChunk",
		"dry is not told":                    "Flow/DryUntilExtended",
		"extend does nothing":                "Flow/OfNothingYet",
		"flows are never over":               "Flow/WholeChunk",
		"flows take no turns":                "Flow/LowerPrioFirstEqualShare",
		"handles are never reused":           "Conn/HandlesAreReused",
		"hung node answers":                  "Hang/NothingComesUntilResume",
		"hung peer refuses":                  "Dial/HungPeerGivesNothing",
		"kill is silent":                     "Kill/PeersHearOneLatencyLater",
		"kill is told at once":               "Kill/PeersHearOneLatencyLater",
		"limits are swapped":                 "Limits/AreWhatTheNodeWasGiven",
		"manifest is cut short":              "Describe/BringsTheManifest",
		"message loses a field":              "Send/EveryKindArrivesWhole",
		"messages overtake":                  "Send/InOrder",
		"moved timer fires twice":            "Timer/MovedAndCleared",
		"nothing is ever queued":             "Queued/GrowsAtHungPeerAndDrains",
		"payload is counted twice":           "Traffic/CountsPayloadOnce",
		"pieces are told again":              "Flow/StepChangesMidway",
		"prio is ignored":                    "Flow/LowerPrioFirstEqualShare",
		"received stays at nothing":          "Received/GrowsAndSentFollows",
		"receiver is not told of cut":        "Cut/SenderCancels",
		"refuse does nothing":                "Cut/ReceiverRefuses",
		"restart mixes up the store":         "Restart/KeepsStore",
		"send before open is lost":           "Open/SendBeforeOpenWaits",
		"sender is not told of done":         "Flow/WholeChunk",
		"source is not flagged":              "Open/SourceIsFlagged",
		"who does not listen can be dialled": "Open/NodeThatDoesNotListenCannotBeDialled",
		"who does not listen is not flagged": "Open/NodeThatDoesNotListenCannotBeDialled",
		"step is ignored":                    "Flow/EventEverySteps",
		"timer fires early":                  "Timer/EachFiresOnceInOrder",
		"timers outlive the node":            "Timer/DiesWithTheNode",
		"unwatched flow is taken":            "Flow/UnwatchedIsRefused",
		"view loses its chunk":               "View/ReachesTheMachineAndDeliverTheReader",
		"why is lost":                        "Close/CloserHearsNothingPeerHearsWhy",
	} {
		t.Run(bug, func(t *testing.T) {
			for _, c := range checks {
				if c.name != name {
					continue
				}
				j := judge(c, bug)
				if !j.failed {
					t.Fatalf("%s passes on a network with the bug", name)
				}
				t.Log(j.first)
				return
			}
			t.Fatalf("there is no check %q", name)
		})
	}
}

// jury is a testing.TB that remembers a verdict instead of passing it on.
type jury struct {
	testing.TB
	failed bool
	first  string
}

func (j *jury) Helper() {}

func (j *jury) Errorf(format string, args ...any) {
	if !j.failed {
		j.first = fmt.Sprintf(format, args...)
	}
	j.failed = true
}

func (j *jury) Error(args ...any) { j.Errorf("%s", fmt.Sprint(args...)) }

func (j *jury) Fatalf(format string, args ...any) {
	j.Errorf(format, args...)
	panic(j)
}

// judge runs a check on a toy with a bug. A check that panics has failed too.
func judge(c check, bug string) (j *jury) {
	j = &jury{}
	defer func() {
		if r := recover(); r != nil && r != any(j) {
			j.Errorf("panic: %v", r)
		}
	}()
	runCheck(j, newToy(j, bug), c)
	return j
}
