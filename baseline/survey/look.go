package survey

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"sort"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A look is one run of all tests: what the parser made of it, what the runner
// printed, and when.
type look struct {
	tree  *repo.Tree
	run   *suite.Run
	log   []byte
	ticks []tick
}

// A tick says when the log had grown to some length.
type tick struct {
	length int
	after  time.Duration
}

// twice runs the tests in two sandboxes, side by side: what depends on load or
// chance shows the sooner.
func twice(ctx context.Context, s Subject, f Framework, o Options) (looks [2]look, err error) {
	tests, err := choose(s.Tree, f, o.Only)
	if err != nil {
		return looks, fmt.Errorf("survey: %w", err)
	}
	if o.Once {
		looks[0], err = s.look(ctx, f, tests, 0)
		looks[1] = looks[0]
		return looks, err
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range looks {
		group.Go(func() (err error) {
			looks[i], err = s.look(ctx, f, tests, i)
			return err
		})
	}
	return looks, group.Wait()
}

func (s Subject) look(ctx context.Context, f Framework, tests []Test, repetition int) (look, error) {
	r := suite.Runner{Provider: s.Provider, Setup: s.Setup, Limits: s.Limits, Timeout: patient}
	l := look{tree: s.Tree}
	start := time.Now()
	run, err := r.Run(ctx, suite.Request{
		Suite:      suite.Suite{Script: Script(f, tests), Parser: Parser(f)},
		Tree:       s.Tree,
		Repetition: repetition,
		Live: func(b []byte) {
			l.log = append(l.log, b...)
			l.ticks = append(l.ticks, tick{len(l.log), time.Since(start)})
		},
	})
	if err != nil {
		return l, fmt.Errorf("survey: %w", err)
	}
	l.run = run
	return l, nil
}

// choose is what to ask a runner for: all tests, or those of some names.
func choose(tree *repo.Tree, f Framework, only []string) ([]Test, error) {
	if only == nil {
		return runners[f].all(tree), nil
	}
	if f != GoTest {
		return runners[f].tests(look{tree: tree}, only) // their names are their ids
	}
	var tests []Test
	for _, name := range only {
		tests = append(tests, Test{Dir: everywhere, Name: name})
	}
	return tests, nil
}

// pace says how long each test took, from when the runner printed the line with
// its result: since the line before. The first group of result is the test's id.
func (l look) pace(result *regexp.Regexp) map[string]float64 {
	seconds := map[string]float64{}
	var end int
	var before time.Duration
	for line := range bytes.Lines(l.log) {
		end += len(line)
		now := l.at(end)
		if m := result.FindSubmatch(bytes.TrimRight(line, "\r\n")); m != nil {
			seconds[string(m[1])] += (now - before).Round(time.Millisecond).Seconds()
		}
		before = now
	}
	return seconds
}

// at says when the log had n bytes.
func (l look) at(n int) time.Duration {
	i := sort.Search(len(l.ticks), func(i int) bool { return l.ticks[i].length >= n })
	if i == len(l.ticks) {
		return 0
	}
	return l.ticks[i].after
}

// coverOutput bounds what is read of the coverage of all tests together.
const coverOutput = 512 << 20

// output runs a command in a sandbox of its own and returns what it printed, its
// standard error left out. How it ended does not matter.
func (s Subject) output(ctx context.Context, files map[string]repo.File, cmd sandbox.Cmd) ([]byte, error) {
	limits := s.Limits
	limits.Output = coverOutput
	box, err := s.Provider.New(ctx, sandbox.Spec{Tree: s.Tree, Setup: s.Setup, Files: files, Limits: limits})
	if err != nil {
		return nil, err
	}
	defer box.Close()
	cmd.Timeout = patient
	result, err := box.Run(ctx, cmd)
	return result.Output, err
}
