package baseline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
	"github.com/selfplay-swe/ssr/verify"
)

// An Injector makes bugs out of edits whose effect it has seen: small ones
// (mutation), functions taken out (removal), functions as they once were
// (history), and small ones taken as they come (direct, the ablation).
//
// What depends on the snapshot alone is made once and kept beside it: the survey,
// and for every folder of code that is aimed at, which tests watch over it and
// what each of some hundreds of edits breaks of them, all tried in one program
// (package trial). An assignment then only draws: a first edit at its target, and
// others in other files until every file breaks a test that no other file breaks,
// since the judge undoes each file alone (rules, section 2, check 7). What was
// drawn is checked with the real edits by the real script, in runs that the judge
// can read back.
//
// Left out: edits that change several files, which no undoing of one file can
// repair; and edits with which the tests crash, since what a crash takes with it
// says nothing about a mixture. Its fields are set once; it is then safe for
// concurrent use.
type Injector struct {
	Policy *Policy // nil: DefaultPolicy
	RunDir string  // where runs of suites are kept; "": beside the snapshot, in the folder of the engine's judge, so that what is checked here is not run again there

	grounds shelf[*ground]
}

var (
	_ inject.Injector = (*Injector)(nil)
	_ inject.Preparer = (*Injector)(nil)
	_ inject.Targeter = (*Injector)(nil)
	_ inject.Noter    = (*Injector)(nil)
)

// mostDrafts is how many bugs are put together and checked before the injector
// gives up.
const mostDrafts = 6

// Prepare surveys the repository, once, and reads its past if history may be asked
// for.
func (i *Injector) Prepare(ctx context.Context, r *inject.Repository) error {
	g, err := i.ground(ctx, r)
	if err == nil && (r.Strategies == nil || slices.Contains(r.Strategies, inject.History)) {
		_, err = g.pasts(ctx)
	}
	return err
}

// Notes says which tests are left out, and why.
func (i *Injector) Notes(ctx context.Context, r *inject.Repository) ([]string, error) {
	g, err := i.ground(ctx, r)
	if err != nil {
		return nil, err
	}
	return g.seen.Notes, nil
}

// Targets lists the functions that passing tests run.
func (i *Injector) Targets(ctx context.Context, r *inject.Repository) ([]inject.Target, error) {
	g, err := i.ground(ctx, r)
	if err != nil {
		return nil, err
	}
	return g.targets(), nil
}

// Inject makes a bug at or near the target, and checks it as the judge will.
// Where none can be made it hands in empty files, and the Record says why.
func (i *Injector) Inject(ctx context.Context, a inject.Assignment) (*inject.Injection, error) {
	if !slices.Contains([]inject.Strategy{inject.Mutation, inject.Removal, inject.History, inject.Direct}, a.Strategy) {
		return nil, fmt.Errorf("inject: the strategy is %q; mutation, removal, history and direct are known", a.Strategy)
	}
	g, err := i.ground(ctx, a.Repository)
	if err != nil {
		return nil, err
	}
	a.Minima = complete(a.Minima)
	record := &Record{Version: RecordVersion, Strategy: a.Strategy, Target: a.Target}
	files, err := i.make(ctx, g, a, record)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("inject: record: %w", err)
	}
	return &inject.Injection{Files: files, Record: text, Ending: record.Problem}, nil
}

func (i *Injector) make(ctx context.Context, g *ground, a inject.Assignment, record *Record) (bug.Files, error) {
	rng := rand.New(rand.NewPCG(a.Seed, salt(string(a.Strategy))))
	aim, problem := g.aim(rng, a.Target)
	if record.Aim, record.Problem = aim, problem; problem != "" {
		return bug.Files{}, nil
	}
	f, err := g.field(ctx, dirOf(aim.File), a.Minima)
	if err != nil {
		return bug.Files{}, err
	}
	parts, err := g.pool(ctx, f, a.Strategy, a.Target.Commit)
	if err != nil {
		return bug.Files{}, err
	}
	record.Tests, record.Candidates = len(f.tests), len(parts)
	d := &drawer{ground: g, field: f, policy: i.policy(a.Strategy), rng: rng, aim: aim, parts: parts, minima: a.Minima, wanted: wanted(a.Strategy)}
	files, err := i.drafts(ctx, d, record)
	if err != nil || record.Problem == "" || a.Strategy != inject.History {
		return files, err
	}
	return i.filled(ctx, d, record, parts)
}

