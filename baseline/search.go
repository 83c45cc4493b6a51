package baseline

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/selfplay-swe/ssr/baseline/trial"
)

// A search looks for candidates that, applied together, make every wanted test
// pass and keep the others passing. Candidates are tried alone; one that makes
// some wanted test pass and breaks nothing joins what was found before, and what
// is drawn from then on is drawn for the tests that still fail. That finds repairs
// of several edits as long as each shows alone, which the judge asks of bugs: no
// file of one may be there in vain (rules, section 2, check 7).
type search struct {
	draw     func(fixed map[string]bool) []int // all candidates in the order of a draw, made for the tests that are not fixed
	try      func(ctx context.Context, t trial.Try) (trial.Outcome, error)
	apart    func(a, b int) bool // whether two candidates can be applied together
	accept   func(ctx context.Context, repair []int) (bool, error)
	wanted   []string // tests that fail now
	ends     bool     // they come to their end, though they fail: a repair that ends that is none
	kept     []string // tests that pass now
	budget   int      // trials
	parallel int      // trials at one time; the result does not depend on it

	beam  []*state // partial repairs, the best first
	tried map[int]bool
	spent int
}

// A state is a partial repair.
type state struct {
	candidates []int // in the order they joined
	fixed      map[string]bool
}

// beamWidth is how many partial repairs are held at one time: where the first
// plausible edit for a test is a wrong one, another has to be there still.
const beamWidth = 6

// run tries candidates until accept takes a repair of everything, and returns it;
// otherwise nil when the budget or the candidates are used up.
func (s *search) run(ctx context.Context) ([]int, error) {
	s.tried = map[int]bool{}
	for s.spent < s.budget {
		order := slices.DeleteFunc(s.draw(s.fixed()), func(c int) bool { return s.tried[c] })
		if len(order) == 0 {
			return nil, nil
		}
		repair, err := s.follow(ctx, order)
		if repair != nil || err != nil {
			return repair, err
		}
	}
	return nil, nil
}

// follow tries candidates in order until the best partial repair has grown.
func (s *search) follow(ctx context.Context, order []int) ([]int, error) {
	before := len(s.fixed())
	for len(order) > 0 {
		n := min(s.parallel, len(order))
		alone, err := s.alone(ctx, order[:n])
		if err != nil {
			return nil, err
		}
		for i, c := range order[:n] {
			if s.spent >= s.budget || len(s.fixed()) > before {
				return nil, nil // what was tried beside it does not count
			}
			repair, err := s.take(ctx, c, alone[i])
			if repair != nil || err != nil {
				return repair, err
			}
		}
		order = order[n:]
	}
	return nil, nil
}

// take counts the trial of a candidate and offers what is whole with it.
func (s *search) take(ctx context.Context, c int, fixed map[string]bool) ([]int, error) {
	s.spent++
	s.tried[c] = true
	whole, err := s.join(ctx, c, fixed)
	if err != nil {
		return nil, err
	}
	for _, repair := range whole {
		if ok, err := s.accept(ctx, repair); ok || err != nil {
			return repair, err
		}
	}
	return nil, nil
}

// alone tries candidates one by one, side by side.
func (s *search) alone(ctx context.Context, candidates []int) ([]map[string]bool, error) {
	fixed := make([]map[string]bool, len(candidates))
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range candidates {
		group.Go(func() (err error) {
			fixed[i], err = s.fixes(ctx, []int{c})
			return err
		})
	}
	return fixed, group.Wait()
}

// fixes says which wanted tests pass with some candidates; none when they break
// what passed.
func (s *search) fixes(ctx context.Context, candidates []int) (map[string]bool, error) {
	outcome, err := s.try(ctx, trial.Try{Candidates: candidates, Tests: s.wanted})
	if err != nil || len(outcome.Passed) == 0 || s.ends && !outcome.Ended {
		return nil, err
	}
	fixed := map[string]bool{}
	for _, id := range s.wanted {
		if _, ok := slices.BinarySearch(outcome.Passed, id); ok {
			fixed[id] = true
		}
	}
	if len(fixed) == 0 || len(s.kept) == 0 {
		return fixed, nil
	}
	rest, err := s.try(ctx, trial.Try{Candidates: candidates, Tests: s.kept, Early: true})
	if err != nil || !rest.Ended || len(rest.Failed) > 0 {
		return nil, err
	}
	return fixed, nil
}

// join lets a candidate that fixes something join the partial repairs, and
// returns those that are whole then, the smallest first.
func (s *search) join(ctx context.Context, c int, fixed map[string]bool) (whole [][]int, err error) {
	if len(fixed) == 0 {
		return nil, nil
	}
	grown := []*state{{[]int{c}, fixed}}
	for _, partial := range s.beam {
		if !s.helps(partial, c, fixed) || s.spent >= s.budget {
			continue
		}
		s.spent++
		together := append(slices.Clone(partial.candidates), c)
		both, err := s.fixes(ctx, together)
		if err != nil {
			return nil, err
		}
		if len(both) > len(partial.fixed) {
			grown = append(grown, &state{together, both})
		}
	}
	for _, partial := range grown {
		if len(partial.fixed) == len(s.wanted) {
			whole = append(whole, partial.candidates)
		}
	}
	s.beam = append(s.beam, grown...)
	slices.SortStableFunc(s.beam, func(a, b *state) int {
		return cmp.Or(cmp.Compare(len(b.fixed), len(a.fixed)), cmp.Compare(len(a.candidates), len(b.candidates)))
	})
	s.beam = s.diverse()
	slices.SortStableFunc(whole, func(a, b []int) int { return cmp.Compare(len(a), len(b)) })
	return whole, nil
}

// helps says whether a candidate may bring something to a partial repair.
func (s *search) helps(partial *state, c int, fixed map[string]bool) bool {
	for _, other := range partial.candidates {
		if other == c || !s.apart(other, c) {
			return false
		}
	}
	for id := range fixed {
		if !partial.fixed[id] {
			return true
		}
	}
	return false
}

// diverse keeps the best partial repairs, and of those that fix the same tests
// only two: many edits near one place do the same.
func (s *search) diverse() (kept []*state) {
	for _, partial := range s.beam {
		alike := 0
		for _, other := range kept {
			if maps.Equal(other.fixed, partial.fixed) {
				alike++
			}
		}
		if alike < 2 && len(kept) < beamWidth {
			kept = append(kept, partial)
		}
	}
	return kept
}

// best is the partial repair that fixes most; nil: none fixes anything.
func (s *search) best() []int {
	if len(s.beam) == 0 {
		return nil
	}
	return s.beam[0].candidates
}

// fixed lists the wanted tests that the best partial repair fixes.
func (s *search) fixed() map[string]bool {
	if len(s.beam) == 0 {
		return nil
	}
	return s.beam[0].fixed
}
