package bug_test

import (
	"slices"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/stretchr/testify/require"
)

// Applying every entry alone, one after the other, is applying the diff; undoing
// every entry gives the original, by its text or by the files of the original.
func TestEntriesOneByOne(t *testing.T) {
	before := files{
		"edited": text(ten), "gone": text(ten), "moved": exe(ten + "x\n"), "kind": text("target"),
		"mode": text("m\n"), "blob": text("\x00\x01"), "source": text("s\n" + ten),
	}
	after := files{
		"edited": text("0\n" + ten), "new": text("n\n"), "d/moved": text(ten + "y\n"), "kind": link("target"),
		"mode": exe("m\n"), "blob": text("\x00\x02"), "source": text("s\n" + ten + "s\n"), "copy": text("s\n" + ten),
	}
	p, err := bug.ParsePatch(gitDiff(t, before, after, "--binary", "-M", "-C", "--find-copies-harder"))
	require.NoError(t, err)
	kinds := map[string]bug.Kind{}
	for _, e := range p.Entries {
		kinds[e.Touches()[0]] = e.Kind
	}
	require.Equal(t, map[string]bug.Kind{
		"edited": bug.Modified, "gone": bug.Deleted, "new": bug.Added, "moved": bug.Renamed, "kind": bug.TypeChanged,
		"mode": bug.ModeChanged, "blob": bug.Modified, "source": bug.Modified, "copy": bug.Copied,
	}, kinds)

	original := tree(t, before)
	broken, err := p.Apply(original)
	require.NoError(t, err)
	applied := original
	for _, e := range p.Entries {
		applied, err = e.Apply(applied)
		require.NoError(t, err)
	}
	require.Equal(t, after, contents(t, applied))
	undone, reverted := broken, broken
	for _, e := range slices.Backward(p.Entries) {
		undone, err = e.Undo(undone)
		require.NoError(t, err)
		reverted, err = bug.Revert(original, reverted, e)
		require.NoError(t, err)
	}
	require.Equal(t, before, contents(t, undone))
	require.Equal(t, before, contents(t, reverted))
}

// Every kind of entry, reverted alone, leaves the others as the bug has them.
func TestRevertOneEntry(t *testing.T) {
	for name, c := range map[string]struct {
		before, after, want files
		path                string
	}{
		"added":    {files{}, files{"x": text("a\n"), "y": text("b\n")}, files{"y": text("b\n")}, "x"},
		"deleted":  {files{"x": exe("a\n"), "y": text("b\n")}, files{}, files{"x": exe("a\n")}, "x"},
		"modified": {files{"x": text("a\n"), "y": text("b\n")}, files{"x": exe("c\n"), "y": text("d\n")}, files{"x": text("a\n"), "y": text("d\n")}, "x"},
		"renamed":  {files{"x": text(ten), "y": text("b\n")}, files{"z": exe(ten + "11\n"), "y": text("d\n")}, files{"x": text(ten), "y": text("d\n")}, "z"},
		"type":     {files{"x": text(ten), "y": text("b\n")}, files{"x": link("y"), "y": text("d\n")}, files{"x": text(ten), "y": text("d\n")}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := bug.ParsePatch(gitDiff(t, c.before, c.after, "-M50"))
			require.NoError(t, err)
			i := slices.IndexFunc(p.Entries, func(e *bug.Entry) bool { return slices.Contains(e.Touches(), c.path) })
			got, err := bug.Revert(tree(t, c.before), tree(t, c.after), p.Entries[i])
			require.NoError(t, err)
			require.Equal(t, c.want, contents(t, got))
		})
	}
}

// A file that another entry turned into a folder cannot be restored alone.
func TestRevertThatDoesNotFit(t *testing.T) {
	before, after := files{"x": text("a\n")}, files{"x/y": text("b\n")}
	p, err := bug.ParsePatch(gitDiff(t, before, after))
	require.NoError(t, err)
	p.Name = "bug_inject.diff"
	i := slices.IndexFunc(p.Entries, func(e *bug.Entry) bool { return e.Kind == bug.Deleted })
	_, err = bug.Revert(tree(t, before), tree(t, after), p.Entries[i])
	require.IsType(t, &bug.ApplyError{}, err)
	require.ErrorContains(t, err, `bug_inject.diff:1: "x": it cannot be a file: it is a folder, with "x/y" in it`)
}

// A type change is one entry of two halves; both are applied and undone.
func TestTypeChangeIsOneEntry(t *testing.T) {
	before, after := files{"x": link("y")}, files{"x": exe("a\n")}
	diff := gitDiff(t, before, after)
	p, err := bug.ParsePatch(diff)
	require.NoError(t, err)
	require.Len(t, p.Entries, 1)
	e := p.Entries[0]
	require.Equal(t, []any{bug.TypeChanged, repo.Symlink, repo.Executable, diff}, []any{e.Kind, e.OldMode, e.NewMode, e.Raw})
	undone, err := e.Undo(tree(t, after))
	require.NoError(t, err)
	require.Equal(t, before, contents(t, undone))
}

func TestKindsAreStoredAsWords(t *testing.T) {
	for k := bug.Added; k <= bug.TypeChanged; k++ {
		word, err := k.MarshalText()
		require.NoError(t, err)
		var back bug.Kind
		require.NoError(t, back.UnmarshalText(word))
		require.Equal(t, k, back)
	}
	require.Error(t, new(bug.Kind).UnmarshalText([]byte("invalid")))
}
