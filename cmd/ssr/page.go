package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/verify"
)

// A page is a report for a person: lines of at most [width] characters, fewer on a
// narrower terminal, in which every word that came from a player is [printable].
type page struct {
	paint
	columns int // of the terminal; 0: as many as are needed
	text    bytes.Buffer
}

// width is how wide the page's lines are at most, and wide enough for a word.
func (p *page) width() int {
	return min(width, max(40, cmp.Or(p.columns, width)))
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
	for i, line := range wrap(printable(text), p.width()-indent) {
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
		p.ids("fail with the bug, to be repaired", len(r.FailToPass), r.FailToPass)
		p.ids("hidden by the weakening", len(r.Hidden), r.Hidden)
		p.ids("flaky, left out", len(r.Flaky), r.Flaky)
		p.line("    pass with the bug too, to be kept: %d", len(r.PassToPass))
	} else {
		p.line("%s", p.red("not consistent"))
	}
	p.cost(r.Runs, r.RunsSaved, r.Seconds)
}

// check is what a check found, and below it what a finding against the artifact
// rests on.
func (p *page) check(c verify.Decision) {
	head := fmt.Sprintf("  %s  %-17s ", p.mark(c), c.Name)
	p.hangAt(head, len("  ok    inverse-mutation  "), c.Finding)
	if c.Passed {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.Evidence.IDs)) {
		p.ids(name, c.Evidence.Counts[name], c.Evidence.IDs[name])
	}
	p.excerpt(c.Evidence.Log)
}

// excerpt shows lines of a log.
func (p *page) excerpt(log []string) {
	for _, line := range log[:min(shown, len(log))] {
		p.line("    %s %s", p.dim("|"), cut(printable(line), p.width()-6))
	}
}

func (p *page) mark(c verify.Decision) string {
	switch {
	case c.Passed:
		return p.green("ok  ")
	case notRun(c):
		return p.dim("--  ")
	}
	return p.red("FAIL")
}

// notRun says whether nothing decided c, because another check failed. Only its
// words tell it apart.
func notRun(c verify.Decision) bool { return strings.HasPrefix(c.Finding, "not run: ") }

// ids shows the first few of a set of n ids, if it has any.
func (p *page) ids(name string, n int, ids []string) {
	if n == 0 {
		return
	}
	p.line("    %s: %d", cut(printable(name), p.width()/2), n)
	for _, id := range ids[:min(shown, len(ids))] {
		p.line("      %s", cut(printable(id), p.width()-6))
	}
	if n > shown {
		p.line("      …")
	}
}

// grade is the report of ssr grade.
func (p *page) grade(dir, patch string, g *verify.Grade) {
	p.field("artifact", dir)
	p.field("patch", patch)
	p.line("")
	if g.Outcome == verify.Resolved {
		p.line("%s", p.green(g.Outcome.String()))
	} else {
		p.line("%s", p.red(g.Outcome.String()))
	}
	p.hang("    ", g.Reason)
	if g.Run != nil {
		p.line("    to be repaired: %d of %d pass", g.FailToPass.Passed, g.FailToPass.Total)
		p.line("    to be kept: %d of %d pass", g.PassToPass.Passed, g.PassToPass.Total)
	}
	p.ids("do not pass", len(g.Failing), g.Failing)
	p.ids("have no result", len(g.Missing), g.Missing)
	for _, left := range g.LeftOut {
		p.hang("    left out: ", fmt.Sprintf("%s, line %d of the patch: %s", left.Path, left.Line, left.Why))
	}
	p.excerpt(g.Log)
	p.cost(g.Runs, g.RunsSaved, g.Seconds)
}

// cost is the last line of a report.
func (p *page) cost(runs, saved int, took float64) {
	elapsed := time.Duration(took * float64(time.Second)).Round(10 * time.Millisecond)
	p.line("%s", p.dim(fmt.Sprintf("suite runs: %d made, %d known from earlier; %s", runs, saved, elapsed)))
}
