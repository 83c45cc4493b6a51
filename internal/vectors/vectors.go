// Package vectors gives tests golden numbers: inputs, and what the reference code
// of a paper or a project makes of them, in JSON.
//
// The one idea: what a rule of someone else's is worth is what their code says, so
// a test of it is a table that their code wrote:
//
//	for _, v := range vectors.Read[vector](t, "nebius_reward.json") {
//		require.InDelta(t, v.Reward, pay(v.Steps), 1e-9)
//	}
//
// The tables are in testdata/vectors of the module, for all packages, since one
// table may be of several. SSR_VECTORS names another folder to read them from,
// such as one with newer ones; what it does not have skips the test that wants it,
// with the reason. A table that should be there and is not, or has nothing in it,
// fails the test: an empty loop passes.
//
// It reads files and no more; how near a number must be is for the test to say.
// No other package imports it (imports_test.go).
package vectors

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// own is the module's folder, as the tests of a package right below it see it.
const own = "../testdata/vectors"

// Read reads the list "vectors" of a file.
func Read[V any](t testing.TB, name string) []V {
	t.Helper()
	var file struct{ Vectors []V }
	Load(t, name, &file)
	require.NotEmpty(t, file.Vectors, name)
	return file.Vectors
}

// Load reads a file that has more than the one list.
func Load(t testing.TB, name string, file any) {
	t.Helper()
	other := os.Getenv("SSR_VECTORS")
	folder := cmp.Or(other, own)
	text, err := os.ReadFile(filepath.Join(folder, name))
	if other != "" && errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not in %s, which SSR_VECTORS names", name, folder)
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, file), name)
}
