package trial

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// The server is one program in parts, in this order.
//
//go:embed python_job.py python_runners.py python_plan.py python_warm.py python_server.py
var pythonParts embed.FS

var pythonOrder = []string{"job", "runners", "plan", "warm", "server"}

func pythonServer() (program []byte, err error) {
	for _, part := range pythonOrder {
		text, err := pythonParts.ReadFile("python_" + part + ".py")
		if err != nil {
			return nil, err
		}
		program = append(append(program, text...), "\n\n"...)
	}
	return program, nil
}

// A pythonBench tries candidates in forks of a process that has imported the
// tree, see python_job.py. Each worker is a server in a sandbox of its own.
//
// What tests leave in the tree is seen by the later trials of a worker. A trial
// decides what is worth a real run, and no more; a server whose trials died
// starts in a fresh sandbox.
type pythonBench struct {
	tests      []survey.Test
	index      map[string]int
	candidates int
	left       map[int]bool
	without    []string
	limits     []time.Duration // of each test
	plain      bool            // the server's forks contradict the survey: start an interpreter per trial
	workers    chan *pythonWorker
	all        []*pythonWorker
}

// openPython starts the servers, and sees that without a candidate the tests end
// as in the survey.
func openPython(ctx context.Context, s survey.Subject, seen *survey.Survey, candidates []mutate.Edit, o Options) (_ Bench, err error) {
	b := &pythonBench{candidates: len(candidates), left: map[int]bool{}, index: map[string]int{}}
	for _, test := range seen.Tests {
		b.index[test.ID] = len(b.tests)
		b.tests = append(b.tests, test)
	}
	files, err := b.files(s.Tree, seen.Framework, candidates)
	if err != nil {
		return nil, fmt.Errorf("trial: %w", err)
	}
	if o.Parallel == 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	b.workers = make(chan *pythonWorker, o.Parallel)
	for range o.Parallel {
		w := &pythonWorker{spec: sandbox.Spec{Tree: s.Tree, Setup: s.Setup, Files: files, Limits: s.Limits}, provider: s.Provider}
		b.all = append(b.all, w)
		b.workers <- w
	}
	if err := b.control(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("trial: %w", err), b.Close())
	}
	return b, nil
}

// files are what the server reads. Candidates that do not fit the tree are left.
func (b *pythonBench) files(tree *repo.Tree, framework survey.Framework, candidates []mutate.Edit) (map[string]repo.File, error) {
	read := func(name string) ([]byte, error) {
		file, err := tree.Read(name)
		return file.Data, err
	}
	changes := make([][]mutate.Change, len(candidates))
	for i, e := range candidates {
		changes[i] = e.Changes
		if _, err := mutate.Apply(read, e); err != nil {
			changes[i], b.left[i] = []mutate.Change{}, true
		}
	}
	names, paths := make([]string, len(b.tests)), make([]string, len(b.tests))
	for i, test := range b.tests {
		names[i], paths[i] = test.Name, test.File
	}
	server, err := pythonServer()
	if err != nil {
		return nil, err
	}
	files := map[string]repo.File{"server.py": {Mode: repo.Regular, Data: server}}
	for name, value := range map[string]any{
		"candidates.json": changes,
		"tests.json":      map[string]any{"pytest": framework == survey.Pytest, "tests": names, "files": paths},
	} {
		data, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		files[name] = repo.File{Mode: repo.Regular, Data: data}
	}
	return files, nil
}

// control runs all tests without a candidate, twice: the first run warms what
// later ones find warm. Tests that end in another way than in the survey are
// left out; where that is more than one in ten, plain processes are tried.
func (b *pythonBench) control(ctx context.Context) error {
	all := make([]int, len(b.tests))
	for i := range all {
		all[i] = i
	}
	for {
		var answer pythonAnswer
		var wall time.Duration
		for range 2 {
			start := time.Now()
			var err error
			if answer, err = b.ask(ctx, pythonRequest{Candidates: []int{}, Tests: all, Limit: controlLimit.Seconds(), Plain: b.plain}); err != nil {
				return err
			}
			wall = time.Since(start)
		}
		b.without = b.contradicted(answer)
		b.limits = limits(b.tests, wall)
		if b.plain || len(b.without)*10 <= len(b.tests) {
			break
		}
		b.plain = true
	}
	if len(b.without) == len(b.tests) {
		return errors.New("none of the survey's tests ends as in the survey when it is tried")
	}
	return nil
}

