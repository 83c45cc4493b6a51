package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/selfplay-swe/ssr/selfplay"
)

// A playView shows a play to a person who waits: on a terminal as a few lines
// that are written over, one for what is done so far and one for each stage that
// runs; elsewhere as a line for each thing that happened. It is safe for
// concurrent use.
type playView struct {
	out      io.Writer
	terminal bool
	rounds   int    // wanted
	seed     uint64 // of the play
	several  bool   // there is more than one source: lines say which

	mu      sync.Mutex
	begun   time.Time // the first step of a round; zero: none
	over    time.Time // the last round was over
	stages  map[stageKey]*stage
	talks   map[uint64]*talk // of steps that run, by their seed
	done    []*selfplay.Round
	played  map[int]bool     // rounds of which something happened now: the others were found in the store
	sources []selfplay.Event // the end of their preparation, where there is something to say of it
	note    string           // that stays
	latest  string           // of the log
	drawn   int              // lines on the terminal that are ours
	stop    func()           // what draws them
}

// A stageKey is a line of the view: the attempts on one bug share one.
type stageKey struct {
	round  int
	child  int
	stage  string
	source string
}

func keyOf(e selfplay.Event) stageKey { return stageKey{e.Round, e.Child, e.Stage, e.Source} }

// A stage is how far the steps of one are.
type stage struct {
	begun   time.Time
	running int
	ended   int
	now     string // what it does, of StagePrepare
}

func newPlayView(out io.Writer, rounds, sources int, seed uint64) *playView {
	v := &playView{out: out, terminal: isTerminal(out), rounds: rounds, seed: seed, several: sources > 1,
		stages: map[stageKey]*stage{}, talks: map[uint64]*talk{}, played: map[int]bool{}, stop: func() {}}
	if v.terminal {
		v.stop = every(250*time.Millisecond, &v.mu, v.draw)
	}
	return v
}

// Close ends the view and wipes its lines.
func (v *playView) Close() {
	v.stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wipe()
}

// event takes what the engine tells.
func (v *playView) event(e selfplay.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if noted(e) {
		v.sources = append(v.sources, e)
	}
	if e.Round >= 0 && v.begun.IsZero() {
		v.begun = time.Now()
	}
	v.played[e.Round] = true
	if s := v.stages[keyOf(e)]; s != nil && s.running > 0 && e.Stage == selfplay.StagePrepare && !e.Done {
		s.now = e.Text
	} else {
		v.count(e)
		v.attend(e)
	}
	if line := news(e); line != "" && (!v.terminal || noted(e) && e.Err == nil) && !v.saidElsewhere(e) {
		v.keep(line)
	}
}

// count counts the steps of a stage. One that ended without a result is done
// again, and no step the less.
func (v *playView) count(e selfplay.Event) {
	key := keyOf(e)
	s := v.stages[key]
	if s == nil {
		s = &stage{begun: time.Now()}
		v.stages[key] = s
	}
	switch {
	case !e.Done:
		s.running++
	case e.Err != nil:
		s.running--
	default:
		s.running, s.ended = s.running-1, s.ended+1
	}
}

// round takes a round that is over, and has it written, if write is not nil, where
// the view's lines are not in the way.
func (v *playView) round(r *selfplay.Round, write func() error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done, v.over = append(v.done, r), time.Now()
	for key := range v.stages {
		if key.round == r.Index {
			delete(v.stages, key)
		}
	}
	v.wipe()
	if write != nil {
		if err := write(); err != nil {
			return err
		}
	}
	if !v.terminal {
		v.keep(v.summary())
	}
	return nil
}

// say shows a sentence that stays.
func (v *playView) say(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.note = text; v.terminal {
		v.draw()
	} else {
		v.keep(text)
	}
}

// keep writes a line that is not written over.
func (v *playView) keep(line string) {
	v.wipe()
	fmt.Fprintln(v.out, printable(line))
}

// logger returns what the engine logs to. A terminal shows the latest line while
// sources are prepared, which can take minutes, and keeps warnings.
func (v *playView) logger() *slog.Logger {
	return slog.New(&lineHandler{write: func(level slog.Level, line string) {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch {
		case level >= slog.LevelWarn, level == slog.LevelInfo && !v.terminal:
			v.keep(line)
		default:
			v.latest = line
		}
	}})
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

// left guesses the time that is left from the rounds that were played now, as it
// was when the last one was over.
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
	each := v.over.Sub(v.begun) / time.Duration(played)
	return (each*time.Duration(v.rounds-len(v.done)) - time.Since(v.over)).Round(time.Second)
}
