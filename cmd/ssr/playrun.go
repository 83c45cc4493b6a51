package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
	worklocal "github.com/selfplay-swe/ssr/work/local"
)

// play plays, shows what happens, and reports.
func (f *playFlags) play(cmd *cobra.Command) error {
	ctx, quit, stop := stopTwice(cmd.Context())
	defer stop()
	engine, err := f.engine(cmd)
	if err != nil {
		return err
	}
	kept, err := store.Open(f.store, store.Options{})
	if err != nil {
		return named(err)
	}
	defer kept.CloseOrRemove()
	defer end(engine)
	journal, err := f.journal(engine)
	if err != nil {
		return err
	}
	defer journal.Close()
	engine.Archive, engine.Quit = kept, quit
	executor, err := worklocal.New(kept.DB(), engine.Kinds())
	if err != nil {
		return kept.Full(fmt.Errorf("%s: %w", f.store, err))
	}
	defer executor.Close()
	engine.Executor = executor
	rounds, err := f.rounded(ctx, cmd, engine)
	return errors.Join(kept.Full(err), journal.forget(rounds))
}

// rounded plays the rounds and reports on them.
func (f *playFlags) rounded(ctx context.Context, cmd *cobra.Command, engine *selfplay.Engine) ([]*selfplay.Round, error) {
	view := newPlayView(cmd.ErrOrStderr(), f.rounds, len(f.repos), f.seed)
	view.listen(loops(engine))
	engine.Progress, engine.Logger = view.event, view.logger()
	view.say("what is played is kept in " + f.store)
	rounds, err := f.each(ctx, cmd, engine, view)
	view.Close()
	if !f.json && len(rounds) > 0 {
		if err := write(cmd, false, nil, func(p *page) {
			p.play(rounds, view.sources, f.rounds, f.store)
			p.talk(f.replayable(rounds))
		}); err != nil {
			return rounds, err
		}
	}
	return rounds, f.ended(ctx, rounds, err)
}

// each plays, and writes each round as it comes where JSON is wanted.
func (f *playFlags) each(ctx context.Context, cmd *cobra.Command, engine *selfplay.Engine, view *playView) (rounds []*selfplay.Round, err error) {
	defer view.tellOnce(engine.Quit, "finishing the rounds that have begun; Ctrl-C again stops at once")()
	for round, err := range engine.Rounds(ctx, f.sources(), f.rounds) {
		if err != nil {
			return rounds, err
		}
		rounds = append(rounds, round)
		write := func() error { return writeLine(cmd, round) }
		if !f.json {
			write = nil
		}
		if err := view.round(round, write); err != nil {
			return rounds, err
		}
	}
	return rounds, nil
}

// ended says how a play ended.
func (f *playFlags) ended(ctx context.Context, rounds []*selfplay.Round, err error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	if _, ok := errors.AsType[*selfplay.OptionError](err); ok {
		return misuse{err}
	}
	if _, ok := errors.AsType[*store.ConfigError](err); ok {
		return misuse{err}
	}
	if _, ok := errors.AsType[*selfplay.ChangedError](err); ok {
		return misuse{err}
	}
	if none, ok := errors.AsType[*selfplay.NoSourceError](err); ok {
		return f.unplayable(none)
	}
	if err != nil {
		return err
	}
	if len(rounds) < f.rounds {
		return errStopped
	}
	return nil
}

// unplayable says whose fault it is that nothing could be played on: no is the
// answer where the tests say so; otherwise the caller's or the network's.
func (f *playFlags) unplayable(none *selfplay.NoSourceError) error {
	for _, reason := range none.Reasons {
		if _, ok := errors.AsType[*inject.UnplayableError](reason); ok {
			continue
		}
		if _, ok := errors.AsType[*sandbox.SetupError](reason); ok && f.setup == "" {
			return none // the default one fails for want of a network
		}
		return named(none)
	}
	return refusal{none}
}

// stopTwice turns two interrupts into two wishes: the first closes quit, which
// lets what has begun come to its end, the second ends the context. A third ends
// the program.
func stopTwice(parent context.Context) (ctx context.Context, quit <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	wishes, asked, done := make(chan os.Signal, 2), make(chan struct{}), make(chan struct{})
	signal.Notify(wishes, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(wishes)
		for n := range 2 {
			select {
			case <-wishes:
			case <-done:
				return
			}
			if n == 0 {
				close(asked)
			}
		}
		cancel()
	}()
	return ctx, asked, func() { close(done); cancel() }
}
