package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
	"github.com/selfplay-swe/ssr/verify"
	worklocal "github.com/selfplay-swe/ssr/work/local"
)

// defaultRepo is what is played on when nothing is named: a small real module.
const defaultRepo = "module:github.com/gorilla/mux@v1.8.1"

// playFlags are the flags of ssr play.
type playFlags struct {
	repos, strategies        []string
	rev, setup, cache        string
	uncommitted              bool
	rounds, attempts, budget int
	parallel, children       int
	seed                     uint64
	alpha, private           float64
	store, policy            string
	json                     bool
	verify                   verify.Options
}

func playCommand() *cobra.Command {
	var f playFlags
	cmd := &cobra.Command{
		Use:   "play [--repo SOURCE]...",
		Short: "Play the game on real repositories, with the built-in player",
		Long: `Play lets the built-in player, which has no model in it, make bugs in a repository and
repair them. In each round it makes a bug and states it by tests; a judge verifies it by
running it; then it tries to repair it, a number of times, and the share of tries that
succeed pays both sides.

Every step is kept before the next one begins. The same command goes on where an earlier
one was stopped or killed, and plays nothing twice. Ctrl-C once finishes the rounds that
have begun, twice stops at once; nothing that was played is lost by either.

Exit status: 0 played, 1 no repository could be played on, 2 used wrongly, 3 the machine
failed, 130 interrupted.`,
		Example: `  ssr play
  ssr play --repo module:github.com/spf13/cast@v1.10.0 --rounds 20 --strategy mutation
  ssr play --repo ~/src/one --repo https://github.com/gorilla/mux --seed 7 --store one.db
  ssr play --rounds 4 --json | jq '{bug, solved, counted, reward}'`,
		Args: noArguments,
	}
	f.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return f.play(cmd) }
	return cmd
}

func (f *playFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.repos, "repo", []string{defaultRepo}, "a repository, a `SOURCE`: folder, git URL, or module:PATH@VERSION;\nmay be given several times")
	flags.IntVar(&f.rounds, "rounds", 4, "`N` rounds in all; a play that is gone on with plays what is left of them")
	flags.IntVar(&f.attempts, "attempts", reward.DefaultAttempts, "`G` tries to repair each bug")
	flags.IntVar(&f.budget, "budget", baseline.DefaultBudget, "`N` candidates that one try may run the tests with")
	flags.StringSliceVar(&f.strategies, "strategy", []string{"mutation=4", "removal=1", "history=1"}, "`NAME` or NAME=WEIGHT of how bugs are made: mutation, removal, history, direct;\nmay be given several times")
	flags.Uint64Var(&f.seed, "seed", 1, "`N` that all chance comes from")
	flags.Float64Var(&f.alpha, "alpha", reward.DefaultAlpha, "`A`, what a bug costs that all or none repair, between 0 and 1")
	flags.IntVar(&f.children, "children", 1, "at most `N` failed tries on one bug become bugs of their own; 0 for none")
	flags.Float64Var(&f.private, "private", 0, "`SHARE` of the tests that a solver is not shown and that only score")
	flags.BoolVar(&f.verify.Perturb, "perturb", false, "refuse bugs whose tests feel a change of comments and blank lines")
	flags.IntVar(&f.parallel, "parallel", 0, "`N` rounds at the same time (default: as many as there are processors)")
	flags.StringVar(&f.store, "store", "", "`FILE` that keeps what is played (default: one for these flags in the user's data folder)")
	flags.StringVar(&f.policy, "policy", "", "`FILE` with the weights of the built-in player's choices")
	flags.BoolVar(&f.json, "json", false, "write one JSON object for each round, see docs/report.md")
	flags.StringVar(&f.rev, "rev", "", "the commit `REV` of git repositories (default HEAD)")
	flags.BoolVar(&f.uncommitted, "uncommitted", false, "take checkouts with their uncommitted changes")
	flags.StringVar(&f.setup, "setup", "", "shell `COMMAND`, run once with network, that installs what the tests need\n(default for Go: download modules and build the tests; otherwise nothing)")
	flags.StringVar(&f.cache, "cache", "", "`FOLDER` that keeps snapshots and runs (default: ssr in the user's cache folder)")
	registerRules(flags, &f.verify)
}

// play plays, shows what happens, and reports.
func (f *playFlags) play(cmd *cobra.Command) error {
	ctx, quit, stop := stopTwice(cmd.Context())
	defer stop()
	engine, err := f.engine(cmd.Flags())
	if err != nil {
		return err
	}
	kept, err := store.Open(f.store, store.Options{})
	if err != nil {
		return named(err)
	}
	defer kept.Close()
	engine.Archive, engine.Quit = kept, quit
	executor, err := worklocal.New(kept.DB(), engine.Kinds())
	if err != nil {
		return kept.Full(fmt.Errorf("%s: %w", f.store, err))
	}
	defer executor.Close()
	engine.Executor = executor
	return kept.Full(f.rounded(ctx, cmd, engine))
}

