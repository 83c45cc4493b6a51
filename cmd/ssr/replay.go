package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/store"
)

// replayFlags name a trajectory of a store, by numbers as reports show them: from 1.
type replayFlags struct {
	store, cache          string
	round, attempt, child int
	json                  bool
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay --store FILE --round N",
		Short: "Do again what a model did in a stored round, and say what differs",
		Long: `Replay takes a conversation of a model from a store, does its actions again in a fresh
sandbox like the one that it was had in, and shows where the observations are others than
they were. No model is asked. Times that tests print differ each time; where more does, the
repository or its tests are not the same from run to run, or this machine is not the one
that it was.

Exit status: 0 nothing differs, 1 something does, 2 used wrongly, 3 the machine failed.`,
		Example: `  ssr replay --store play.db --round 3
  ssr replay --store play.db --round 3 --attempt 2
  ssr replay --store play.db --round 3 --child 2 --attempt 1 --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.replay(cmd) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.store, "store", "", "the `FILE` that keeps the play (required)")
	flags.IntVar(&f.round, "round", 0, "round `N` of the play, from 1 (required)")
	flags.IntVar(&f.attempt, "attempt", 0, "attempt `K` at the round's bug, from 1 (default: the making of the bug)")
	flags.IntVar(&f.child, "child", 0, "the attempt is one at the bug that attempt `J` left")
	flags.StringVar(&f.cache, "cache", "", "`FOLDER` that keeps snapshots and runs (default: ssr in the user's cache folder)")
	flags.BoolVar(&f.json, "json", false, "write the report as JSON, see docs/report.md")
	return cmd
}

// A replay is the report of ssr replay.
type replay struct {
	Version     string       `json:"version"` // "ssr.replay/1"
	Trajectory  string       `json:"trajectory"`
	Steps       int          `json:"steps"`
	Differences []difference `json:"differences"`
}

// A difference is an observation that is another one now.
type difference struct {
	Step    int    `json:"step"` // from 0
	Call    string `json:"call"` // what was called
	Was     string `json:"was"`
	Is      string `json:"is"`
	Numbers bool   `json:"numbers"` // nothing but numbers differs, such as times
}

func (f *replayFlags) refuse(cmd *cobra.Command) error {
	for _, name := range []string{"round", "attempt", "child"} {
		if flag := cmd.Flags().Lookup(name); flag.Changed && (flag.Value.String() == "0" || strings.HasPrefix(flag.Value.String(), "-")) {
			return misuse{fmt.Errorf("--%s is %s; it must be a number from 1, as ssr play shows them", name, flag.Value)}
		}
	}
	switch {
	case f.store == "":
		return misuse{errors.New("--store is missing: name the file that keeps the play")}
	case f.round == 0:
		return misuse{errors.New("--round is missing: name a round by its number in the play's table, from 1")}
	case f.child > 0 && f.attempt == 0:
		return misuse{errors.New("--child is given without --attempt: name the attempt at that bug, too")}
	}
	return nil
}

// replay replays, and reports.
func (f *replayFlags) replay(cmd *cobra.Command) error {
	if err := f.refuse(cmd); err != nil {
		return err
	}
	kept, err := store.Open(f.store, store.Options{ReadOnly: true})
	if err != nil {
		return named(err)
	}
	defer kept.Close()
	report, err := f.compare(cmd.Context(), kept)
	if err != nil {
		return err
	}
	if err := write(cmd, f.json, report, func(p *page) { p.replay(report) }); err != nil {
		return err
	}
	return yes(len(report.Differences) == 0)
}

// compare does a trajectory again.
func (f *replayFlags) compare(ctx context.Context, kept *store.Store) (*replay, error) {
	config, err := kept.Config(ctx)
	if err == nil && config == nil {
		err = misuse{fmt.Errorf("%s: it holds no play", f.store)}
	}
	if err != nil {
		return nil, err
	}
	round, err := f.find(ctx, kept)
	if err != nil {
		return nil, err
	}
	t, err := f.trajectory(ctx, kept, round)
	if err != nil {
		return nil, err
	}
	provider, err := local.New(local.Options{})
	if err != nil {
		return nil, err
	}
	engine := &selfplay.Engine{Provider: provider, Archive: kept, Cache: f.cache,
		Verify: config.Verify, Private: config.Private, Strategies: config.Strategies}
	found, err := f.again(ctx, engine, config.Sources, round, t)
	return newReplay(t, found), err
}

// again does a trajectory again in a sandbox like its own.
func (f *replayFlags) again(ctx context.Context, e *selfplay.Engine, sources []selfplay.Source, r *selfplay.Round, t *agent.Trajectory) ([]agent.Difference, error) {
	if f.attempt == 0 {
		repository, err := e.Repository(ctx, sources, r)
		if err != nil {
			return nil, changed(err)
		}
		return (&inject.Agent{}).Replay(ctx, inject.Assignment{Repository: repository, Strategy: r.Strategy, Target: r.Target, Seed: r.Seed}, t)
	}
	task, err := e.Task(ctx, sources, r, f.child)
	if err != nil {
		return nil, changed(err)
	}
	return (&solve.Agent{}).Replay(ctx, task, t)
}

// changed says whose fault it is that what was played on is not there any more.
func changed(err error) error {
	if _, ok := errors.AsType[*selfplay.ChangedError](err); ok {
		return misuse{err}
	}
	return named(err)
}
