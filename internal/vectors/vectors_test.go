package vectors_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
)

// Another folder takes the place of the module's own, and what it does not have
// skips the test.
func TestAnotherFolder(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	own, pkg := filepath.Join(root, "testdata", "vectors"), filepath.Join(root, "pkg")
	require.NoError(t, os.MkdirAll(own, 0o755))
	require.NoError(t, os.Mkdir(pkg, 0o755))
	t.Chdir(pkg)
	write := func(folder, name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	}
	write(own, "a.json", `{"vectors": [1, 2]}`)
	write(own, "b.json", `{"vectors": [1]}`)
	write(other, "a.json", `{"vectors": [3]}`)
	require.Equal(t, []int{1, 2}, vectors.Read[int](t, "a.json"))

	t.Setenv("SSR_VECTORS", other)
	require.Equal(t, []int{3}, vectors.Read[int](t, "a.json"))
	t.Run("missing", func(t *testing.T) {
		defer func() { require.True(t, t.Skipped()) }()
		vectors.Read[int](t, "b.json")
	})
}
