package solve

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

// A specification that is cut into hunks and joined again is the same, and any
// part of it applies, whatever a weakening made of the tests.
func FuzzHunks(f *testing.F) {
	f.Add("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n", "A\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n", "x\n", "", uint16(1))
	f.Add("@@ -1,1 +1,1 @@\nx", "@@ -1,2 +1,3 @@\nx\n", "-- a\n++ b\n", "++ b\n\\ No newline", uint16(2))
	f.Add("\r\n\n", "\x00", "", "1", uint16(5))
	f.Fuzz(func(t *testing.T, before1, after1, before2, after2 string, withheld uint16) {
		before, after := textTree(t, before1, before2), textTree(t, after1, after2)
		diff, err := repo.Diff(before, after)
		require.NoError(t, err)
		hunks, err := split(diff, after)
		require.NoError(t, err)
		require.Equal(t, string(diff), string(joined(hunks)))
		for i, h := range hunks {
			h.private = withheld>>(i%16)&1 == 1
		}
		patch, err := bug.ParsePatch(joined(hunks))
		require.NoError(t, err, "%s", joined(hunks))
		_, err = patch.Apply(before)
		require.NoError(t, err, "%s", joined(hunks))
	})
}

// textTree is a tree of two files; an empty one is not there.
func textTree(t *testing.T, texts ...string) *repo.Tree {
	t.Helper()
	files := map[string]repo.File{}
	for i, text := range texts {
		if text != "" {
			files[string(rune('a'+i))] = repo.File{Mode: repo.Regular, Data: []byte(text)}
		}
	}
	tree, err := repo.NewTree(files)
	require.NoError(t, err)
	return tree
}

func TestTestNames(t *testing.T) {
	for id, want := range map[string][]string{
		"example.com/p TestA":                {"p TestA", "TestA"},
		"example.com/p TestA/some_case":      {"some_case", "some case", "TestA"},
		"tests/test_x.py::TestB::test_c[1]":  {"test_c", "test c", "test_c", "TestB", "test_x"},
		"test_c (tests.test_x.TestB.test_c)": {"test_c", "test c", "test_c"},
		"suite > adds numbers":               {"adds numbers"},
	} {
		names := testNames(id)
		for _, name := range want {
			require.Contains(t, names, name, id)
		}
		require.Equal(t, want[0], names[0], id)
	}
}

// A test whose name stands in what is shown is not private, also where it stands
// in what is withheld as well.
func TestPrivateTests(t *testing.T) {
	hunks := []*hunk{
		{names: "func TestBoth(\n func TestShown(", private: false},
		{names: "func TestBoth(\n func TestHeld(\n func TestShownToo", private: true},
	}
	require.Equal(t, []string{"p TestHeld", "p TestShown/TestHeld"},
		privateTests([]string{"p TestBoth", "p TestHeld", "p TestShown", "p TestNowhere", "p TestShown/TestHeld"}, hunks))
}
