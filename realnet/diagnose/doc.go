// Package diagnose finds out what an operator wants to know before a node runs and when one does not do what it should:
// Check looks at this machine and at a node's master with a node's settings, LookAt asks a node what it has, what its
// clock says and whether it can dial us, and VisitNode measures how fast it answers.
//
// It is no part of the protocol's node: it dials as a stranger or, with keys, as a member of the swarm, and leaves. Each
// wait has a limit.
//
// Known error: the offset of a clock is known to half the time that the hello took, which Look.Bound says.
package diagnose
