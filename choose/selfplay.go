package choose

import (
	"context"
	"errors"
	"fmt"
)

// A Table is candidate patches against candidate tests, as counts: a test j is a file
// with some test cases, F[j] of which fail on the original code and P[j] of which
// pass there.
type Table struct {
	F  []int   `json:"f"`
	P  []int   `json:"p"`
	FP [][]int `json:"fp"` // by patch and test: cases that failed and pass with the patch
	PP [][]int `json:"pp"` // by patch and test: cases that passed and still do
}

// Scores returns Kimi-Dev's score of every patch (arXiv 2509.23045, section on
// test-time self-play):
//
//	S_i = Σ_j FP(i,j) / Σ_j F(j) + Σ_j PP(i,j) / Σ_j P(j)
//
// Without a case that fails on the original code the first term is 0/0 and there is
// no evidence: an error. Without one that passes there the second term is 0.
func (t Table) Scores() ([]float64, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	failing, passing := sum(t.F), sum(t.P)
	if failing == 0 {
		return nil, errors.New("choose: self_play: no test fails on the original code, so none can show a repair")
	}
	scores := make([]float64, len(t.FP))
	for i := range scores {
		scores[i] = float64(sum(t.FP[i])) / float64(failing)
		if passing > 0 {
			scores[i] += float64(sum(t.PP[i])) / float64(passing)
		}
	}
	return scores, nil
}

func (t Table) validate() error {
	switch {
	case len(t.FP) == 0:
		return errors.New("choose: self_play: tests without candidates")
	case len(t.F) == 0:
		return errors.New("choose: self_play: candidates without tests")
	case len(t.P) != len(t.F) || len(t.PP) != len(t.FP):
		return fmt.Errorf("choose: self_play: F, P of %d, %d tests and FP, PP of %d, %d candidates do not fit", len(t.F), len(t.P), len(t.FP), len(t.PP))
	}
	for i := range t.FP {
		if len(t.FP[i]) != len(t.F) || len(t.PP[i]) != len(t.F) {
			return fmt.Errorf("choose: self_play: candidate %d: %d and %d counts for %d tests", i, len(t.FP[i]), len(t.PP[i]), len(t.F))
		}
		for j := range t.F {
			if t.FP[i][j] < 0 || t.FP[i][j] > t.F[j] || t.PP[i][j] < 0 || t.PP[i][j] > t.P[j] || max(t.F[j], t.P[j]) > 1<<30 {
				return fmt.Errorf("choose: self_play: candidate %d, test %d: %d of %d failing and %d of %d passing cases pass", i, j, t.FP[i][j], t.F[j], t.PP[i][j], t.P[j])
			}
		}
	}
	return nil
}

func sum(xs []int) (s int) {
	for _, x := range xs {
		s += x
	}
	return s
}

// SelfPlay is Kimi-Dev's test-time self-play: candidate patches against candidate
// tests, both of one model; the highest score is chosen.
type SelfPlay struct {
	Parallel int // runs at once; default 1

	// Compat chooses by the score alone. Otherwise a patch that repairs no failing
	// case is not chosen, however much it leaves intact.
	Compat bool
}

// Choose picks the patch with the highest score of a table.
func (o SelfPlay) Choose(t Table) (Choice, error) {
	scores, err := t.Scores()
	if err != nil {
		return Choice{Index: None}, err
	}
	var ids []int
	for i := range scores {
		if o.Compat || sum(t.FP[i]) > 0 {
			ids = append(ids, i)
		}
	}
	top := best(ids, func(id int) float64 { return scores[id] })
	choice := decide([]Step{{"repairs something", ids}, {"score", top}}, top)
	choice.Scores = scores
	choice.Evidence = choice.Index != None && sum(t.FP[choice.Index]) > 0
	return choice, nil
}

// Play runs tests on the original code, leaves out those of which nothing fails
// there, runs the rest on every patch, and chooses. Empty patches are not run and
// repair nothing; Kimi-Dev plays 40 patches against 40 tests. The table has the
// tests that were not left out.
func (o SelfPlay) Play(ctx context.Context, run Run, patches, tests []string) (Choice, Table, error) {
	switch {
	case len(patches) == 0:
		return Choice{Index: None}, Table{}, errors.New("choose: self_play: tests without candidates")
	case len(tests) == 0:
		return Choice{Index: None}, Table{}, errors.New("choose: self_play: candidates without tests")
	}
	t, err := o.table(ctx, run, patches, tests)
	if err != nil {
		return Choice{Index: None}, t, fmt.Errorf("choose: self_play: %w", err)
	}
	choice, err := o.Choose(t)
	return choice, t, err
}

// table runs tests first on the original code and then, those that fail there, on
// every patch.
func (o SelfPlay) table(ctx context.Context, run Run, patches, tests []string) (t Table, err error) {
	original := make([]Results, len(tests))
	err = each(ctx, len(tests), o.Parallel, func(ctx context.Context, j int) (err error) {
		if original[j], err = run(ctx, "", tests[j]); err != nil {
			err = fmt.Errorf("test %d on the original code: %w", j, err)
		}
		return err
	})
	if err != nil {
		return t, err
	}
	var useful []int
	for j := range tests {
		if _, failing, _, passing := Results(nil).against(original[j]); failing > 0 {
			useful = append(useful, j)
			t.F, t.P = append(t.F, failing), append(t.P, passing)
		}
	}
	if len(useful) == 0 {
		return t, errors.New("no test fails on the original code, so none can show a repair")
	}
	err = o.fill(ctx, &t, run, patches, tests, original, useful)
	return t, err
}

// fill runs the useful tests on every patch that is one.
func (o SelfPlay) fill(ctx context.Context, t *Table, run Run, patches, tests []string, original []Results, useful []int) error {
	t.FP, t.PP = make([][]int, len(patches)), make([][]int, len(patches))
	for i := range patches {
		t.FP[i], t.PP[i] = make([]int, len(useful)), make([]int, len(useful))
	}
	return each(ctx, len(patches)*len(useful), o.Parallel, func(ctx context.Context, cell int) error {
		i, k := cell/len(useful), cell%len(useful)
		if (&Candidate{Patch: patches[i]}).empty() {
			return nil
		}
		results, err := run(ctx, patches[i], tests[useful[k]])
		if err != nil {
			return fmt.Errorf("patch %d, test %d: %w", i, useful[k], err)
		}
		t.FP[i][k], _, t.PP[i][k], _ = results.against(original[useful[k]])
		return nil
	})
}
