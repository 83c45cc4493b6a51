package solve

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
)

// What was made from a file that differs now goes, and what nobody tracked; the
// repository's other files stay, whatever they are called.
func TestLeftovers(t *testing.T) {
	text := func(s string) repo.File { return repo.File{Mode: repo.Regular, Data: []byte(s)} }
	files := map[string]repo.File{
		"a.py": text("old"), "b.py": text("b"),
		"__pycache__/a.cpython-311.pyc": text("1"), "__pycache__/b.cpython-311.pyc": text("2"),
		"data/merge.rej": text("a test's data"), "a.py.orig": text("3"),
	}
	original, err := repo.NewTree(files)
	require.NoError(t, err)
	tree, err := repo.NewTree(map[string]repo.File{"a.py": text("new"), "b.py": text("b"), "c.py.orig": text("4"), ".coverage": text("5")})
	require.NoError(t, err)
	require.Equal(t, []string{"a.py", "b.py"}, paths(t, tree, original))

	delete(files, "a.py")
	files["a.py"] = text("new")
	tree, err = repo.NewTree(files)
	require.NoError(t, err)
	tree, err = tree.With(map[string]*repo.File{"x.pyc": new(text("6"))})
	require.NoError(t, err)
	require.NotContains(t, paths(t, tree, original), "x.pyc")
	require.NotContains(t, paths(t, tree, original), "a.py.orig")
	require.NotContains(t, paths(t, tree, original), "__pycache__/a.cpython-311.pyc")
}

func paths(t *testing.T, tree, original *repo.Tree) []string {
	t.Helper()
	clean, err := withoutLeftovers(tree, original)
	require.NoError(t, err)
	return slices.Collect(clean.Paths())
}
