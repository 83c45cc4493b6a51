package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// newEngine makes an engine with the players that the flags name. Models are asked
// what they can do, and that is said.
func (f *playFlags) newEngine(cmd *cobra.Command) (*selfplay.Engine, error) {
	provider, err := local.New(local.Options{})
	if err != nil {
		return nil, err
	}
	e := &selfplay.Engine{
		Provider:    provider,
		Reward:      f.rule(),
		Verify:      f.verify,
		Attempts:    f.attempts,
		SecondOrder: selfplay.SecondOrder{Children: f.children},
		Private:     f.private,
		Seed:        f.seed,
		Parallel:    f.parallel,
		Cache:       f.cache,
	}
	injector, solver, err := f.models.seats()
	if err != nil {
		return nil, err
	}
	if e.Strategies, err = f.weights(injector); err != nil {
		return nil, err
	}
	e.Stages.Inject, e.Stages.Attempt = f.models.stage(injector), f.models.stage(solver)
	return e, f.sit(cmd, e, injector, solver)
}

// sit puts the players into the engine. One model that sits on both seats is asked
// once.
func (f *playFlags) sit(cmd *cobra.Command, e *selfplay.Engine, injector, solver seat) (err error) {
	policy := baseline.DefaultPolicy()
	if f.policy != "" {
		if policy, err = baseline.LoadPolicy(f.policy); err != nil {
			return misuse{err}
		}
	}
	e.Injector = &baseline.Injector{Policy: policy}
	e.Solver = &baseline.Solver{Policy: policy, Budget: f.budget}
	var m *model
	if injector.isModel() {
		who := injector.role
		if injector.same(solver) {
			who = "both roles"
		}
		if m, err = f.invite(cmd, injector, who); err != nil {
			return err
		}
		e.Injector = &inject.Agent{Loop: f.models.loop(m), Feedback: f.models.feedback, Judge: f.reporter(e)}
	}
	if !solver.isModel() {
		return nil
	}
	if m == nil || !solver.same(injector) {
		if m, err = f.invite(cmd, solver, solver.role); err != nil {
			return err
		}
	}
	e.Solver = &solve.Agent{Loop: f.models.loop(m)}
	return nil
}

// invite finds out what the model of a seat can do, and says it.
func (f *playFlags) invite(cmd *cobra.Command, s seat, who string) (*model, error) {
	m, err := s.invite(cmd.Context(), f.models.conversations)
	if err == nil {
		_, err = fmt.Fprintln(cmd.ErrOrStderr(), printable(m.line(who, &f.models)))
	}
	return m, err
}

// reporter judges for an injector that is shown what the judge says, as a person is
// shown it (see [page.check]). The runs are kept, so that what is judged twice, here
// and in its turn, is run once.
func (f *playFlags) reporter(e *selfplay.Engine) func(context.Context, *inject.Repository, bug.Files) (string, bool, error) {
	return func(ctx context.Context, r *inject.Repository, files bug.Files) (string, bool, error) {
		judge := &verify.Judge{Provider: e.Provider, RunDir: filepath.Join(r.Snapshot.Dir, "runs"), Options: f.verify}
		if r.Setup != nil {
			judge.Setup = r.Setup.Whole
		}
		report, err := verified(ctx, judge, r.Snapshot, files)
		if err != nil {
			return "", false, err
		}
		p := &page{}
		for _, check := range report.Checks {
			p.check(check)
		}
		return p.text.String(), report.Consistent, nil
	}
}

func verified(ctx context.Context, judge *verify.Judge, snapshot *repo.Snapshot, files bug.Files) (*verify.Report, error) {
	artifact, err := bug.Parse(files)
	if format, ok := errors.AsType[*bug.FormatError](err); ok {
		return verify.Refused(format), nil
	}
	if err != nil {
		return nil, err
	}
	return judge.Verify(ctx, snapshot, artifact)
}

// loops are those of the players that are models.
func loops(e *selfplay.Engine) (list []*agent.Loop) {
	if injector, ok := e.Injector.(*inject.Agent); ok {
		list = append(list, &injector.Loop)
	}
	if solver, ok := e.Solver.(*solve.Agent); ok {
		list = append(list, &solver.Loop)
	}
	return list
}

// end ends what players keep, when the executor has no step at work any more.
func end(e *selfplay.Engine) {
	if solver, ok := e.Solver.(io.Closer); ok {
		solver.Close()
	}
}

// builtInStrategies are what the built-in player knows.
var builtInStrategies = []inject.Strategy{inject.Mutation, inject.Removal, inject.History, inject.Direct}

// weights are the strategies that were asked for, or else those of the injector:
// the paper's for a model (rules, section 6).
func (f *playFlags) weights(injector seat) ([]selfplay.WeightedStrategy, error) {
	names, known := []string{"mutation=6", "removal=1", "history=1"}, builtInStrategies
	if injector.isModel() {
		names, known = []string{"removal=1", "history=1"}, (&inject.Agent{}).Strategies()
	}
	if f.strategies != nil {
		names = f.strategies
	}
	return weighted(names, known)
}

// weighted reads NAME and NAME=WEIGHT.
func weighted(names []string, strategies []inject.Strategy) (list []selfplay.WeightedStrategy, err error) {
	if len(names) == 0 {
		return nil, misuse{fmt.Errorf("--strategy is empty; it must be one of %v", strategies)}
	}
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
