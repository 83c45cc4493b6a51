package selfplay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/solve"
)

// The world of these tests is small, and nothing in it is executed. A repository
// has files of code with the lines "one=1" to "four=4"; a test is a line "ID FILE
// LINE" of a file in t/, and passes when FILE has that LINE. To break a line is to
// write "one=0", and to repair it, "one=1".

var lines = []string{"one=1", "two=2", "three=3", "four=4"}

// folder writes a repository of so many files, and returns its folder.
func folder(t testing.TB, files int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range files {
		name := string(rune('a' + i))
		var tests strings.Builder
		for _, line := range lines {
			key, _, _ := strings.Cut(line, "=")
			fmt.Fprintf(&tests, "%s_%s %s.sh %s\n", name, key, name, line)
		}
		write(t, filepath.Join(dir, name+".sh"), strings.Join(lines, "\n")+"\n")
		write(t, filepath.Join(dir, "t", name), tests.String())
	}
	return dir
}

func write(t testing.TB, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
}

// world is a provider whose commands are those of the small world.
func world() *sandboxtest.Fake {
	return &sandboxtest.Fake{Run: func(_ context.Context, m *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
		switch {
		case cmd.Args[0] == "set":
			return sandbox.Result{}, set(m, cmd.Args[1], cmd.Args[2])
		case strings.HasSuffix(cmd.Args[len(cmd.Args)-1], "test_script.sh"):
			return sandbox.Result{Output: test(m)}, nil
		}
		return sandbox.Result{Output: parse(cmd.Stdin)}, nil
	}}
}

// test runs all tests.
func test(m *sandboxtest.Machine) []byte {
	var log bytes.Buffer
	for name := range m.Paths() {
		if !strings.HasPrefix(name, "/work/t/") {
			continue
		}
		list, _ := m.Read(name)
		for line := range strings.Lines(string(list.Data)) {
			fields := strings.Fields(line)
			code, _ := m.Read("/work/" + fields[1])
			verdict := "failed"
			if strings.Contains("\n"+string(code.Data), "\n"+fields[2]+"\n") {
				verdict = "passed"
			}
			fmt.Fprintln(&log, fields[0], verdict)
		}
	}
	return log.Bytes()
}

// parse is the parser of the log.
func parse(log []byte) []byte {
	statuses := map[string]string{}
	for line := range strings.Lines(string(log)) {
		fields := strings.Fields(line)
		statuses[fields[0]] = fields[1]
	}
	text, _ := json.Marshal(statuses)
	return text
}

// set changes what a name stands for in a file of code.
func set(m *sandboxtest.Machine, name, line string) error {
	file, err := m.Read("/work/" + name)
	if err != nil {
		return err
	}
	return m.Write("/work/"+name, repo.File{Mode: repo.Regular, Data: replace(file.Data, line)})
}

func replace(text []byte, line string) []byte {
	key, _, _ := strings.Cut(line, "=")
	var changed bytes.Buffer
	for old := range strings.Lines(string(text)) {
		if strings.HasPrefix(old, key+"=") {
			old = line + "\n"
		}
		changed.WriteString(old)
	}
	return changed.Bytes()
}

// A breaker is an injector: it breaks a line of the target and one of another
// file, and takes the test of the first away. The strategy direct hands in nothing.
type breaker struct {
	asked atomic.Int64
}

