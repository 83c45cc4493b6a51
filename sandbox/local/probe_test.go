package local_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

func TestProbe(t *testing.T) {
	p, err := local.New(local.Options{})
	require.NoError(t, err)
	findings, err := p.Probe(t.Context())
	require.NoError(t, err)
	var all sandbox.Guarantee
	for _, f := range findings {
		all |= f.Guarantee
		require.Truef(t, f.Given, "%+v", f)
	}
	require.Equal(t, sandbox.AllGuarantees, all)
}
