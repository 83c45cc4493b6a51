package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
	"github.com/selfplay-swe/ssr/work"
)

// watched is a view that no clock draws.
func watched(terminal bool, rounds, sources int) (*playView, *strings.Builder) {
	var out strings.Builder
	v := newPlayView(&out, rounds, sources, 1)
	v.terminal = terminal
	return v, &out
}

// screen is what a terminal shows that was given a text, without the spaces at the
// ends of lines.
func screen(text string) string {
	var lines []string
	row := 0
	for text != "" {
		var n int
		switch {
		case strings.HasPrefix(text, noWrap), strings.HasPrefix(text, doWrap):
			text = text[len(noWrap):]
		case strings.HasPrefix(text, clearLine):
			text = text[len(clearLine):]
		case strings.HasPrefix(text, clearRest):
			text, lines = text[len(clearRest):], lines[:row]
		case text[0] == '\r':
			text = text[1:]
		case text[0] == '\x1b':
			fmt.Sscanf(text, up, &n)
			row -= n
			text = text[strings.IndexByte(text, 'A')+1:]
		default:
			end := strings.IndexByte(text, '\n')
			line, _, _ := strings.Cut(text[:end], clearLine)
			lines = append(append([]string{}, lines[:row]...), append([]string{line}, lines[min(row+1, len(lines)):]...)...)
			row, text = row+1, text[end+1:]
		}
	}
	return strings.Join(lines, "\n")
}

func event(stage string, round, attempt, child int) selfplay.Event {
	return selfplay.Event{Stage: stage, Source: "calc", Round: round, Attempt: attempt, Child: child}
}

func ended(e selfplay.Event, text string) selfplay.Event {
	e.Done, e.Text = true, text
	return e
}

func TestViewOnATerminal(t *testing.T) {
	v, out := watched(true, 4, 1)
	prepare := selfplay.Event{Stage: selfplay.StagePrepare, Source: strings.Repeat("long", 50), Round: -1}
	v.say("kept in play.db")
	v.event(prepare)
	v.logger().Debug("go: downloading\x1b[2J")
	v.draw()
	require.Equal(t, "0 of 4 rounds\n  prepare      0s  "+strings.Repeat("long", 50)[:59]+"…\n"+`  go: downloading\x1b[2J`, screen(out.String()))
	now := prepare
	now.Text = "compile the tests"
	v.event(now)
	v.draw()
	require.Contains(t, screen(out.String()), "\n  prepare      0s  compile the tests  longlong")

	v.event(ended(prepare, "left out: 1 test that is slow"))
	require.Contains(t, out.String(), ": ready; left out: 1 test that is slow\n", "it stays")
	out.Reset()
	v.draw()
	v.event(event(selfplay.StageVerify, 1, 0, 0))
	for attempt := range 3 {
		v.event(event(selfplay.StageAttempt, 0, attempt, 2))
	}
	v.event(ended(event(selfplay.StageAttempt, 0, 0, 2), "gave_up"))
	lost := ended(event(selfplay.StageAttempt, 0, 1, 2), "")
	lost.Err = errors.New("the sandbox is lost")
	v.event(lost)
	v.draw()
	require.Equal(t, `0 of 4 rounds
  round 1, bug left by attempt 2, attempt      0s  1 done, 1 running
  round 2, verify                              0s
kept in play.db`, screen(out.String()))

	require.NoError(t, v.round(&selfplay.Round{Index: 0, Consistent: true, Scored: true, Solved: 1, Counted: 8}, func() error {
		fmt.Fprintln(out, "{}")
		return nil
	}))
	v.over = v.begun.Add(time.Hour)
	v.logger().Warn("something")
	v.draw()
	require.Equal(t, `{}
something
1 of 4 rounds · 1 of 1 consistent · 1 of 8 attempts solved · about 4h0m0s left
  round 2, verify      0s
kept in play.db`, screen(out.String()))
	v.Close()
	require.Equal(t, "{}\nsomething", screen(out.String()), "nothing of the view stays")
}

// A low terminal shows what fits: what scrolls out cannot be written over.
func TestViewOfManyStages(t *testing.T) {
	v, _ := watched(true, 40, 1)
	v.note = "kept"
	for round := range 30 {
		v.event(event(selfplay.StageInject, round, 0, 0))
	}
	require.Len(t, v.lines(23), mostStages+3)
	require.Contains(t, v.lines(23), "  and 18 more")
	for rows := 3; rows < 23; rows++ {
		require.LessOrEqual(t, len(v.lines(rows)), rows)
	}
}