func (b *pythonBench) contradicted(a pythonAnswer) (ids []string) {
	for i, test := range b.tests {
		if !slices.Contains(statuses[a.letters[i]], test.Status) {
			ids = append(ids, test.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// statuses are what a server's letter for a test may be called by a survey.
var statuses = map[byte][]suite.Status{
	'P': {suite.Passed}, 'F': {suite.Failed, suite.Error}, 'S': {suite.Skipped},
}

// limits share the time that all tests took among them, by what the survey says
// of each.
func limits(tests []survey.Test, wall time.Duration) []time.Duration {
	var sum float64
	for _, test := range tests {
		sum += test.Seconds + 0.001
	}
	shares := make([]time.Duration, len(tests))
	for i, test := range tests {
		shares[i] = time.Duration((test.Seconds + 0.001) / sum * float64(wall))
	}
	return shares
}

// Try asks a worker that is free.
func (b *pythonBench) Try(ctx context.Context, t Try) (Outcome, error) {
	tests, err := b.asked(t.Tests)
	if err != nil {
		return Outcome{}, err
	}
	for _, c := range t.Candidates {
		if c < 0 || c >= b.candidates {
			return Outcome{}, fmt.Errorf("trial: candidate %d is none of the %d", c, b.candidates)
		}
		if b.left[c] {
			return Outcome{}, nil // does not fit the tree: nothing passed
		}
	}
	var share time.Duration
	for _, i := range tests {
		share += b.limits[i]
	}
	answer, err := b.ask(ctx, pythonRequest{
		Candidates: append([]int{}, t.Candidates...), Tests: tests, Early: t.Early, Plain: b.plain,
		Limit: (10*share + time.Second).Seconds(),
	})
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Ended: answer.ended}
	for n, i := range tests {
		switch answer.letters[n] {
		case 'P':
			out.Passed = append(out.Passed, b.tests[i].ID)
		case 'F':
			out.Failed = append(out.Failed, b.tests[i].ID)
		}
	}
	slices.Sort(out.Passed)
	slices.Sort(out.Failed)
	return out, nil
}

func (b *pythonBench) asked(ids []string) ([]int, error) {
	tests := []int{}
	if ids == nil {
		for i, test := range b.tests {
			if _, left := slices.BinarySearch(b.without, test.ID); !left {
				tests = append(tests, i)
			}
		}
		return tests, nil
	}
	for _, id := range ids {
		i, known := b.index[id]
		if _, left := slices.BinarySearch(b.without, id); left || !known {
			return nil, fmt.Errorf("trial: there is no test %q here; ids are those of the survey, without those that the bench leaves out", id)
		}
		tests = append(tests, i)
	}
	return tests, nil
}

func (b *pythonBench) ask(ctx context.Context, r pythonRequest) (pythonAnswer, error) {
	select {
	case <-ctx.Done():
		return pythonAnswer{}, context.Cause(ctx)
	case w := <-b.workers:
		defer func() { b.workers <- w }()
		return w.ask(ctx, r)
	}
}

// Left lists the candidates that do not fit the tree.
func (b *pythonBench) Left() []int {
	var left []int
	for i := range b.left {
		left = append(left, i)
	}
	slices.Sort(left)
	return left
}

// Without lists the tests that the control run contradicts.
func (b *pythonBench) Without() []string { return b.without }

// Close ends the sandboxes. No trial may be running.
func (b *pythonBench) Close() (err error) {
	for _, w := range b.all {
		err = errors.Join(err, w.close())
	}
	return err
}
