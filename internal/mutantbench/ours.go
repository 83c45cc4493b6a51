package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
)

// assayOperators are those of ours that assay 5c3a6aa has as well: its kinds
// boundary, equality, connector, arithmetic, boolean and branch.
var assayOperators = []string{"rel-boundary", "eq-flip", "nil-flip", "logic-change", "arith-change", "bool-flip", "if-negate", "if-true", "if-false"}

// ours measures package trial: all operators with every test, then with the
// covering tests until the first failure, then so the operators of assay.
func ours(ctx context.Context, s survey.Subject, parallel int) ([]row, error) {
	start := time.Now()
	seen, err := survey.Take(ctx, s, survey.Options{Coverage: true})
	if err != nil {
		return nil, err
	}
	surveyed := time.Since(start)
	all, err := edits(ctx, s)
	if err != nil {
		return nil, err
	}
	shared := slices.DeleteFunc(slices.Clone(all), func(e mutate.Edit) bool { return !slices.Contains(assayOperators, e.Operator) })
	var rows []row
	for _, m := range []struct {
		name  string
		edits []mutate.Edit
		early bool
	}{
		{"ssr, all failing tests", all, false},
		{"ssr, first failing test", all, true},
		{"ssr, first failing test, operators of assay", shared, true},
	} {
		r, err := ourRow(ctx, s, seen, m.edits, m.early, parallel)
		if err != nil {
			return nil, err
		}
		r.tool, r.version, r.before = m.name, "this one", surveyed
		rows = append(rows, r)
	}
	return rows, nil
}

// edits are those of all operators.
func edits(ctx context.Context, s survey.Subject) (all []mutate.Edit, err error) {
	external, err := survey.GoImporter(ctx, s)
	if err != nil {
		return nil, err
	}
	module, err := mutate.LoadGo(func(path string) ([]byte, error) {
		file, err := s.Tree.Read(path)
		return file.Data, err
	}, s.Tree.Paths(), external)
	if err != nil {
		return nil, err
	}
	for _, dir := range module.Dirs() {
		all = slices.AppendSeq(all, module.Edits(dir))
	}
	return all, nil
}

// ourRow opens a bench and tries every candidate that was compiled in.
func ourRow(ctx context.Context, s survey.Subject, seen *survey.Survey, edits []mutate.Edit, early bool, parallel int) (row, error) {
	start := time.Now()
	bench, err := trial.Open(ctx, s, seen, edits, trial.Options{Parallel: parallel})
	if err != nil {
		return row{}, err
	}
	defer bench.Close()
	opened := time.Since(start)
	tries := list(bench, seen, edits, early)
	killed, err := tryAll(ctx, bench, tries, parallel)
	took := time.Since(start)
	return row{
		command: "go run ./internal/mutantbench", mutants: len(tries), took: took,
		note: fmt.Sprintf("%d killed; %.1f s to build all, then %.1f/s; %d not compiled in", killed,
			opened.Seconds(), float64(len(tries))/(took-opened).Seconds(), len(bench.Left())),
	}, err
}

// list makes one trial per candidate; of those that no test covers, none when it
// is about the first failure, as the others do.
func list(bench trial.Bench, seen *survey.Survey, edits []mutate.Edit, early bool) (tries []trial.Try) {
	left := bench.Left()
	for i, e := range edits {
		t := trial.Try{Candidates: []int{i}, Early: early}
		if early {
			t.Tests = covering(seen, e)
		}
		if _, out := slices.BinarySearch(left, i); !out && (!early || len(t.Tests) > 0) {
			tries = append(tries, t)
		}
	}
	return tries
}

// covering lists the tests that run the line of an edit.
func covering(seen *survey.Survey, e mutate.Edit) (ids []string) {
	for _, test := range seen.Tests {
		covers := func(s survey.Span) bool { return s.File == e.File && s.First <= e.Line && e.Line <= s.Last }
		if slices.ContainsFunc(seen.Coverage[test.ID], covers) {
			ids = append(ids, test.ID)
		}
	}
	return ids
}

// tryAll tries, and counts what no longer passes.
func tryAll(ctx context.Context, bench trial.Bench, tries []trial.Try, parallel int) (killed int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, lost atomic.Int64
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(tries)); i = next.Add(1) - 1 {
				out, err := bench.Try(ctx, tries[i])
				if err != nil {
					cancel(err)
					return
				}
				if len(out.Failed) > 0 || !out.Ended {
					lost.Add(1)
				}
			}
		})
	}
	workers.Wait()
	return lost.Load(), context.Cause(ctx)
}
