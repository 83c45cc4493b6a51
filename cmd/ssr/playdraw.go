package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/selfplay"
)

// Escape sequences of a terminal (ECMA-48, and DECAWM of the VT100).
const (
	up        = "\x1b[%dA" // so many lines
	clearLine = "\x1b[K"   // from here to its end
	clearRest = "\x1b[J"   // from here to the end of the screen
	noWrap    = "\x1b[?7l" // what is too wide is cut, and takes one line
	doWrap    = "\x1b[?7h"
)

// draw writes the view's lines over those that are there, all at once, so that
// nothing flickers.
func (v *playView) draw() {
	rows, columns := size(v.out)
	lines := v.lines(rows - 1)
	var frame strings.Builder
	frame.WriteString(v.home() + noWrap)
	for _, line := range lines {
		frame.WriteString(cut(line, columns-1) + clearLine + "\n")
	}
	frame.WriteString(clearRest + doWrap)
	io.WriteString(v.out, frame.String())
	v.drawn = len(lines)
}

// wipe takes the view's lines off the terminal.
func (v *playView) wipe() {
	if v.drawn > 0 {
		io.WriteString(v.out, v.home()+clearRest)
		v.drawn = 0
	}
}

// home goes to the beginning of the view.
func (v *playView) home() string {
	if v.drawn == 0 {
		return "\r"
	}
	return fmt.Sprintf("\r"+up, v.drawn)
}

// mostStages is how many stages a terminal shows.
const mostStages = 12

// lines are what a terminal shows: what is done, the stages that run, and a line
// of words; at most so many, of which a low terminal has few.
func (v *playView) lines(most int) []string {
	running := v.running()
	shown := min(len(running), mostStages, max(most-3, 0))
	lines := []string{v.summary()}
	names := 0
	for _, key := range running[:shown] {
		names = max(names, len(stageName(key)))
	}
	for _, key := range running[:shown] {
		lines = append(lines, v.stageLine(key, names))
	}
	if hidden := len(running) - shown; hidden > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", hidden))
	}
	preparing := slices.ContainsFunc(running, func(key stageKey) bool { return key.stage == selfplay.StagePrepare })
	switch {
	case preparing && v.latest != "":
		return append(lines, "  "+printable(v.latest))
	case v.note != "":
		return append(lines, printable(v.note))
	}
	return lines
}

// running are the stages of which a step runs, those that began first, first.
func (v *playView) running() []stageKey {
	var keys []stageKey
	for key := range maps.Keys(v.stages) {
		if v.stages[key].running > 0 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b stageKey) int {
		return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(a.child, b.child),
			cmp.Compare(a.stage, b.stage), cmp.Compare(a.source, b.source))
	})
	return keys
}

// stageLine tells of a stage; its name takes so many columns. What matters most comes
// first, since a narrow terminal cuts the end.
func (v *playView) stageLine(key stageKey, name int) string {
	s := v.stages[key]
	turn, tokens := v.turns(key)
	parts := []string{fmt.Sprintf("  %-*s  %6s", name, stageName(key), time.Since(s.begun).Truncate(time.Second)), turn}
	if key.stage == selfplay.StageAttempt || key.stage == selfplay.StageGrade {
		parts = append(parts, fmt.Sprintf("%d done, %d running", s.ended, s.running))
	}
	parts = append(parts, tokens, s.now)
	if v.several || key.stage == selfplay.StagePrepare {
		parts = append(parts, printable(key.source))
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "  ")
}

// size is how many rows and columns a terminal has, as far as it says.
func size(out io.Writer) (rows, columns int) {
	if file, ok := out.(*os.File); ok {
		if size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 && size.Row > 0 {
			return int(size.Row), int(size.Col)
		}
	}
	return 24, 80
}

// columns is how many columns a terminal has, and 0 of what is none.
func columns(out io.Writer) int {
	if !isTerminal(out) {
		return 0
	}
	_, columns := size(out)
	return columns
}
