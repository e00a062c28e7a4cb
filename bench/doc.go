// Package bench is where figures come from: programs below it measure, and README.md beside it keeps what they printed
// with the command that prints it. Times are CPU seconds or ratios within one run, because machines are shared.
package bench
