package sandbox_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

// after runs a command that does something to a small tree, and takes that.
func after(t *testing.T, limits sandbox.TakeLimits, do func(*sandboxtest.Machine) error) (*repo.Tree, *sandbox.Taken) {
	t.Helper()
	tree, err := repo.NewTree(map[string]repo.File{
		"a": {Mode: repo.Regular, Data: []byte("1")}, "dir/b": {Mode: repo.Regular, Data: []byte("2")}, "dir/c.pyc": {Mode: repo.Regular, Data: []byte("3")},
	})
	require.NoError(t, err)
	fake := &sandboxtest.Fake{Run: func(_ context.Context, m *sandboxtest.Machine, _ sandbox.Cmd) (sandbox.Result, error) {
		return sandbox.Result{}, do(m)
	}}
	box, err := fake.New(t.Context(), sandbox.Spec{Tree: tree})
	require.NoError(t, err)
	_, err = box.Run(t.Context(), sandbox.Cmd{Args: []string{"do"}})
	require.NoError(t, err)
	taken, err := limits.Take(t.Context(), box, tree)
	require.NoError(t, err)
	if taken.Problem != "" {
		return nil, taken
	}
	tree, err = tree.With(taken.Changes)
	require.NoError(t, err)
	return tree, taken
}

func file(text string) repo.File { return repo.File{Mode: repo.Regular, Data: []byte(text)} }

// What was changed makes the tree that is there; leftovers that the repository has
// itself are its own.
func TestTake(t *testing.T) {
	tree, taken := after(t, sandbox.TakeLimits{}, func(m *sandboxtest.Machine) error {
		for path, f := range map[string]repo.File{"a": file("new"), "dir/c.pyc": file("4"), "new/d.pyc": file("5"), "e": {Mode: repo.Symlink, Data: []byte("/etc")}} {
			if err := m.Write("/work/"+path, f); err != nil {
				return err
			}
		}
		return m.Remove("/work/dir/b")
	})
	require.Equal(t, []string{"a", "dir/c.pyc", "e"}, slices.Collect(tree.Paths()))
	require.Equal(t, []string{"leftovers of running code (bytecode, caches, coverage) are left out: 1"}, taken.Notes)
}

// A folder in the place of a file, and the other way round.
func TestTakeOfReplacedFolders(t *testing.T) {
	tree, _ := after(t, sandbox.TakeLimits{}, func(m *sandboxtest.Machine) error {
		for _, gone := range []string{"a", "dir"} {
			if err := m.Remove("/work/" + gone); err != nil {
				return err
			}
		}
		if err := m.Write("/work/a/x", file("x")); err != nil {
			return err
		}
		return m.Write("/work/dir", file("no folder"))
	})
	_, deep := tree.Mode("a/x")
	_, flat := tree.Mode("dir")
	require.True(t, deep && flat)
}

func TestTakeOfTooMuch(t *testing.T) {
	write := func(m *sandboxtest.Machine) error { return m.Write("/work/a", file("12345")) }
	_, taken := after(t, sandbox.TakeLimits{Bytes: 4}, write)
	require.Equal(t, "the files that were changed have 5 bytes; at most 4 can be a patch", taken.Problem)
	require.Empty(t, taken.Changes)
	_, taken = after(t, sandbox.TakeLimits{Bytes: 5, Files: 1}, write)
	require.Empty(t, taken.Problem)
}

// Where there is too much even to list, nothing is taken, and it is the player's doing.
func TestTakeOfMoreThanIsListed(t *testing.T) {
	taken, err := sandbox.TakeLimits{}.Take(t.Context(), crowded{}, new(repo.Tree))
	require.NoError(t, err)
	require.Equal(t, "more than 7 files and folders were made, changed or deleted; at most that many are looked at", taken.Problem)
}

// crowded is a sandbox with more than seven files.
type crowded struct{ sandbox.Sandbox }

func (crowded) Changes(context.Context) ([]sandbox.Change, error) {
	return nil, &sandbox.TooManyError{Most: 7}
}

// Sparse files take no room, and two of them have more bytes than can be counted.
func TestTakeOfMoreThanCanBeCounted(t *testing.T) {
	tree, err := repo.NewTree(map[string]repo.File{"a": file("1")})
	require.NoError(t, err)
	taken, err := sandbox.TakeLimits{}.Take(t.Context(), huge{}, tree)
	require.NoError(t, err)
	require.Equal(t, "the files that were changed have 9223372036854775807 bytes; at most 16777216 can be a patch", taken.Problem)
}

// huge is a sandbox with two files of 5 EiB.
type huge struct{ sandbox.Sandbox } // of which nothing else is asked

func (huge) Changes(context.Context) ([]sandbox.Change, error) {
	return []sandbox.Change{{Path: "a", Mode: repo.Regular, Size: 5 << 60}, {Path: "b", Mode: repo.Regular, Size: 5 << 60}}, nil
}
