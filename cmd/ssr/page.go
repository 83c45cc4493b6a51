package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"maps"

	"github.com/selfplay-swe/ssr/verify"
)

// A page is a report for a person: lines of at most [width] characters, in which
// every word that came from a player is [printable].
type page struct {
	paint
	text bytes.Buffer
}

// line writes a line of the program's own words.
func (p *page) line(format string, args ...any) {
	fmt.Fprintf(&p.text, format+"\n", args...)
}

// field writes a name and a value that may need several lines.
func (p *page) field(name, value string) {
	p.hang(fmt.Sprintf("%-12s", name), value)
}

// hang writes text after head, with the lines that follow below the first; head
// is the program's own, text may be anybody's.
func (p *page) hang(head, text string) {
	p.hangAt(head, len([]rune(head)), text)
}

// hangAt is hang for a head that has escape sequences and takes indent columns.
func (p *page) hangAt(head string, indent int, text string) {
	for i, line := range wrap(printable(text), width-indent) {
		if i > 0 {
			head = strings.Repeat(" ", indent)
		}
		p.line("%s%s", head, line)
	}
}

// shown is how many ids or lines of a log a page shows.
const shown = 12

// verification is the report of ssr verify.
func (p *page) verification(dir string, r *verify.Report) {
	p.field("artifact", dir)
	p.field("repository", r.Source)
	p.line("")
	for _, check := range r.Checks {
		p.check(check)
	}
	p.line("")
	if r.Consistent {
		p.line("%s", p.green("consistent"))
		p.ids("broken by the bug", r.FailToPass)
		p.ids("hidden again", r.Hidden)
		p.ids("flaky, left out", r.Flaky)
		p.line("  %d tests pass on both", len(r.PassToPass))
	} else {
		p.line("%s", p.red("not consistent"))
	}
	p.line("%s", p.dim(fmt.Sprintf("%d suite runs, %d more saved, %s", r.Runs, r.RunsSaved, seconds(r.Seconds))))
}

// check is one line, and below it what a failed check found.
func (p *page) check(c verify.Decision) {
	head := fmt.Sprintf("  %s  %-17s ", p.mark(c.Passed), c.Name)
	indent := 2 + 4 + 2 + 17 + 1
	if c.Passed {
		p.hangAt(head, indent, counts(c.Evidence.Counts))
		return
	}
	p.hangAt(head, indent, c.Finding)
	for _, name := range slices.Sorted(maps.Keys(c.Evidence.IDs)) {
		p.ids(name, c.Evidence.IDs[name])
	}
	for _, line := range c.Evidence.Log[:min(shown, len(c.Evidence.Log))] {
		p.line("    %s %s", p.dim("|"), cut(printable(line), width-6))
	}
}

func (p *page) mark(passed bool) string {
	if passed {
		return p.green("ok  ")
	}
	return p.red("FAIL")
}

// ids lists the first few of ids, if there are any.
func (p *page) ids(name string, ids []string) {
	if len(ids) == 0 {
		return
	}
	p.line("  %d %s:", len(ids), name)
	for _, id := range ids[:min(shown, len(ids))] {
		p.line("    %s", cut(printable(id), width-4))
	}
	if more := len(ids) - shown; more > 0 {
		p.line("    … and %d more", more)
	}
}

// grade is the report of ssr grade.
func (p *page) grade(dir, patch string, g *verify.Grade) {
	p.field("artifact", dir)
	p.field("patch", patch)
	p.line("")
	outcome := p.red(g.Outcome.String())
	if g.Outcome == verify.Resolved {
		outcome = p.green(g.Outcome.String())
	}
	p.line("%s", outcome)
	if g.Reason != "" {
		p.hang("  ", g.Reason)
	}
}

func counts(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[name], strings.ReplaceAll(name, "_", " ")))
	}
	return strings.Join(parts, ", ")
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond).String()
}

// describe is what the status line says of an event.
func describe(e verify.Event) string {
	switch e.Kind {
	case verify.CheckDecided:
		return fmt.Sprintf("check %s: passed %t", e.Decision.Name, e.Decision.Passed)
	case verify.RunFinished:
		return fmt.Sprintf("run %d of %d: %s: %d tests", e.Done, e.Planned, e.Run, e.Tests)
	}
	return fmt.Sprintf("run %d of %d: %s", e.Done+1, e.Planned, e.Run)
}
