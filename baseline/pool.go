package baseline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/sandbox"
)

// poolVersion changes whenever the same snapshot may give other pools.
const poolVersion = "6"

// How many candidates are tried for a field, once. From a hundred that break
// something come thousands of mixtures.
const (
	mostSmall   = 360
	mostRemoved = 120
	mostPast    = 120
	mostBuilt   = 10 // of those that need a build of their own

	// Tests run for one pool. Where a suite is so large that it bounds the pool,
	// fewest candidates are tried all the same.
	mostRuns = 1_000_000
	fewest   = 60
)

// A candidate is an edit that may be tried.
type candidate struct {
	mutate.Edit
	Commit string
}

// pool returns what was tried on a field: the candidates that break some of its
// tests, and not all, with what each breaks. It is made once for a snapshot and
// kept beside it, so that an assignment costs no trial. What is in it does not
// depend on any seed; which of it an injection takes, does.
func (g *ground) pool(ctx context.Context, f *field, strategy inject.Strategy, commit string) ([]*part, error) {
	kind := strategy
	if kind == inject.Direct {
		kind = inject.Mutation // the same edits, taken without care
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{poolVersion, g.environment(), string(f.script), string(kind), f.dir, commit}, "\x00")))
	key := hex.EncodeToString(sum[:8])
	return g.pools.take(ctx, key, func(ctx context.Context) ([]*part, error) {
		name := filepath.Join(g.repository.Snapshot.Dir, "trials-"+key+".json")
		return kept(ctx, name, func(ctx context.Context) ([]*part, error) {
			candidates, err := g.candidates(ctx, f, kind, commit)
			if err != nil || len(candidates) == 0 {
				return nil, err
			}
			return g.tryAll(ctx, f, candidates)
		})
	})
}

// candidates lists what is tried for a kind of bug, in a fixed order.
func (g *ground) candidates(ctx context.Context, f *field, kind inject.Strategy, commit string) ([]candidate, error) {
	switch kind {
	case inject.History:
		past, err := g.past(ctx, f, commit)
		return past[:min(len(past), mostPast)], err
	case inject.Removal:
		return g.edits(ctx, f, mostRemoved, removes)
	}
	return g.edits(ctx, f, mostSmall, func(operator string) bool { return !removes(operator) })
}

// edits picks edits that the tests of a field run: evenly over the files, since a
// bug needs two of them, and one of tables may have most functions (idna); then
// evenly over the functions of each; and among those of one function by what the
// default policy thinks of them.
func (g *ground) edits(ctx context.Context, f *field, most int, wanted func(operator string) bool) ([]candidate, error) {
	most = min(most, max(fewest, mostRuns/len(f.tests)))
	byFile := map[string]map[string][]mutate.Edit{} // and by function
	for _, dir := range g.dirs(f) {
		for e, err := range g.code.edits(ctx, dir) {
			if err != nil {
				return nil, err
			}
			if !wanted(e.Operator) || !g.possible(f, e) {
				continue
			}
			if byFile[e.File] == nil {
				byFile[e.File] = map[string][]mutate.Edit{}
			}
			byFile[e.File][e.Func] = append(byFile[e.File][e.Func], e)
		}
	}
	var files [][]mutate.Edit
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		files = append(files, ofFile(file, byFile[file]))
	}
	var list []candidate
	for _, e := range inTurn(files) {
		list = append(list, candidate{Edit: e})
	}
	return list[:min(len(list), most)], nil
}

// ofFile lists the edits of a file, the best of each function first.
func ofFile(file string, byFunc map[string][]mutate.Edit) []mutate.Edit {
	rng := rand.New(rand.NewPCG(1, salt(file)))
	prior := DefaultPolicy()
	var functions [][]mutate.Edit
	for _, name := range slices.Sorted(maps.Keys(byFunc)) {
		edits := byFunc[name]
		choices := make([]Choice, len(edits))
		for i, e := range edits {
			choices[i] = Choice{"inject/operator=" + e.Operator: 1}
		}
		ordered := make([]mutate.Edit, len(edits))
		for i, drawn := range prior.Draw(rng, choices, len(choices)) {
			ordered[i] = edits[drawn]
		}
		functions = append(functions, ordered)
	}
	return inTurn(functions)
}

