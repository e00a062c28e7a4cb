// Package quota reads and answers how much a node keeps at most of each video, by name or pattern.
//
//	var list quota.List
//	err := list.Set("Lectures *=20GiB")
//	err = list.Set("*=2GiB")
//	most := list.Of("Lectures 3")  // 20 GiB
//
// It keeps to no quota: core's cache does that, see core.KeepHandler.
package quota
