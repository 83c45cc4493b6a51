package train

import (
	"cmp"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// readVectors reads the vectors of one file, each as what the tables below take
// apart. SSR_VECTORS names another folder to read them from; a file that is not
// there is skipped.
func readVectors[V any](t *testing.T, file string) []V {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(cmp.Or(os.Getenv("SSR_VECTORS"), "testdata/vectors"), file))
	if os.IsNotExist(err) && os.Getenv("SSR_VECTORS") != "" {
		t.Skipf("no %s in $SSR_VECTORS", file)
	}
	require.NoError(t, err)
	var all struct{ Vectors []V }
	require.NoError(t, json.Unmarshal(data, &all))
	require.NotEmpty(t, all.Vectors)
	return all.Vectors
}

// as reads one vector in the form that its function has.
func as[V any](t *testing.T, raw json.RawMessage) (v V) {
	t.Helper()
	require.NoError(t, json.Unmarshal(raw, &v))
	return v
}

// near holds got to want within 1e-9, of want where that is above 1.
func near(t *testing.T, want, got []float64, about ...any) {
	t.Helper()
	require.Len(t, got, len(want), about...)
	for i := range want {
		require.InDelta(t, want[i], got[i], 1e-9*max(1, math.Abs(want[i])), about...)
	}
}