// inTurn takes the first of each list, then the second of each, and so on until
// all are taken.
func inTurn[T any](lists [][]T) (all []T) {
	for round, before := 0, -1; before < len(all); round++ {
		before = len(all)
		for _, list := range lists {
			if round < len(list) {
				all = append(all, list[round])
			}
		}
	}
	return all
}

// dirs lists the folders of code that the tests of a field run, its own first.
func (g *ground) dirs(f *field) []string {
	lines := map[string]int{}
	for _, t := range f.groups {
		for at := range t.lines {
			if g.code.has(at.file) {
				lines[dirOf(at.file)]++
			}
		}
	}
	list := slices.SortedFunc(maps.Keys(lines), func(a, b string) int {
		return cmp.Or(far(a, f.dir)-far(b, f.dir), lines[b]-lines[a], strings.Compare(a, b))
	})
	return list[:min(len(list), 6)]
}

// possible says whether an edit may be part of a bug for a field: it changes one
// file, since an edit of two needs both undone together; a file that is code; and
// tests run it.
func (g *ground) possible(f *field, e mutate.Edit) bool {
	for _, c := range e.Changes {
		if c.File != e.File {
			return false
		}
	}
	return !steers(e.File) && len(f.watching(e)) > 0 && !g.missed(e)
}

// missed says whether a removed function may be missed when files are loaded.
// Python says only then, and it takes everything with it.
func (g *ground) missed(e mutate.Edit) bool {
	if g.code.python == nil || e.Operator != "function-remove" || strings.Contains(e.Func, ".") {
		return false
	}
	for file, source := range g.code.python.Sources {
		if file != e.File && mentions(source, e.Func) > 0 {
			return true
		}
	}
	return false
}

// tryAll tries candidates, each alone, with the tests that run it.
func (g *ground) tryAll(ctx context.Context, f *field, candidates []candidate) ([]*part, error) {
	edits := make([]mutate.Edit, len(candidates))
	for i, c := range candidates {
		edits[i] = c.Edit
	}
	bench, err := trial.Open(ctx, g.subject, g.seen, edits, trial.Options{})
	if err != nil {
		return nil, err
	}
	defer bench.Close()
	left, without := bench.Left(), bench.Without()
	parts := make([]*part, len(candidates))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range candidates {
		if at := slices.Index(left, i); at >= mostBuilt || at >= 0 && c.Commit == "" && !removes(c.Operator) {
			continue
		}
		group.Go(func() error {
			broken, err := f.tryOne(ctx, bench, i, c.Edit, without)
			if len(broken) > 0 {
				parts[i] = &part{Edit: c.Edit, Commit: c.Commit, Broken: broken}
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("inject: try edits: %w", err)
	}
	return slices.DeleteFunc(parts, func(p *part) bool { return p == nil || len(p.Broken) == len(f.tests) }), nil
}

// tryOne lists the tests that an edit breaks; none if they did not come to an
// end, since what a crash takes with it says little about a mixture.
func (f *field) tryOne(ctx context.Context, bench trial.Bench, i int, e mutate.Edit, without []string) ([]int, error) {
	asked := testsOf(f.watching(e))
	outcome, err := bench.Try(ctx, trial.Try{Candidates: []int{i}, Tests: asked})
	if err != nil || !outcome.Ended {
		return nil, err
	}
	var broken []int
	for _, id := range asked {
		_, passed := slices.BinarySearch(outcome.Passed, id)
		if _, unknown := slices.BinarySearch(without, id); !passed && !unknown {
			broken = append(broken, f.index[id])
		}
	}
	return broken, nil
}

// environment names what the outcome of a trial depends on besides the snapshot.
func (g *ground) environment() string {
	key := ""
	if g.subject.Setup != nil {
		key = g.subject.Setup.Key
	}
	return fmt.Sprintf("%s %s %s %+v", g.seen.Framework, sandbox.Identity(g.subject.Provider), key, g.subject.Limits)
}
