// Package scenarios reads experiments and runs them.
//
// A scenario is a TOML file that says who is there, how they are linked, what they do, what goes wrong and what is
// claimed of the outcome. It reads like the paragraph of a paper that describes the experiment; the files beside this
// one are examples to copy, flashcrowd.toml first. From a file to a result there are four steps, each a value that can
// be looked at:
//
//	Load      file and overrides   -> Config   every key documented by its field's tag, all faults reported at once
//	NewPlan   Config and seed      -> Plan     every node, link, arrival, departure and fault, drawn from named streams
//	Run       Plan and network     -> Result   the records of all nodes and viewers, and series over time
//	report    Result               -> files    figures, bounds, claims and plots, by package analysis
//
// Main is the command psim. A researcher's own program registers a policy and calls it:
//
//	func main() {
//		scenarios.Register("rarest", "rarest chunk first", func(p *scenarios.Params) (core.Policy, error) {
//			return rarest.New(p.Int("window", 16, "chunks looked at")), nil
//		})
//		os.Exit(scenarios.Main(os.Args[1:], os.Stdout, os.Stderr))
//	}
//
// The package is not a simulator and holds no protocol: those are netsim, realnet and core. It is not a workflow engine
// either: one call runs one scenario, and a study of many is a loop around it.
//
// Known error of the workloads: the access classes are dated (the comments in access.go say from when), how many people
// live in each region is our assumption, and a viewer's stay is drawn independently of how well the video plays.
package scenarios
