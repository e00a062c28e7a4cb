package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
)

const completionHelp = `
psnode completion prints what makes a shell complete psnode's commands and flags.

  psnode completion bash > /etc/bash_completion.d/psnode
  psnode completion zsh > "${fpath[1]}/_psnode"
  psnode completion fish > ~/.config/fish/completions/psnode.fish
`

// shells are the scripts. They ask psnode itself what may come, so that they know whatever it knows.
var shells = map[string]string{
	"bash": `_psnode() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	mapfile -t COMPREPLY < <(compgen -W "$(psnode completion words "${COMP_WORDS[1]}" 2>/dev/null)" -- "$cur")
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _psnode psnode
`,
	"zsh": `#compdef psnode
local -a words_
words_=(${(f)"$(psnode completion words "${words[2]}" 2>/dev/null)"})
if (( CURRENT == 2 )) || [[ ${words[CURRENT]} == -* ]]; then
	compadd -a words_
else
	_files
fi
`,
	"fish": `complete -c psnode -n __fish_use_subcommand -f -a '(psnode completion words 2>/dev/null)'
complete -c psnode -n 'not __fish_use_subcommand' -a '(psnode completion words (commandline -opc)[2] 2>/dev/null)'
`,
}

func runCompletion(ctx context.Context, args []string, std streams) error {
	f := newFlags("completion", completionHelp, std)
	if err := parseFlags(f, args); err != nil {
		return err
	}
	switch words := f.Args(); {
	case len(words) > 0 && words[0] == "words":
		command := ""
		if len(words) > 1 {
			command = words[1]
		}
		for _, w := range completions(ctx, command) {
			fmt.Fprintln(std.out, w)
		}
		return nil
	case len(words) == 1 && shells[words[0]] != "":
		fmt.Fprint(std.out, shells[words[0]])
		return nil
	}
	return complain(f, "want one of bash, zsh and fish")
}

// flagLine is how a flag's help begins.
var flagLine = regexp.MustCompile(`(?m)^  (-[a-z][a-z0-9-]*)`)

// completions returns a command's flags, or the commands if it is none.
func completions(ctx context.Context, command string) (words []string) {
	for _, c := range commands {
		if c.name != command {
			words = append(words, c.name)
			continue
		}
		var help bytes.Buffer
		_ = c.run(ctx, []string{"-help"}, streams{&help, &help}) // flag.ErrHelp
		_, flags, _ := strings.Cut(help.String(), "Flags:")
		words = nil
		for _, m := range flagLine.FindAllStringSubmatch(flags, -1) {
			words = append(words, m[1])
		}
		return words
	}
	return words
}
