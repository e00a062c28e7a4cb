// Package analysis turns the records of runs into figures: metric definitions, bounds beside them, intervals over seeds,
// claims, a result table, summary.json and CSV files, plots and a report page. Every metric is defined once, in Metrics,
// with its formula, unit and source.
//
// It runs nothing and knows no network: a runner fills a Run for each seed, from a simulator or from real sockets, and
// the same code computes the same figures. Everything it writes depends on the Result alone, byte by byte.
//
//	s, err := analysis.Summarize(analysis.Result{Scenario: "tree", Runs: runs, Claims: claims})
//	if err != nil {
//		return err
//	}
//	analysis.PrintTable(os.Stdout, s, colour)
//	err = errors.Join(s.Err(), analysis.Write("results/tree", s))
//
// Sub-packages: record (what a run leaves behind), stats (mean, quantile, interval), bounds (what no protocol can beat),
// charts (the plots).
//
// Known error: a viewer that still waits for its first frame counts with the time it has waited, which is less than it
// would have waited; the number of such viewers, "censored", stands beside the quantiles.
package analysis
