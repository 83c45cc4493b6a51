package baseline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"sync"

	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/solve"
)

// DefaultBudget is how many trials an attempt has: enough for about half of the
// one-edit bugs, so that the attempts on one bug differ (baseline.md, Solver).
const DefaultBudget = 100

// A Solver repairs bugs without a language model. It localises the fault by the
// tests that fail, then tries small edits near it, drawn by its policy, until the
// tests pass or its budget is used up. It looks at nothing but its task.
//
// Attempts on one task share what is no matter of chance: which tests fail, what
// they cover, the candidates, a program with all of them, and what became of
// each. Each attempt draws and counts for itself. Its fields are set once; it is
// then safe for concurrent use, and Close ends what it keeps.
type Solver struct {
	Policy   *Policy // nil: DefaultPolicy
	Budget   int     // trials of one attempt; default DefaultBudget
	Parallel int     // trials of one task at one time; default GOMAXPROCS; no result depends on it

	mu       sync.Mutex
	problems []*problem // the last used first
}

// solveRecord is what an attempt tells of itself, for who learns from it.
type solveRecord struct {
	Version    string      `json:"version"` // "ssr.baseline.solve/1"
	Seed       uint64      `json:"seed,string"`
	Budget     int         `json:"budget"`
	Spent      int         `json:"spent"`
	Candidates int         `json:"candidates"`
	Failing    int         `json:"failing"` // tests, before
	Fixed      int         `json:"fixed"`   // of them, by what was handed in
	Edits      []drawnEdit `json:"edits"`   // what was handed in
	Note       string      `json:"note,omitempty"`
}

// A drawnEdit is an edit and how likely the policy was to draw it first of all.
type drawnEdit struct {
	mutate.Edit
	Features    Choice  `json:"features"`
	Probability float64 `json:"probability"`
}

// Solve makes one attempt (see [solve.Solver]).
func (s *Solver) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	p := s.borrow(d.Task)
	defer s.giveBack(p)
	if err := p.open(ctx, s); err != nil {
		return solve.Ending{}, err
	}
	record := solveRecord{Version: "ssr.baseline.solve/1", Seed: d.Seed, Budget: s.budget(),
		Candidates: len(p.candidates), Failing: len(p.wanted), Note: p.note}
	found, stop, err := s.search(ctx, p, d.Seed, &record)
	if err != nil {
		return solve.Ending{}, err
	}
	if err := p.writeTo(ctx, d.Box, found); err != nil {
		return solve.Ending{}, err
	}
	text, err := json.Marshal(record)
	return solve.Ending{Stop: stop, Record: text}, err
}

// search draws candidates and tries them, and returns what is to be handed in.
func (s *Solver) search(ctx context.Context, p *problem, seed uint64, record *solveRecord) ([]int, solve.Stop, error) {
	if len(p.candidates) == 0 || len(p.wanted) == 0 {
		return nil, solve.GaveUp, nil
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	search := &search{try: p.try, apart: p.apart, accept: p.passes, wanted: p.wanted, ends: p.ends, kept: p.kept, budget: s.budget(), parallel: s.parallel(),
		draw: func(fixed map[string]bool) []int {
			choices := p.choices(fixed)
			order := s.policy().Draw(rng, choices, len(choices))
			return slices.DeleteFunc(order, func(c int) bool { return slices.Contains(p.slow, c) })
		}}
	found, err := search.run(ctx)
	if err != nil {
		return nil, 0, err
	}
	stop := solve.Submitted
	if found == nil {
		found, stop = search.best(), solve.GaveUp
	}
	record.Spent, record.Fixed, record.Edits = search.spent, len(search.fixed()), p.drawn(s.policy(), found)
	return found, stop, nil
}

// writeTo leaves the edits in the sandbox of an attempt.
func (p *problem) writeTo(ctx context.Context, box sandbox.Sandbox, found []int) error {
	if len(found) == 0 {
		return nil
	}
	files, err := mutate.Apply(p.read, p.edits(found)...)
	if err != nil {
		return fmt.Errorf("solve: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		result, err := box.Run(ctx, sandbox.Cmd{Args: []string{"sh", "-c", `mkdir -p "$1" && cat >"$2"`, "sh", path.Dir(name), name}, Stdin: files[name]})
		if err != nil {
			return err
		}
		if !result.OK() {
			return fmt.Errorf("solve: write %s: %s", name, result.Errors)
		}
	}
	return nil
}

// drawn describes candidates for the record.
func (p *problem) drawn(policy *Policy, found []int) []drawnEdit {
	list := []drawnEdit{}
	choices := p.choices(nil)
	probabilities := policy.Probabilities(choices)
	for _, i := range found {
		list = append(list, drawnEdit{p.candidates[i], choices[i], probabilities[i]})
	}
	return list
}

// idleProblems is how many problems are kept although no attempt is at work on
// them: the next attempt on the same task may come soon.
const idleProblems = 2

// borrow returns what attempts on a task share.
func (s *Solver) borrow(task *solve.Task) *problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range s.problems {
		if p.task.Key == task.Key {
			s.problems = slices.Insert(slices.Delete(s.problems, i, i+1), 0, p)
			p.users++
			return p
		}
	}
	p := &problem{task: task, users: 1}
	s.problems = slices.Insert(s.problems, 0, p)
	return p
}

// giveBack ends an attempt's use of a problem, and closes those that were not
// used for longest.
func (s *Solver) giveBack(p *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.users--
	idle := 0
	s.problems = slices.DeleteFunc(s.problems, func(p *problem) bool {
		if p.users > 0 {
			return false
		}
		idle++
		if idle <= idleProblems {
			return false
		}
		p.close()
		return true
	})
}

// Close ends what is kept for further attempts. No attempt may be at work.
func (s *Solver) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.problems {
		errs = append(errs, p.close())
	}
	s.problems = nil
	return errors.Join(errs...)
}

func (s *Solver) budget() int   { return cmp.Or(s.Budget, DefaultBudget) }
func (s *Solver) parallel() int { return cmp.Or(s.Parallel, runtime.GOMAXPROCS(0)) }

func (s *Solver) policy() *Policy {
	if s.Policy == nil {
		return DefaultPolicy()
	}
	return s.Policy
}
