package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/selfplay"
)

// A playView shows a play to a person who waits: on a terminal as a few lines
// that are written over, a line for each stage that runs and one for what is done
// so far; elsewhere as a line for each thing that happened. It is safe for
// concurrent use.
type playView struct {
	out      io.Writer
	terminal bool
	rounds   int // wanted
	begun    time.Time

	mu      sync.Mutex
	running map[stageKey]*runningStage
	done    []*selfplay.Round
	played  map[int]bool     // rounds of which something happened now: the others were found in the store
	leftOut []selfplay.Event // sources that cannot be played on
	note    string
	drawn   int // lines on the terminal that are ours
	stop    chan struct{}
	stopped sync.WaitGroup
}

// A stageKey is a line of the view: the attempts on one bug share one.
type stageKey struct {
	round int
	stage string
	child int
}

type runningStage struct {
	source string
	begun  time.Time
	open   int // steps that run
	ended  int // steps that are done
}

func newPlayView(out io.Writer, rounds int) *playView {
	v := &playView{out: out, terminal: isTerminal(out), rounds: rounds, begun: time.Now(),
		running: map[stageKey]*runningStage{}, played: map[int]bool{}, stop: make(chan struct{})}
	if v.terminal {
		v.stopped.Go(v.tick)
	}
	return v
}

func (v *playView) tick() {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-ticker.C:
			v.mu.Lock()
			v.draw()
			v.mu.Unlock()
		}
	}
}

// Close ends the view and wipes its lines.
func (v *playView) Close() {
	close(v.stop)
	v.stopped.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wipe()
}

// event takes what the engine tells.
func (v *playView) event(e selfplay.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.Stage == selfplay.StagePrepare && e.Err != nil {
		v.leftOut = append(v.leftOut, e)
	}
	v.played[e.Round] = true
	key := stageKey{e.Round, e.Stage, e.Child}
	stage := v.running[key]
	if stage == nil {
		stage = &runningStage{source: e.Source, begun: time.Now()}
		v.running[key] = stage
	}
	if e.Done {
		stage.open, stage.ended = stage.open-1, stage.ended+1
	} else {
		stage.open++
	}
	if stage.open <= 0 {
		delete(v.running, key)
	}
	if !v.terminal {
		v.log(e)
	}
}

// log writes an event as a line: what began is no news where lines stay.
func (v *playView) log(e selfplay.Event) {
	switch {
	case e.Err != nil:
		fmt.Fprintln(v.out, printable(fmt.Sprintf("%s: %v", stageName(e), e.Err)))
	case e.Done:
		fmt.Fprintln(v.out, printable(fmt.Sprintf("%s: %s", stageName(e), cmp.Or(e.Text, "done"))))
	}
}

// round takes a round that is over.
func (v *playView) round(r *selfplay.Round) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done = append(v.done, r)
	v.keep(v.summary())
}

// say shows a sentence that stays.
func (v *playView) say(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.note = text
	if !v.terminal {
		fmt.Fprintln(v.out, printable(text))
	}
}

// keep writes a line where lines stay, and draws anew where they do not.
func (v *playView) keep(line string) {
	if v.terminal {
		v.draw()
		return
	}
	fmt.Fprintln(v.out, line)
}

// mostLines is how many stages a terminal shows.
const mostLines = 10

func (v *playView) draw() {
	lines := []string{v.summary()}
	keys := make([]stageKey, 0, len(v.running))
	for key := range v.running {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b stageKey) int {
		return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(a.child, b.child), cmp.Compare(a.stage, b.stage))
	})
	for _, key := range keys[:min(len(keys), mostLines)] {
		lines = append(lines, v.running[key].line(key))
	}
	if len(keys) > mostLines {
		lines = append(lines, fmt.Sprintf("  and %d more", len(keys)-mostLines))
	}
	if v.note != "" {
		lines = append(lines, printable(v.note))
	}
	v.wipe()
	columns := columns(v.out)
	for _, line := range lines {
		fmt.Fprintln(v.out, cut(line, columns-1))
	}
	v.drawn = len(lines)
}

// wipe takes the view's lines off the terminal.
func (v *playView) wipe() {
	if v.drawn > 0 {
		fmt.Fprintf(v.out, "\x1b[%dA\x1b[J", v.drawn)
		v.drawn = 0
	}
}

func (s *runningStage) line(key stageKey) string {
	name := stageName(selfplay.Event{Round: key.round, Stage: key.stage, Child: key.child})
	count := ""
	if s.open+s.ended > 1 {
		count = fmt.Sprintf("%d running, %d done  ", s.open, s.ended)
	}
	return fmt.Sprintf("  %-26s %4ds  %s%s", name, int(time.Since(s.begun).Seconds()), count, printable(s.source))
}

// stageName names what an event is about, as in "round 3 attempt 2".
func stageName(e selfplay.Event) string {
	var b strings.Builder
	if e.Round >= 0 {
		fmt.Fprintf(&b, "round %d ", e.Round+1)
	}
	if e.Child > 0 {
		fmt.Fprintf(&b, "child %d ", e.Child)
	}
	b.WriteString(e.Stage)
	if e.Done && (e.Stage == selfplay.StageAttempt || e.Stage == selfplay.StageGrade) {
		fmt.Fprintf(&b, " %d", e.Attempt+1)
	}
	return b.String()
}

// summary is what is known so far, in a line.
func (v *playView) summary() string {
	parts := []string{fmt.Sprintf("%d of %d rounds", len(v.done), v.rounds)}
	if totals := selfplay.Summarize(v.done).All; len(v.done) > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d consistent", totals.Valid.N, totals.Valid.Of),
			fmt.Sprintf("%d of %d attempts solved", totals.Solved.N, totals.Solved.Of))
	}
	if left := v.left(); left > 0 {
		parts = append(parts, fmt.Sprintf("about %s left", left))
	}
	return strings.Join(parts, " · ")
}

// left guesses the time that is left from the rounds that were played now.
func (v *playView) left() time.Duration {
	played := 0
	for _, r := range v.done {
		if v.played[r.Index] {
			played++
		}
	}
	if played == 0 {
		return 0
	}
	each := time.Since(v.begun) / time.Duration(played)
	return (each * time.Duration(v.rounds-len(v.done))).Round(time.Second)
}

// columns is how wide a terminal is; what is no terminal has no end.
func columns(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return width
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return narrow
	}
	return int(size.Col)
}
