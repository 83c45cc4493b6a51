package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/selfplay-swe/ssr/agent"
)

// newReplay reports on a trajectory that was done again.
func newReplay(t *agent.Trajectory, found []agent.Difference) *replay {
	r := &replay{Version: "ssr.replay/1", Trajectory: t.ID, Steps: len(t.Steps), Differences: []difference{}}
	for _, d := range found {
		r.Differences = append(r.Differences, difference{d.Step, called(t.Steps[d.Step]), d.Was, d.Is,
			numbers.ReplaceAllString(d.Was, "0") == numbers.ReplaceAllString(d.Is, "0")})
	}
	return r
}

var numbers = regexp.MustCompile(`[0-9]+`)

// called is what a step called, in a line.
func called(s agent.Step) string {
	if s.Action == nil {
		return "no call"
	}
	words := []string{s.Action.Tool}
	for _, name := range []string{"command", "path"} {
		if value := s.Action.Args[name]; value != "" {
			words = append(words, value)
		}
	}
	return strings.Join(words, " ")
}

// replay is the page of ssr replay.
func (p *page) replay(r *replay) {
	p.line("%s: %d steps", r.Trajectory, r.Steps)
	if len(r.Differences) == 0 {
		p.line("%s", p.green("every observation is what it was"))
		return
	}
	numbers := 0
	for _, d := range r.Differences {
		p.line("")
		p.hang(fmt.Sprintf("turn %d  ", d.Step+1), printable(cut(d.Call, width)))
		p.difference(d)
		if d.Numbers {
			numbers++
		}
	}
	p.line("")
	p.line("%d of %d observations differ, %d of them in nothing but numbers", len(r.Differences), r.Steps, numbers)
}

// mostLines is how much of a difference a person reads.
const mostLines = 20

// difference shows an observation as it was and as it is.
func (p *page) difference(d difference) {
	lines := strings.Split(strings.TrimSuffix(string(diff.Diff("was", []byte(d.Was+"\n"), "is", []byte(d.Is+"\n"))), "\n"), "\n")
	for i, line := range lines[min(3, len(lines)):] { // after the names
		if i == mostLines {
			p.line("%s", p.dim(fmt.Sprintf("        … %d more lines; --json has all of them", len(lines)-3-mostLines)))
			return
		}
		p.line("        %s", cut(printable(line), width-8))
	}
}