func TestViewElsewhereIsALog(t *testing.T) {
	v, out := watched(false, 2, 2)
	prepare := selfplay.Event{Stage: selfplay.StagePrepare, Source: "calc", Round: -1}
	left := selfplay.Event{Stage: selfplay.StagePrepare, Source: "other", Round: -1, Done: true, Err: errors.New("other: its tests fail")}
	v.say("kept in play.db")
	v.event(prepare)
	v.logger().Info("set up", "source", "calc")
	v.logger().Debug("not said")
	now := prepare
	now.Text = "compile the tests"
	v.event(now)
	v.event(ended(prepare, ""))
	v.event(ended(prepare, "left out: 1 test that is slow"))
	v.event(left)
	v.event(event(selfplay.StageAttempt, 0, 0, 3))
	v.event(ended(event(selfplay.StageAttempt, 0, 0, 3), "gave_up"))
	v.event(event(selfplay.StageGrade, 0, 0, 3))
	v.event(ended(event(selfplay.StageGrade, 0, 0, 3), "empty_patch: test_a.py::test_it"))
	v.event(event(selfplay.StageInject, 0, 0, 0))
	v.event(ended(event(selfplay.StageInject, 0, 0, 0), "mutation a/__init__.py:my_func"))
	interrupted := ended(event(selfplay.StageAttempt, 0, 1, 0), "")
	interrupted.Err = fmt.Errorf("attempt: %w", work.ErrClosed)
	v.event(interrupted)
	full := ended(event(selfplay.StageAttempt, 0, 2, 0), "")
	full.Err = fmt.Errorf("attempt: %w", &selfplay.FullError{})
	v.event(full)
	require.NoError(t, v.round(&selfplay.Round{Index: 0}, nil))
	v.Close()
	require.Equal(t, `kept in play.db
set up source=calc
calc: compile the tests
calc: ready
calc: ready; left out: 1 test that is slow
left out: other: its tests fail
round 1, bug left by attempt 3, attempt 1: gave up
round 1, bug left by attempt 3, grade 1: empty patch: test_a.py::test_it
round 1, inject: mutation a/__init__.py:my_func
1 of 2 rounds · 0 of 1 consistent · 0 of 0 attempts solved
`, out.String())
	require.Len(t, v.sources, 2)
}

// The report of a play is no wider than a usual terminal where that is what it is
// for, and long findings are wrapped below their round.
func TestPageOfAPlay(t *testing.T) {
	pay := 0.325
	seven := selfplay.Attempt{Outcome: verify.Resolved, Reward: &pay}
	rounds := []*selfplay.Round{
		{Index: 0, Source: "calc", Strategy: inject.Mutation, Bug: strings.Repeat("a", 64), Consistent: true, Scored: true, Files: []string{"a", "b"},
			FailToPass: 12, Solved: 3, Counted: 8, Reward: &pay, Attempts: []selfplay.Attempt{seven}, Children: []selfplay.Child{{Solved: 2}, {}}, Cost: selfplay.Cost{Wall: 12.34}},
		{Index: 99, Source: "other", Strategy: inject.Removal, Refusal: &selfplay.Refusal{Check: "script", Finding: strings.Repeat("word ", 40)}},
		{Index: 100, Source: "other", Strategy: inject.History, Errored: "panic: \x1b[2J"},
		{Index: 101, Source: "other", Strategy: inject.Direct, Bug: "b", Consistent: true, Duplicate: &selfplay.Duplicate{Of: 0, By: "tree"}},
	}
	p := &page{columns: 80}
	slow := ended(selfplay.Event{Stage: selfplay.StagePrepare, Source: "calc"}, "left out: 1 test that is slow")
	p.play(rounds, []selfplay.Event{{Err: errors.New(strings.Repeat("reason ", 30))}, slow}, 102, "play.db")
	text := p.text.String()
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 80, line)
		require.NotRegexp(t, ` \n$`, line)
	}
	require.Contains(t, text, `round bug     strategy files broken   solved  inject  solve children seconds  on
    1 aaaaaaa mutation     2     12   3 of 8  +0.325 +0.325   1 of 2    12.3  1
  100 -       removal      -      -        -       -      -        -     0.0  2
       refused by script: word word`)
	require.Contains(t, text, `the machine failed: panic: \x1b[2J`)
	require.Contains(t, text, "too like the bug of round 1 (by its tree)")
	require.Contains(t, text, "\non 2: other\n")
	require.Contains(t, text, "left out: reason")
	require.Contains(t, text, "\nnote: calc: left out: 1 test that is slow\n")
}
