package train

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

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
