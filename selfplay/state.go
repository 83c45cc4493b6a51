package selfplay

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// state is what the steps of an Engine share in one process. All of it can be
// made again from a step's payload and the archive.
type state struct {
	archive Archive
	reward  Reward
	config  Config
	grounds memo[Source, opened]
	bugs    memo[bugKey, verify.Bug]
	tasks   memo[taskKey, *solve.Task]

	telling sync.Mutex
	mu      sync.Mutex
	tries   map[string]int // of steps that failed in this process and were not yet done
}

// shared returns the state, made when it is first asked for.
func (e *Engine) shared() *state {
	e.once.Do(func() {
		e.state = &state{archive: e.Archive, reward: e.rule(), config: e.complete(), tries: map[string]int{}}
		if e.Archive == nil {
			e.state.archive = &memory{}
		}
		e.state.grounds.size = 1 << 10
		e.state.bugs.size = 16 + 4*e.state.config.Parallel
		e.state.tasks.size = 16 + 4*e.state.config.Parallel
	})
	return e.state
}

type bugKey struct {
	snapshot string
	files    Ref
}

// bug makes a bug again that was judged before, from the five files.
func (e *Engine) bug(ctx context.Context, g *ground, files Ref) (verify.Bug, error) {
	s := e.shared()
	return s.bugs.get(ctx, bugKey{g.Snapshot.Key, files}, func() (verify.Bug, error) {
		report, err := e.judge(ctx, g, files)
		if err != nil {
			return verify.Bug{}, err
		}
		found, ok := report.Bug()
		if !ok {
			return verify.Bug{}, fmt.Errorf("the bug that was consistent is not any more: %s", refusal(report).Finding)
		}
		return found, nil
	})
}

// judge verifies five files of the archive.
func (e *Engine) judge(ctx context.Context, g *ground, ref Ref) (*verify.Report, error) {
	var files bug.Files
	if err := e.read(ctx, ref, &files); err != nil {
		return nil, err
	}
	artifact, err := bug.Parse(files)
	if format, ok := errors.AsType[*bug.FormatError](err); ok {
		return verify.Refused(format), nil
	}
	if err != nil {
		return nil, err
	}
	return g.judge.Verify(ctx, g.Snapshot, artifact)
}
