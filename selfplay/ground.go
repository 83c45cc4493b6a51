package selfplay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/verify"
)

// A ground is a source that is open in this process, with its judge.
type ground struct {
	*inject.Repository
	judge *verify.Judge
	notes []string // the injector's, for a person
}

// opened is a ground, or why the source cannot be played, which does not change.
type opened struct {
	ground *ground
	fault  error
}

// ground opens a source: the snapshot, what its tests need, and the injector's
// own look at it. What is the source's fault is found once and for all; an error
// of the machine or of the network is not kept.
func (e *Engine) ground(ctx context.Context, source Source) (*ground, error) {
	found, err := e.shared().grounds.get(ctx, source, func() (opened, error) {
		ground, err := e.open(ctx, source)
		err = full(err)
		if err != nil && isFault(err) && ctx.Err() == nil {
			return opened{fault: err}, nil
		}
		return opened{ground, nil}, err
	})
	return found.ground, errors.Join(err, found.fault)
}

// isFault says whether an error of opening is about the source, so that trying
// again would show the same.
func isFault(err error) bool {
	_, unreachable := errors.AsType[*repo.UnreachableError](err)
	_, unplayable := errors.AsType[*inject.UnplayableError](err)
	_, setup := errors.AsType[*sandbox.SetupError](err)
	_, unopened := errors.AsType[*openError](err)
	return !unreachable && !isFull(err) && (unplayable || setup || unopened)
}

// An openError says that repo.Open refused a source.
type openError struct{ error }

func (e *openError) Unwrap() error { return e.error }

func (e *Engine) open(ctx context.Context, source Source) (*ground, error) {
	e.now(source, "open the repository")
	snapshot, err := repo.Open(ctx, source.Repo, repo.Options{Cache: e.Cache, Rev: source.Rev, Uncommitted: source.Uncommitted, Logger: e.Logger})
	if err != nil {
		return nil, &openError{err}
	}
	strategies := possible(e.shared().config.Strategies, snapshot.Commit)
	if len(strategies) == 0 {
		return nil, &inject.UnplayableError{Source: source.Repo, Problem: "it has no history", Want: "a git repository or a module's release is wanted, or another strategy than history"}
	}
	begin := func(step string) { e.now(source, step) }
	setup, err := sandbox.Setup{Command: source.Setup, Live: e.live(source), Begin: begin}.Prepare(ctx, e.Provider, snapshot)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source.Repo, err)
	}
	repository := &inject.Repository{Snapshot: snapshot, Provider: e.Provider, Setup: setup, Limits: e.Verify.Limits, Strategies: drawn(strategies), MaxTime: e.Verify.Timeout}
	notes, err := e.lookThrough(ctx, source, repository)
	if err != nil {
		return nil, err
	}
	return &ground{repository, &verify.Judge{
		Provider: e.Provider,
		Setup:    whole(setup),
		RunDir:   filepath.Join(snapshot.Dir, "runs"),
		Options:  e.Verify,
	}, notes}, nil
}

// lookThrough has the injector look at a repository, and returns what it says of it.
func (e *Engine) lookThrough(ctx context.Context, source Source, r *inject.Repository) ([]string, error) {
	if preparer, ok := e.Injector.(inject.Preparer); ok {
		e.now(source, "look at the tests")
		if err := preparer.Prepare(ctx, r); err != nil {
			return nil, err
		}
	}
	if noter, ok := e.Injector.(inject.Noter); ok {
		return noter.Notes(ctx, r)
	}
	return nil, nil
}

// now tells what is done to prepare a source, which can take minutes.
func (e *Engine) now(source Source, what string) {
	e.tell(Event{Stage: StagePrepare, Source: source.Repo, Round: -1, Text: what})
}

func (e *Engine) log() *slog.Logger {
	return cmp.Or(e.Logger, slog.New(slog.DiscardHandler))
}

// live logs the last line of what a setup writes, as it comes.
func (e *Engine) live(source Source) func([]byte) {
	return func(output []byte) {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		e.log().Debug(fmt.Sprintf("set up %s: %s", source.Repo, lines[len(lines)-1]))
	}
}

func whole(setup *sandbox.Installed) *sandbox.Layer {
	if setup == nil {
		return nil
	}
	return setup.Whole
}

// at opens the source of a step and holds it against the snapshot that the play
// began with.
func (e *Engine) at(ctx context.Context, source Source, snapshot string) (*ground, error) {
	g, err := e.ground(ctx, source)
	if err != nil {
		return nil, err
	}
	if g.Snapshot.Key != snapshot {
		return nil, &ChangedError{source.Repo, g.Snapshot.Key, snapshot}
	}
	return g, nil
}
