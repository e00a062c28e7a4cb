package scenarios

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// print prints a result for people: claims, figures, and what it cost.
func (p *psim) print(out output, s *analysis.Summary) error {
	colour := isTerminal(p.stdout) && os.Getenv("NO_COLOR") == ""
	if s.Partial != "" {
		fmt.Fprintf(p.stdout, "PARTIAL: %s%s\n\n", s.Partial, unjudged(s))
	}
	if len(s.Verdicts) > 0 {
		if err := analysis.PrintClaims(p.stdout, s.Verdicts, colour); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
	}
	if err := analysis.PrintTable(p.stdout, s, colour); err != nil {
		return err
	}
	if s.Network == "tcp" {
		fmt.Fprintln(p.stdout, "\nover tcp: rates are enforced; delays, jitter and loss are not")
	}
	if s.Epsilon != 0 {
		fmt.Fprintf(p.stdout, "\nrates are approximate: net.epsilon is %g%%\n", 100*s.Epsilon)
	}
	fmt.Fprintf(p.stdout, "\n%s, policy %s, config %s, %s; %.1f s CPU, %v memory\n", s.Scenario, s.Policy, s.ConfigHash,
		digests(s.Runs), s.CPU.Seconds(), s.PeakRSS/core.MiB*core.MiB)
	if err := analysis.PrintCost(p.stdout, s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, out.dir+"/report.html")
	return err
}

// unjudged says of a partial result that its claims are not judged, if it has any.
func unjudged(s *analysis.Summary) string {
	if len(s.Claims) == 0 {
		return ""
	}
	return "; its claims are not judged"
}

// digests names the seeds and, for one, the fingerprint of its history.
func digests(runs []analysis.Run) string {
	if len(runs) > 1 {
		return fmt.Sprintf("%d seeds", len(runs))
	}
	if runs[0].Digest == "" {
		return fmt.Sprintf("seed %d", runs[0].Seed)
	}
	return fmt.Sprintf("seed %d, digest %s", runs[0].Seed, runs[0].Digest)
}

// isTerminal reports whether w is a person's screen.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
