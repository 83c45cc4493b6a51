package baseline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/suite"
)

// A problem is what all attempts on one task share. It is a function of the task.
type problem struct {
	task  *solve.Task
	users int // attempts at work; guarded by the Solver

	mu   sync.Mutex // held while it is opened
	done bool

	tree       *repo.Tree // the task's, with the tests of its specification
	subject    survey.Subject
	seen       *survey.Survey
	wanted     []string // ids of tests that fail; sorted
	kept       []string // ids of tests that pass; sorted
	ends       bool     // the wanted tests come to their end
	repairs    []repair
	candidates []mutate.Edit // of the repairs
	bench      trial.Bench
	slow       []int  // candidates that need a build each: a budget of trials is not meant for them
	note       string // why nothing can be tried

	trials  shelf[trial.Outcome]
	verdict shelf[bool]
	runner  suite.Runner
}

// mostCandidates bounds the program that holds the candidates.
const mostCandidates = 800

// open makes a problem ready; whoever comes while it is being made waits, and
// tries again where that failed.
func (p *problem) open(ctx context.Context, s *Solver) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		return nil
	}
	err := p.prepare(ctx, s)
	if unplayable, ok := errors.AsType[*inject.UnplayableError](err); ok {
		p.note, err = unplayable.Error(), nil // the bug's doing: nothing compiles
	}
	p.done = err == nil
	return err
}

func (p *problem) prepare(ctx context.Context, s *Solver) error {
	if err := p.lookAtTests(ctx); err != nil {
		return err
	}
	code, err := openCode(ctx, p.subject, p.seen.Framework)
	if err != nil {
		return err
	}
	if err := p.findCandidates(ctx, code, s.policy()); err != nil || len(p.candidates) == 0 {
		return err
	}
	if p.bench, err = trial.Open(ctx, p.subject, p.seen, p.candidates, trial.Options{Parallel: s.parallel()}); err != nil {
		return err
	}
	p.slow = p.bench.Left()
	p.without(p.bench.Without())
	now, err := p.bench.Try(ctx, trial.Try{Tests: p.wanted})
	p.ends = now.Ended
	return err
}

// lookAtTests runs the tests as the specification wants them.
func (p *problem) lookAtTests(ctx context.Context) error {
	specification, err := bug.ParsePatch(p.task.Specification)
	if err != nil {
		return fmt.Errorf("solve: specification: %w", err)
	}
	if p.tree, err = specification.Apply(p.task.Tree); err != nil {
		return fmt.Errorf("solve: specification: %w", err)
	}
	p.subject = survey.Subject{Tree: p.tree, Provider: p.task.Provider, Setup: p.task.Setup, Limits: p.task.Limits}
	p.runner = suite.Runner{Provider: p.task.Provider, Setup: p.task.Setup, Limits: p.task.Limits}
	if p.seen, err = survey.Take(ctx, p.subject, survey.Options{Coverage: true, AllowFailing: true, Once: true}); err != nil {
		return err
	}
	for _, t := range p.seen.Tests {
		switch t.Status {
		case suite.Passed:
			p.kept = append(p.kept, t.ID)
		case suite.Skipped:
		default:
			p.wanted = append(p.wanted, t.ID)
		}
	}
	return nil
}

// findCandidates collects the edits in places that failing tests run.
func (p *problem) findCandidates(ctx context.Context, code *code, policy *Policy) error {
	spectrum := p.spectrum(nil)
	suspects := slices.DeleteFunc(slices.Clone(code.functions), func(f mutate.Function) bool {
		return steers(f.File) || !spectrum.reaches(f.File, f.First, f.Last)
	})
	repairs, err := code.repairs(ctx, suspects)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	p.repairs = slices.DeleteFunc(repairs, func(r repair) bool {
		key := r.Key()
		out := known[key] || spectrum.ochiai(r.File, r.Line) == 0
		known[key] = true
		return out
	})
	p.repairs = best(policy, p.repairs, p.choices(nil))
	for _, r := range p.repairs {
		p.candidates = append(p.candidates, r.Edit)
	}
	return nil
}