func (b *breaker) Inject(_ context.Context, a inject.Assignment) (*inject.Injection, error) {
	b.asked.Add(1)
	if a.Strategy == inject.Direct {
		return &inject.Injection{Ending: "it ended by a nap"}, nil
	}
	rng := rand.New(rand.NewPCG(a.Seed, 0))
	tree := a.Repository.Snapshot.Tree
	var files, tests []string
	for path := range tree.Paths() {
		if strings.HasSuffix(path, ".sh") {
			files = append(files, path)
		} else {
			tests = append(tests, path)
		}
	}
	first, second := a.Target.File, files[rng.IntN(len(files))]
	for second == first {
		second = files[rng.IntN(len(files))]
	}
	broken, err := tree.With(map[string]*repo.File{first: broken(tree, first, rng), second: broken(tree, second, rng)})
	if err != nil {
		return nil, err
	}
	list := "t/" + strings.TrimSuffix(first, ".sh")
	weakened, err := broken.With(map[string]*repo.File{list: without(broken, first, list)})
	if err != nil {
		return nil, err
	}
	injection := &inject.Injection{Record: []byte(`{"by": "breaker"}`)}
	injection.Files = bug.Files{Script: []byte("run the tests\n"), Parser: []byte("#!/bin/parser\n"), TestFiles: []byte(strings.Join(tests, "\n") + "\n")}
	if injection.Files.Inject, err = repo.Diff(tree, broken); err != nil {
		return nil, err
	}
	injection.Files.Weaken, err = repo.Diff(broken, weakened)
	return injection, err
}

// broken is a file with a line broken.
func broken(tree *repo.Tree, name string, rng *rand.Rand) *repo.File {
	file, _ := tree.Read(name)
	key, _, _ := strings.Cut(lines[rng.IntN(len(lines))], "=")
	return &repo.File{Mode: repo.Regular, Data: replace(file.Data, fmt.Sprintf("%s=%d", key, -1-rng.IntN(3)))}
}

// without is a list of tests without those that fail on a file.
func without(tree *repo.Tree, name, list string) *repo.File {
	code, _ := tree.Read(name)
	tests, _ := tree.Read(list)
	var kept bytes.Buffer
	for test := range strings.Lines(string(tests.Data)) {
		if strings.Contains("\n"+string(code.Data), "\n"+strings.Fields(test)[2]+"\n") {
			kept.WriteString(test)
		}
	}
	return &repo.File{Mode: repo.Regular, Data: kept.Bytes()}
}

// A mender is a solver: by the seed it repairs everything, one file only, nothing,
// or it breaks something more.
type mender struct {
	asked atomic.Int64
}

func (m *mender) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	m.asked.Add(1)
	var edits [][2]string
	for path := range d.Task.Tree.Paths() {
		file, err := d.Task.Tree.Read(path)
		if err != nil {
			return solve.Ending{}, err
		}
		for _, line := range lines {
			if strings.HasSuffix(path, ".sh") && !strings.Contains("\n"+string(file.Data), "\n"+line+"\n") {
				edits = append(edits, [2]string{path, line})
			}
		}
	}
	switch d.Seed % 4 {
	case 1:
		edits = edits[:1]
	case 2:
		edits = nil
	case 3:
		edits = [][2]string{{"a.sh", fmt.Sprintf("four=%d", d.Seed%100)}}
	}
	for _, edit := range edits {
		if _, err := d.Box.Run(ctx, sandbox.Cmd{Args: []string{"set", edit[0], edit[1]}}); err != nil {
			return solve.Ending{}, err
		}
	}
	return solve.Ending{Stop: solve.Submitted, Record: []byte(`{"by": "mender"}`)}, nil
}

// engine plays the small world.
func engine(t testing.TB) *selfplay.Engine {
	t.Helper()
	fake := world()
	t.Cleanup(func() { require.Zero(t, fake.Open(), "sandboxes that are still there") })
	return &selfplay.Engine{
		Provider: fake,
		Injector: &breaker{},
		Solver:   &mender{},
		Cache:    t.TempDir(),
		Parallel: 2,
		Seed:     1,
	}
}

// play plays rounds on folders, and expects no error.
func play(t testing.TB, e *selfplay.Engine, n int, folders ...string) []*selfplay.Round {
	t.Helper()
	var rounds []*selfplay.Round
	for round, err := range e.Rounds(t.Context(), sources(folders...), n) {
		require.NoError(t, err)
		rounds = append(rounds, round)
	}
	return rounds
}

func sources(folders ...string) []selfplay.Source {
	var list []selfplay.Source
	for _, folder := range folders {
		list = append(list, selfplay.Source{Repo: folder})
	}
	return list
}