// refuse refuses what is impossible in words of the flags.
func (f *playFlags) refuse(flags *pflag.FlagSet) error {
	if err := cmp.Or(refuseZeros(flags, "children", "private"), refuseRules(f.verify)); err != nil {
		return err
	}
	if err := f.rule().Validate(); err != nil {
		return misuse{err}
	}
	return nil
}

func (f *playFlags) rule() reward.Rule { return reward.Rule{Alpha: f.alpha, Attempts: f.attempts} }

// engine makes the engine that the flags ask for. What is impossible is refused
// before anything is opened or made.
func (f *playFlags) engine(flags *pflag.FlagSet) (*selfplay.Engine, error) {
	if err := f.refuse(flags); err != nil {
		return nil, err
	}
	engine, err := f.players()
	if err != nil {
		return nil, err
	}
	if err := engine.Validate(f.sources(), f.rounds); err != nil {
		return nil, misuse{err}
	}
	if f.store == "" {
		f.store, err = f.defaultStore()
	}
	return engine, err
}

func (f *playFlags) players() (*selfplay.Engine, error) {
	provider, err := local.New(local.Options{})
	if err != nil {
		return nil, err
	}
	policy := baseline.DefaultPolicy()
	if f.policy != "" {
		if policy, err = baseline.LoadPolicy(f.policy); err != nil {
			return nil, misuse{err}
		}
	}
	strategies, err := weighted(f.strategies)
	if err != nil {
		return nil, err
	}
	return &selfplay.Engine{
		Provider:    provider,
		Injector:    &baseline.Injector{Policy: policy},
		Solver:      &baseline.Solver{Policy: policy, Budget: f.budget},
		Reward:      f.rule(),
		Verify:      f.verify,
		Attempts:    f.attempts,
		Strategies:  strategies,
		SecondOrder: selfplay.SecondOrder{Children: f.children},
		Private:     f.private,
		Seed:        f.seed,
		Parallel:    f.parallel,
		Cache:       f.cache,
	}, nil
}

// rounded plays the rounds and reports on them.
func (f *playFlags) rounded(ctx context.Context, cmd *cobra.Command, engine *selfplay.Engine) error {
	defer engine.Solver.(*baseline.Solver).Close()
	view := newPlayView(cmd.ErrOrStderr(), f.rounds, len(f.repos))
	engine.Progress, engine.Logger = view.event, view.logger()
	view.say("what is played is kept in " + f.store)
	go func() {
		<-engine.Quit
		view.say("finishing the rounds that have begun; Ctrl-C again stops at once, and the same command goes on")
	}()
	rounds, err := f.each(ctx, cmd, engine, view)
	view.Close()
	if !f.json && len(rounds) > 0 {
		if err := write(cmd, false, nil, func(p *page) { p.play(rounds, view.leftOut, f.rounds, f.store) }); err != nil {
			return err
		}
	}
	return f.ended(ctx, rounds, err)
}

// each plays, and writes each round as it comes where JSON is wanted.
func (f *playFlags) each(ctx context.Context, cmd *cobra.Command, engine *selfplay.Engine, view *playView) (rounds []*selfplay.Round, err error) {
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

func (f *playFlags) sources() (list []selfplay.Source) {
	for _, source := range f.repos {
		list = append(list, selfplay.Source{Repo: source, Rev: f.rev, Uncommitted: f.uncommitted, Setup: f.setup})
	}
	return list
}

// defaultStore names a file by everything that the play depends on, so that the
// same command finds its play again and another one does not.
func (f *playFlags) defaultStore() (string, error) {
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", misuse{fmt.Errorf("%w; name a file with --store", err)}
		}
		data = filepath.Join(home, ".local", "share")
	}
	text, err := json.Marshal([]any{f.sources(), f.attempts, f.budget, f.strategies, f.seed, f.alpha, f.children, f.private, f.parallel, f.policy, f.verify})
	if err != nil {
		return "", misuse{err}
	}
	sum := sha256.Sum256(text)
	dir := filepath.Join(data, "ssr")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return filepath.Join(dir, "play-"+hex.EncodeToString(sum[:4])+".db"), nil
}

// strategies are what the built-in player knows.
var strategies = []inject.Strategy{inject.Mutation, inject.Removal, inject.History, inject.Direct}

// weighted reads NAME and NAME=WEIGHT.
func weighted(names []string) (list []selfplay.WeightedStrategy, err error) {
	for _, text := range names {
		name, number, given := strings.Cut(text, "=")
		weight := 1.0
		if given {
			if weight, err = strconv.ParseFloat(number, 64); err != nil || !(weight > 0) {
				return nil, misuse{fmt.Errorf("--strategy is %q; the weight must be a number above zero, as in mutation=2", text)}
			}
		}
		if !slices.Contains(strategies, inject.Strategy(name)) {
			return nil, misuse{fmt.Errorf("--strategy is %q; it must be one of %v", text, strategies)}
		}
		list = append(list, selfplay.WeightedStrategy{Strategy: inject.Strategy(name), Weight: weight})
	}
	return list, nil
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
