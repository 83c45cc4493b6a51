package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
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
	models                   modelFlags
}

func playCommand() *cobra.Command {
	var f playFlags
	cmd := &cobra.Command{
		Use:   "play [--repo SOURCE]...",
		Short: "Play the game on real repositories, with the built-in player or with models",
		Long: `Play lets a player make bugs in a repository and repair them: the built-in one, which has no
model in it, or language models behind an --endpoint (docs/models.md). In each round it makes
a bug and states it by tests; a judge verifies it by running it; then it tries to repair it,
a number of times, and the share of tries that succeed pays both sides.

Every step is kept before the next one begins. The same command goes on where an earlier
one was stopped or killed, and plays nothing twice. Ctrl-C once finishes the rounds that
have begun, twice stops at once; nothing that was played is lost by either.

Exit status: 0 played, 1 no repository could be played on, 2 used wrongly, 3 the machine
failed, 130 interrupted.`,
		Example: `  ssr play
  ssr play --repo module:github.com/spf13/cast@v1.10.0 --rounds 20 --strategy mutation
  ssr play --repo ~/src/one --repo https://github.com/gorilla/mux --seed 7 --store one.db
  ssr play --endpoint http://localhost:8000/v1 --rounds 100
  ssr play --solver-model qwen@http://localhost:8000/v1 --injector-model built-in
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
	flags.StringSliceVar(&f.strategies, "strategy", nil, "`NAME` or NAME=WEIGHT of how bugs are made: mutation (the built-in player's), removal,\nhistory, direct; may be given several times (default: mutation=6,removal=1,history=1,\nand removal=1,history=1 for a model)")
	flags.Uint64Var(&f.seed, "seed", 1, "`N` that all chance comes from")
	flags.Float64Var(&f.alpha, "alpha", reward.DefaultAlpha, "`A`, what a bug costs that all or none repair, between 0 and 1")
	flags.IntVar(&f.children, "children", 1, "at most `N` failed tries on one bug become bugs of their own; 0 for none")
	flags.Float64Var(&f.private, "private", 0, "`SHARE` of the tests that a solver is not shown and that only score")
	flags.BoolVar(&f.verify.Perturb, "perturb", false, "refuse bugs whose tests feel a change of comments and blank lines")
	flags.IntVar(&f.parallel, "parallel", 0, "`N` rounds at the same time (default: as many as there are processors); with another N another\ngame is played")
	flags.StringVar(&f.store, "store", "", "`FILE` that keeps what is played (default: one for these flags in the user's data folder)")
	flags.StringVar(&f.policy, "policy", "", "`FILE` with the weights of the built-in player's choices")
	f.models.register(flags)
	flags.BoolVar(&f.json, "json", false, "write one JSON object for each round, see docs/report.md")
	flags.StringVar(&f.rev, "rev", "", "the commit `REV` of git repositories (default HEAD)")
	flags.BoolVar(&f.uncommitted, "uncommitted", false, "take checkouts with their uncommitted changes")
	flags.StringVar(&f.setup, "setup", "", "shell `COMMAND`, run once with network, that installs what the tests need\n(default for Go: download modules and build the tests; otherwise nothing)")
	flags.StringVar(&f.cache, "cache", "", "`FOLDER` that keeps snapshots and runs (default: ssr in the user's cache folder)")
	registerRules(flags, &f.verify)
}

// refuse refuses what is impossible in words of the flags.
func (f *playFlags) refuse(flags *pflag.FlagSet) error {
	if err := cmp.Or(refuseZeros(flags, "children", "private", "temperature", "feedback"), refuseRules(f.verify), f.models.refuse(flags)); err != nil {
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
func (f *playFlags) engine(cmd *cobra.Command) (*selfplay.Engine, error) {
	if err := f.refuse(cmd.Flags()); err != nil {
		return nil, err
	}
	engine, err := f.newEngine(cmd)
	if err != nil {
		return nil, err
	}
	if err := engine.Validate(f.sources(), f.rounds); err != nil {
		return nil, misuse{err}
	}
	if f.store == "" {
		f.store, err = f.defaultStore(engine)
	}
	return engine, err
}

func (f *playFlags) sources() (list []selfplay.Source) {
	for _, source := range f.repos {
		list = append(list, selfplay.Source{Repo: source, Rev: f.rev, Uncommitted: f.uncommitted, Setup: f.setup})
	}
	return list
}

// defaultStore names a file by everything that the play depends on, so that the
// same command finds its play again and another one does not.
func (f *playFlags) defaultStore(e *selfplay.Engine) (string, error) {
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", misuse{fmt.Errorf("%w; name a file with --store", err)}
		}
		data = filepath.Join(home, ".local", "share")
	}
	text, err := json.Marshal([]any{f.places(), selfplay.Identity(e.Injector), selfplay.Identity(e.Solver), f.attempts, e.Strategies, f.seed, f.alpha, f.children, f.private, f.parallel, f.verify})
	if err != nil {
		return "", misuse{err}
	}
	sum := sha256.Sum256(text)
	dir := filepath.Join(data, "ssr")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", named(fmt.Errorf("make a folder for the store: %w; name a file with --store", err))
	}
	return filepath.Join(dir, "play-"+hex.EncodeToString(sum[:4])+".db"), nil
}

// places are the sources, with folders as they are called from everywhere: "." is
// another one in each.
func (f *playFlags) places() []selfplay.Source {
	list := f.sources()
	for i, source := range list {
		if info, err := os.Stat(source.Repo); err != nil || !info.IsDir() {
			continue
		}
		if dir, err := filepath.Abs(source.Repo); err == nil {
			list[i].Repo = dir
		}
	}
	return list
}
