package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"

	"peerstreamer/core/spell"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one of psnode's verbs.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, std streams) error
}

// streams are a process's standard streams.
type streams struct{ out, err io.Writer }

// errUsage says that the command line made no sense; what is wrong has been printed.
var errUsage = errors.New("usage")

var commands = []command{
	{"add", "take videos as you have them into a source's database", runAdd},
	{"list", "tell which videos a node has, whole or in part", runList},
	{"remove", "take a video out of a source's database, or out of a node's store", runRemove},
	{"pin", "have a node keep a video whatever else comes", runPin},
	{"unpin", "end what psnode pin began", runUnpin},
	{"prefetch", "have a node fetch all of a video, now or at night", runPrefetch},
	{"split", "cut a file into a video of a source's database", runSplit},
	{"run", "run a source or a caching node", runNode},
	{"config", "print a configuration for psnode run, with every setting explained", runConfig},
	{"stream", "read a video from a node, into a file, a player or standard output", runStream},
	{"keygen", "make a swarm: its certificate authority and the keys of its first node", runKeygen},
	{"invite", "print a code with which one box can join the swarm", runInvite},
	{"join", "become a member of a swarm with the code that psnode invite has printed", runJoin},
	{"sign-url", "print an address with which a video can be watched for a while", runSign},
	{"check", "tell what would keep a node from running, and what to do", runCheck},
	{"probe", "tell what a node holds and how fast it answers", runProbe},
	{"demo", "a source, two sites and a page that shows what flows between them, on this machine", runDemo},
	{"version", "tell which psnode this is", runVersion},
}

// completion lists all commands, so it cannot be in what lists it.
func init() {
	commands = append(commands, command{"completion", "print what makes a shell complete psnode's commands and flags", runCompletion})
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // A second signal ends what does not heed the first.
	code := dispatch(ctx, os.Args[1:], streams{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// dispatch runs the command that args name and returns the exit code.
func dispatch(ctx context.Context, args []string, std streams) int {
	if len(args) == 0 {
		usage(std.err)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(std.out)
		return exitDone
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		switch err := c.run(ctx, args[1:], std); {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return exitDone
		case errors.Is(err, errUsage):
			return exitUsage
		case ctx.Err() != nil && errors.Is(err, context.Canceled):
			fmt.Fprintf(std.err, "psnode %s: interrupted\n", c.name)
			return exitFailed
		default:
			fmt.Fprintf(std.err, "psnode %s: %s\n", c.name, printable(err.Error()))
			return exitFailed
		}
	}
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	if near := spell.Near(args[0], names); near != "" {
		fmt.Fprintf(std.err, "psnode: unknown command %q, did you mean %q? psnode -help lists all\n", args[0], near)
		return exitUsage
	}
	fmt.Fprintf(std.err, "psnode: unknown command %q\n\n", args[0])
	usage(std.err)
	return exitUsage
}

// printable returns what may be written to a terminal of a text that a peer may have had a hand in: without control
// characters but line feeds.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

func usage(w io.Writer) {
	fmt.Fprint(w, "psnode streams video from a source through a tree of nodes that share what they have cached.\n\nUsage:\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  psnode %-10s  %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\npsnode COMMAND -help tells more of each. Addresses are written tcp://host:port.\n")
}

// newFlags returns a command's flag set whose help shows what the command is for and an example.
func newFlags(name, text string, std streams) *flag.FlagSet {
	f := flag.NewFlagSet("psnode "+name, flag.ContinueOnError)
	f.SetOutput(std.err)
	f.Usage = func() {
		fmt.Fprintln(f.Output(), strings.TrimSpace(text))
		any := false
		f.VisitAll(func(*flag.Flag) { any = true })
		if any {
			fmt.Fprint(f.Output(), "\nFlags:\n\n")
			f.PrintDefaults()
		}
	}
	return f
}

// parse parses the flags of a command that takes nothing else. What is wrong is printed, without the whole help.
func parse(f *flag.FlagSet, args []string) error {
	if err := parseFlags(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return complain(f, "unexpected argument %q", f.Arg(0))
	}
	return nil
}

// parseWord parses flags with one word before, between or behind them, "" if it is not there.
func parseWord(f *flag.FlagSet, args []string) (word string, err error) {
	if err := parseFlags(f, args); err != nil || f.NArg() == 0 {
		return "", err
	}
	word = f.Arg(0)
	return word, parse(f, f.Args()[1:])
}

// parseWords parses flags with any number of words before, between or behind them.
func parseWords(f *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := parseFlags(f, args); err != nil || f.NArg() == 0 {
			return words, err
		}
		words, args = append(words, f.Arg(0)), f.Args()[1:]
	}
}

func parseFlags(f *flag.FlagSet, args []string) error {
	help, out := f.Usage, f.Output()
	f.Usage = func() {} // An error needs a line, not a page, and that line is ours.
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	f.SetOutput(out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help()
		return err
	case err != nil:
		hint := ""
		if key, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
			if near := nearest(f, key); near != "" {
				hint = fmt.Sprintf(" (did you mean -%s?)", near)
			}
		}
		return complain(f, "%v%s", err, hint)
	}
	return nil
}

// complain prints what is wrong with a command line.
func complain(f *flag.FlagSet, format string, args ...any) error {
	fmt.Fprintf(f.Output(), "%s: %s; see %s -help\n", f.Name(), fmt.Sprintf(format, args...), f.Name())
	return errUsage
}
