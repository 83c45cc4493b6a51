package local_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

func tree(t testing.TB, files map[string]string) *repo.Tree {
	list := map[string]repo.File{}
	for path, text := range files {
		list[path] = repo.File{Mode: repo.Regular, Data: []byte(text)}
	}
	made, err := repo.NewTree(list)
	require.NoError(t, err)
	return made
}

// Two providers of one process, as tests have them, do not share a cgroup.
func TestTwoProviders(t *testing.T) {
	small, err := machine.Provider(t).New(t.Context(), sandbox.Spec{Limits: sandbox.Limits{PIDs: 5}})
	require.NoError(t, err)
	defer small.Close()
	large, err := machine.Provider(t).New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	defer large.Close()
	result, err := large.Run(t.Context(), sandbox.Cmd{Args: []string{"sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done; wait"}})
	require.NoError(t, err)
	require.True(t, result.OK(), "%v", result.Class)
}

// Folders in folders, deeper than any path is long, are not gone through.
func TestChangesOfTheDeep(t *testing.T) {
	box, err := machine.Provider(t).New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	defer box.Close()
	name := strings.Repeat("d", 200)
	result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"sh", "-c", "echo x >a; for i in $(seq 60); do mkdir " + name + "; cd -P " + name + "; done; echo x >f"}})
	require.NoError(t, err)
	require.True(t, result.OK(), "%s", result.Output)
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, 2)
	require.Equal(t, "a", changes[0].Path)
	require.Zero(t, changes[1].Mode)
	require.Len(t, changes[1].Path, 21*201-1)
}

// Folders count, wherever they are; and as many as the limit are listed.
func TestChangesOfTooMany(t *testing.T) {
	box, err := machine.Provider(t).New(t.Context(), sandbox.Spec{Limits: sandbox.Limits{Changes: 9}})
	require.NoError(t, err)
	defer box.Close()
	run := func(script string) {
		result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"sh", "-c", script}})
		require.NoError(t, err)
		require.True(t, result.OK(), "%s", result.Errors)
	}
	run("mkdir -p a/b; touch a/1 a/2 a/b/3 a/b/4 5 6 7")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, 7)
	run("mkdir a/b/c")
	_, err = box.Changes(t.Context())
	require.Equal(t, &sandbox.TooManyError{Most: 9}, err)
}

// Where there is no sandbox there is no Sandbox, not one that holds nil.
func TestNoSandboxIsNil(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	box, err := new(local.Provider).New(ctx, sandbox.Spec{})
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, box == nil)
}

// A deletion that a setup made of the snapshot's own files is dropped, and what
// it installed beside them is kept.
func TestSetupKeepsTheSnapshot(t *testing.T) {
	cache := t.TempDir()
	snapshot := &repo.Snapshot{Dir: cache, Tree: tree(t, map[string]string{"a/one": "1", "a/two": "2", "b": "b"})}
	setup := sandbox.Setup{Command: "rm -r a; echo changed >b; mkdir -p deps __pycache__; echo x >deps/x; echo y >__pycache__/y; echo warm >~/cache"}
	var begun []string
	setup.Begin = func(what string) { begun = append(begun, what) }
	for range 2 { // the second time it is there already
		installed, err := setup.Prepare(t.Context(), machine.Provider(t), snapshot)
		require.NoError(t, err)
		s, err := machine.Provider(t).New(t.Context(), sandbox.Spec{Tree: snapshot.Tree, Setup: installed.Whole})
		require.NoError(t, err)
		defer s.Close()
		result, err := s.Run(t.Context(), sandbox.Cmd{Args: []string{"sh", "-c", "cat a/one a/two b deps/x ~/cache; ls -d __pycache__"}, Combine: true})
		require.NoError(t, err)
		require.Contains(t, string(result.Output), "12bx\nwarm\n")
		require.Contains(t, string(result.Output), "cannot access '__pycache__'")
	}
	require.Equal(t, []string{"run the setup command"}, begun)
}

func TestSetupThatFails(t *testing.T) {
	snapshot := &repo.Snapshot{Dir: t.TempDir(), Tree: tree(t, nil)}
	_, err := sandbox.Setup{Command: "echo no such package; exit 3"}.Prepare(t.Context(), machine.Provider(t), snapshot)
	require.EqualError(t, err, "setup: the command ended with exit status 3: no such package")
}

func ExampleProvider() {
	provider, err := local.New(local.Options{})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	box, err := provider.New(ctx, sandbox.Spec{})
	if err != nil {
		panic(err) // the machine cannot guarantee what is required; the error says what to do
	}
	defer box.Close()
	result, err := box.Run(ctx, sandbox.Cmd{Args: []string{"sh", "-c", "echo hello from $PWD; cat /etc/shadow; exit 3"}})
	if err != nil {
		panic(err)
	}
	fmt.Print(string(result.Output))
	fmt.Println(result.Class, result.ExitCode)
	// On a machine that gives the guarantees this prints:
	// hello from /work
	// exited 3
}

// What was made from the snapshot's own code, and only that, is in no layer that
// a solver gets: copies and their bytecode, what builds and test runs leave. What
// only looks alike stays.
func TestSetupOfDependencies(t *testing.T) {
	snapshot := &repo.Snapshot{Dir: t.TempDir(), Tree: tree(t, map[string]string{"pkg/mod.py": "own code", "pkg/__init__.py": "", "LICENSE": "do what you like"})}
	setup := sandbox.Setup{Command: `mkdir -p ~/site-packages/pkg/__pycache__ ~/site-packages/other build/lib/pkg dist deps htmlcov
cp pkg/*.py ~/site-packages/pkg; echo own >~/site-packages/pkg/__pycache__/mod.cpython-311.pyc
cp pkg/mod.py ~/site-packages/other/mod.py; cp LICENSE ~/site-packages/other; echo v1 >deps/lib
for f in build/lib/pkg/mod.py dist/pkg.whl htmlcov/mod.html .coverage.host coverage.xml; do echo own >$f; done`}
	const list = "cd; find . /work -type f -printf '%p '"
	installed, err := setup.Prepare(t.Context(), machine.Provider(t), snapshot)
	require.NoError(t, err)
	look := func(layer *sandbox.Layer) []string {
		s, err := machine.Provider(t).New(t.Context(), sandbox.Spec{Tree: snapshot.Tree, Setup: layer})
		require.NoError(t, err)
		defer s.Close()
		result, err := s.Run(t.Context(), sandbox.Cmd{Args: []string{"sh", "-c", list}})
		require.NoError(t, err)
		found := strings.Fields(string(result.Output))
		slices.Sort(found)
		return found
	}
	for range 2 { // and when it is loaded
		require.Equal(t, []string{"./site-packages/other/LICENSE", "./site-packages/other/mod.py", "./site-packages/pkg/__init__.py",
			"/work/LICENSE", "/work/deps/lib", "/work/pkg/__init__.py", "/work/pkg/mod.py"}, look(installed.Dependencies))
		require.Len(t, look(installed.Whole), 14)
		installed, err = setup.Prepare(t.Context(), machine.Provider(t), snapshot)
		require.NoError(t, err)
	}
}
