package mutate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

func change(file string, start int, before, after string) mutate.Edit {
	return mutate.Edit{File: file, Changes: []mutate.Change{{File: file, Start: start, Before: before, After: after}}}
}

func TestApplyTogether(t *testing.T) {
	sources := files{"a": "one two three", "b": "four"}
	edits := []mutate.Edit{change("a", 8, "three", "3"), change("a", 0, "one", "first"), change("b", 4, "", "ty")}
	changed, err := mutate.Apply(sources.read, edits...)
	require.NoError(t, err)
	require.Equal(t, "first two 3", string(changed["a"]))
	require.Equal(t, "fourty", string(changed["b"]))

	undone, err := mutate.Undo(func(file string) ([]byte, error) { return changed[file], nil }, edits...)
	require.NoError(t, err)
	require.Equal(t, "one two three", string(undone["a"]))
	require.Equal(t, "four", string(undone["b"]))
}

func TestApplyRefuses(t *testing.T) {
	sources := files{"a": "one two three"}
	for name, c := range map[string]struct {
		edits []mutate.Edit
		want  string
	}{
		"another text":       {[]mutate.Edit{change("a", 0, "two", "")}, `edit a: what stands at byte 0 is not "two"`},
		"past the end":       {[]mutate.Edit{change("a", 99, "x", "")}, `edit a: what stands at byte 99 is not "x"`},
		"a negative offset":  {[]mutate.Edit{change("a", -1, "", "x")}, `edit a: what stands at byte -1 is not ""`},
		"an overlap":         {[]mutate.Edit{change("a", 0, "one two", ""), change("a", 4, "two", "")}, "edit a: changes at bytes 0 and 4 overlap"},
		"two at one place":   {[]mutate.Edit{change("a", 4, "", "x"), change("a", 4, "", "y")}, "edit a: changes at bytes 4 and 4 overlap"},
		"a file that is not": {[]mutate.Edit{change("b", 0, "", "x")}, "read b to edit it: file does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mutate.Apply(sources.read, c.edits...)
			require.EqualError(t, err, c.want)
		})
	}
}

func TestKeyIsOfTheChange(t *testing.T) {
	a, b := change("a", 0, "x", "y"), change("a", 0, "x", "y")
	b.Operator, b.Line, b.Func = "another", 7, "f"
	require.Equal(t, a.Key(), b.Key())
	require.NotEqual(t, a.Key(), change("a", 1, "x", "y").Key())
	require.NotEqual(t, a.Key(), change("b", 0, "x", "y").Key())
}