// filled makes a bug for which the past alone is not enough: what the past gives
// comes first, and small edits fill it up. Where there is no past, as in a folder
// without history, or none that breaks a test, all of it is small edits; the record's
// parts say so.
func (i *Injector) filled(ctx context.Context, d *drawer, record *Record, past []*part) (bug.Files, error) {
	small, err := d.ground.pool(ctx, d.field, inject.Mutation, "")
	if err != nil {
		return bug.Files{}, err
	}
	d.parts, d.first, record.Problem = slices.Concat(past, small), past, ""
	record.Candidates = len(d.parts)
	return i.drafts(ctx, d, record)
}

// drafts draws mixtures until one is proven.
func (i *Injector) drafts(ctx context.Context, d *drawer, record *Record) (bug.Files, error) {
	p := &proof{ground: d.ground, field: d.field, minima: d.minima, runner: i.runner(d.ground)}
	for n := range mostDrafts {
		m, draws, ok := d.mixture()
		if !ok {
			break
		}
		draft := Draft{Parts: partsOf(m), Draws: draws, Expected: len(m.broken())}
		files, err := p.artifact(ctx, m, &draft)
		if err != nil {
			return bug.Files{}, err
		}
		record.Drafts = append(record.Drafts, draft)
		if files != nil {
			return *files, nil
		}
		suspect := suspects(m, draft, n)
		d.parts = where(d.parts, func(p *part) bool { return !slices.Contains(suspect, p) })
	}
	record.Problem = fmt.Sprintf("%d edits break tests of %s, and no mixture of them that was tried makes a bug", record.Candidates, d.field.dir)
	return bug.Files{}, nil
}

// suspects are the parts that are not drawn again after the nth draft, from 0. The
// one at the target stays for some drafts, unless it may be what breaks more than
// was seen, or what has no end in the whole suite: that costs a script's 90 s.
func suspects(m mixture, d Draft, n int) mixture {
	if n >= mostDrafts/2 || d.Broken == 0 || d.Broken > 2*d.Expected+2 {
		return m
	}
	return m[1:]
}

func partsOf(m mixture) (list []Part) {
	for _, p := range m {
		list = append(list, Part{p.Operator, p.File, p.Line, p.Func, p.Commit, len(p.Broken)})
	}
	return list
}

// aim draws a function within the target.
func (g *ground) aim(rng *rand.Rand, t inject.Target) (inject.Target, string) {
	list := g.targets()
	for _, narrower := range []func(inject.Target) bool{
		func(x inject.Target) bool { return t.File == "" || x.File == t.File },
		func(x inject.Target) bool { return t.Func == "" || x.Func == t.Func },
	} {
		list = slices.DeleteFunc(list, func(x inject.Target) bool { return !narrower(x) })
	}
	if len(list) == 0 {
		return inject.Target{}, fmt.Sprintf("no passing test runs %s", cmp.Or(t.String(), "any function"))
	}
	return list[rng.IntN(len(list))], ""
}

// policy is what draws for a strategy: direct is the ablation, which takes what
// comes (rules, section 6).
func (i *Injector) policy(s inject.Strategy) *Policy {
	switch {
	case s == inject.Direct:
		return &Policy{Version: PolicyVersion}
	case i.Policy == nil:
		return DefaultPolicy()
	}
	return i.Policy
}

// wanted is how many parts a bug of a strategy has: removals are large.
func wanted(s inject.Strategy) int {
	if s == inject.Removal {
		return 4
	}
	return 2
}

// complete fills in the judge's defaults.
func complete(m inject.Minima) inject.Minima {
	o := verify.Options{
		MinPassing: m.PassingTests, MinChangedFiles: m.ChangedFiles, MinFailing: m.FailingTests, MaxBrokenShare: m.MaxBrokenShare,
	}.WithDefaults()
	return inject.Minima{PassingTests: o.MinPassing, ChangedFiles: o.MinChangedFiles, FailingTests: o.MinFailing, MaxBrokenShare: o.MaxBrokenShare}
}

// salt keeps strategies of one seed apart.
func salt(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

func (i *Injector) runner(g *ground) *suite.Runner {
	dir := cmp.Or(i.RunDir, filepath.Join(g.repository.Snapshot.Dir, "runs"))
	return &suite.Runner{Provider: g.subject.Provider, Setup: g.subject.Setup, Limits: g.subject.Limits, Timeout: g.repository.MaxTime, Dir: dir}
}

func (i *Injector) ground(ctx context.Context, r *inject.Repository) (*ground, error) {
	setup := ""
	if r.Setup != nil && r.Setup.Whole != nil {
		setup = r.Setup.Whole.Key
	}
	key := fmt.Sprintf("%s %s %s %+v %v", r.Snapshot.Key, sandbox.Identity(r.Provider), setup, r.Limits, r.MaxTime)
	return i.grounds.take(ctx, key, func(ctx context.Context) (*ground, error) { return newGround(ctx, r) })
}
