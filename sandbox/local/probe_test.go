package local_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/sandbox"
)

func TestProbe(t *testing.T) {
	findings, err := machine.Provider(t).Probe(t.Context())
	require.NoError(t, err)
	var all sandbox.Guarantee
	for _, f := range findings {
		all |= f.Guarantee
		require.Truef(t, f.Given, "%+v", f)
	}
	require.Equal(t, sandbox.AllGuarantees, all)
}