// best takes the repairs that the policy is most likely to draw: what it would
// hardly ever draw is not worth being compiled.
func best(policy *Policy, repairs []repair, choices []Choice) []repair {
	scores, order := make([]float64, len(choices)), make([]int, len(choices))
	for i, choice := range choices {
		scores[i], order[i] = policy.score(choice), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var taken []repair
	for _, i := range order[:min(len(order), mostCandidates)] {
		taken = append(taken, repairs[i])
	}
	return taken
}

// spectrum is that of the wanted tests which are not fixed.
func (p *problem) spectrum(fixed map[string]bool) *spectrum {
	failing := map[string]bool{}
	for _, id := range p.wanted {
		if !fixed[id] {
			failing[id] = true
		}
	}
	return newSpectrum(p.seen, failing)
}

// choices describes the candidates to the policy, as they look when some wanted
// tests are fixed. A place that no failing test runs any more is as good as
// excluded.
func (p *problem) choices(fixed map[string]bool) []Choice {
	spectrum := p.spectrum(fixed)
	list := make([]Choice, len(p.repairs))
	for i, r := range p.repairs {
		list[i] = Choice{
			"solve/operator=" + r.Operator: 1,
			"solve/log-suspicion":          math.Log(max(spectrum.ochiai(r.File, r.Line), 1e-4)),
			"solve/log-share":              math.Log(max(spectrum.share(r.File, r.Line), 1e-4)),
			"solve/log-rank":               math.Log(float64(1 + r.rank)),
		}
	}
	return list
}

// without leaves tests out that the bench cannot run.
func (p *problem) without(ids []string) {
	left := func(id string) bool { _, ok := slices.BinarySearch(ids, id); return ok }
	p.wanted = slices.DeleteFunc(p.wanted, left)
	p.kept = slices.DeleteFunc(p.kept, left)
}

// try makes a trial, once for all attempts.
func (p *problem) try(ctx context.Context, t trial.Try) (trial.Outcome, error) {
	kind := "wanted"
	if t.Early {
		kind = "kept"
	}
	return p.trials.take(ctx, fmt.Sprint(kind, t.Candidates), func(ctx context.Context) (trial.Outcome, error) { return p.bench.Try(ctx, t) })
}

// apart says whether two candidates can be applied together.
func (p *problem) apart(a, b int) bool {
	x, y := p.candidates[a], p.candidates[b]
	return x.File != y.File || x.Func != y.Func
}

// passes says whether the real tests pass on the tree with the real edits: the
// word of a program in which candidates are switched is not enough. Attempts come
// to one tree in many ways, by other edits too, and it is run once.
func (p *problem) passes(ctx context.Context, found []int) (bool, error) {
	tree, err := p.edited(found)
	if err != nil {
		return false, err
	}
	return p.verdict.take(ctx, tree.Key(), func(ctx context.Context) (bool, error) {
		run, err := p.runner.Run(ctx, suite.Request{Tree: tree, Suite: suite.Suite{
			Script: survey.Script(p.seen.Framework, p.seen.Tests), Parser: survey.Parser(p.seen.Framework),
		}})
		if err != nil || run.Problem != nil {
			return false, err
		}
		missing := func(id string) bool { return run.Results[id] != suite.Passed }
		return !slices.ContainsFunc(p.wanted, missing) && !slices.ContainsFunc(p.kept, missing), nil
	})
}

func (p *problem) edited(found []int) (*repo.Tree, error) {
	files, err := mutate.Apply(p.read, p.edits(found)...)
	if err != nil {
		return nil, fmt.Errorf("solve: %w", err)
	}
	changes := map[string]*repo.File{}
	for name, data := range files {
		mode, _ := p.tree.Mode(name)
		changes[name] = &repo.File{Mode: cmp.Or(mode, repo.Regular), Data: data}
	}
	return p.tree.With(changes)
}

func (p *problem) edits(found []int) (list []mutate.Edit) {
	for _, i := range found {
		list = append(list, p.candidates[i])
	}
	return list
}

func (p *problem) read(name string) ([]byte, error) {
	file, err := p.tree.Read(name)
	return file.Data, err
}

func (p *problem) close() error {
	if p.bench == nil {
		return nil
	}
	return p.bench.Close()
}
