package inject

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

func treeOf(t *testing.T, files map[string]repo.File) *repo.Tree {
	t.Helper()
	tree, err := repo.NewTree(files)
	require.NoError(t, err)
	return tree
}

func file(text string) repo.File { return repo.File{Mode: repo.Regular, Data: []byte(text)} }

// Where a diff is not what the tree says, it is said file by file.
func TestComparison(t *testing.T) {
	base := treeOf(t, map[string]repo.File{"a": file("1\n"), "b": file("2\n"), "c": file("3\n")})
	there := treeOf(t, map[string]repo.File{"a": file("1\n"), "b": {Mode: repo.Executable, Data: []byte("2\n")}, "c": file("4\n")})
	right, err := repo.Diff(base, there)
	require.NoError(t, err)
	other, err := repo.Diff(base, treeOf(t, map[string]repo.File{"b": file("2\n"), "c": file("5\n"), "d": file("")}))
	require.NoError(t, err)
	misfit, err := repo.Diff(there, base)
	require.NoError(t, err)
	for _, test := range []struct {
		name string
		diff []byte
		want []string
	}{
		{"as it is", right, nil},
		{"none", nil, []string{"bug_inject.diff: it is missing"}},
		{"another", other, []string{
			`bug_inject.diff: "a" is in the tree, and not with the diff`,
			`bug_inject.diff: "b" has the mode 100755 in the tree, and 100644 with the diff`,
			`bug_inject.diff: "c" holds something else in the tree than with the diff`,
			`bug_inject.diff: "d" is there with the diff, and not in the tree`,
		}},
		{"of another tree", misfit, []string{`bug_inject.diff: "b" does not apply: `}},
		{"no diff", []byte("--- a/../../etc/passwd\n"), []string{"bug_inject.diff: patch line 1: "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c Comparison
			require.NoError(t, c.add(claim{bug.InjectName, test.diff, base, there}))
			require.Len(t, c.Differences, len(test.want), c.Differences)
			for i, want := range test.want {
				require.Contains(t, c.Differences[i].String(), want)
			}
		})
	}
}

// A policy cannot fill the record with them.
func TestComparisonIsCut(t *testing.T) {
	files := map[string]repo.File{}
	for i := range 200 {
		files[fmt.Sprint(i)] = file("x")
	}
	many := treeOf(t, files)
	diff, err := repo.Diff(new(repo.Tree), many)
	require.NoError(t, err)
	var c Comparison
	require.NoError(t, c.add(claim{bug.InjectName, diff, new(repo.Tree), new(repo.Tree)}, claim{bug.WeakenName, nil, many, many}))
	require.Len(t, c.Differences, mostDifferences)
	require.Equal(t, 151, c.More)
}

// The list of test files is read as package bug reads it.
func TestWithout(t *testing.T) {
	changes := map[string]*repo.File{"a_test.sh": nil, "b test.sh": nil, "c": nil}
	require.Equal(t, map[string]*repo.File{"c": nil}, without(changes, []byte("\na_test.sh\r\nb test.sh")))
}

// The names in the paper's prompts are read as package bug reads them; a file's own
// name goes before its other one.
func TestNamesOfThePaper(t *testing.T) {
	paper := map[string]string{bug.ParserName: "parse_test_output.py", bug.InjectName: "bug_patch.diff", bug.WeakenName: "test_patch.diff"}
	for _, name := range []string{bug.ScriptName, bug.ParserName, bug.TestFilesName, bug.InjectName, bug.WeakenName} {
		require.Nil(t, named(map[string][]byte{"": {1}, "other": {1}}, name), name)
		written := map[string][]byte{}
		if other := paper[name]; other != "" {
			written[other] = []byte("theirs")
			require.Equal(t, "theirs", string(named(written, name)))
		}
		written[name] = []byte("ours")
		require.Equal(t, "ours", string(named(written, name)))
	}
}
