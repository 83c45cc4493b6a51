package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/verify"
)

// hostile would clear the screen, and is longer than a line.
var hostile = "\x1b[2J\r\u202e" + strings.Repeat("word ", 30) + strings.Repeat("x", 150)

func TestPagesShowNothingATerminalActsOn(t *testing.T) {
	ids := []string{hostile, hostile}
	render := func(fill func(*page)) string {
		p := new(page)
		fill(p)
		return p.text.String()
	}
	evidence := verify.Evidence{
		Counts: map[string]int{hostile: 2},
		IDs:    map[string][]string{hostile: ids},
		Log:    ids,
	}
	report := &verify.Report{
		Consistent: true,
		Source:     hostile,
		Checks:     []verify.Decision{{Name: "bug", Verdict: verify.Verdict{Finding: hostile, Evidence: evidence}}},
		FailToPass: ids, Hidden: ids, Flaky: ids,
	}
	grade := &verify.Grade{
		Outcome: verify.Unresolved,
		Reason:  hostile,
		Failing: ids, Missing: ids, Log: ids,
		LeftOut: []verify.LeftOut{{Path: hostile, Line: 1, Why: hostile}},
	}
	for _, text := range []string{
		render(func(p *page) { p.verification(hostile, report) }),
		render(func(p *page) { p.grade(hostile, hostile, grade) }),
		render(func(p *page) {
			p.diagnosis(&diagnosis{Guarantees: []guarantee{{"files", false, hostile, hostile}}})
		}),
	} {
		require.Contains(t, text, `\x1b[2J\r\u202e`)
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			require.Equal(t, printable(line), line)
			require.LessOrEqual(t, utf8.RuneCountInString(line), width, line)
		}
	}
}

func TestPageShowsTheFirstOfManyIDs(t *testing.T) {
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprintf("test%02d", i))
	}
	p := new(page)
	p.ids("broken", 134, ids)
	require.True(t, strings.HasPrefix(p.text.String(), "    broken: 134\n      test00\n"))
	require.True(t, strings.HasSuffix(p.text.String(), "      test11\n      …\n"))
}
