package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/selfplay-swe/ssr/selfplay"
)

// replayable is the command that does a conversation of a play again, in two parts
// between which a line may be broken: of the first attempt that a model made, or else of
// the first bug. Nil: no model played, or nothing of what it said was kept.
func (f *playFlags) replayable(rounds []*selfplay.Round) []string {
	injector, solver, err := f.models.seats()
	if err != nil {
		return nil // refused before anything was played
	}
	which := ""
	for _, r := range rounds {
		if which == "" && injector.isModel() && r.Record != "" {
			which = fmt.Sprintf("--round %d", r.Index+1)
		}
		for _, a := range r.Attempts {
			if solver.isModel() && a.Record != "" {
				return f.replayOf(fmt.Sprintf("--round %d --attempt %d", r.Index+1, a.Index+1))
			}
		}
	}
	if which == "" {
		return nil
	}
	return f.replayOf(which)
}

func (f *playFlags) replayOf(which string) []string {
	if f.cache != "" {
		which += " --cache " + quoted(f.cache)
	}
	return []string{"ssr replay --store " + quoted(f.store), which}
}

// talk names the command that does a conversation again. Where it is too long for a
// line it is broken as a shell takes it.
func (p *page) talk(command []string) {
	if command == nil {
		return
	}
	line := strings.Join(command, " ")
	if len(line) > p.width()-12 {
		line = strings.Join(command, " \\\n"+strings.Repeat(" ", 14))
	}
	p.line("%-12s%s", "replay", line)
}

// plain is what a shell takes as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(printable(word), "'", `'\''`) + "'"
}
