package local_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

func TestConformance(t *testing.T) {
	sandboxtest.Test(t, machine.Provider(t), sandboxtest.Options{})
}

func Benchmark(b *testing.B) {
	provider, err := local.New(local.Options{})
	require.NoError(b, err)
	sandboxtest.Benchmarks(b, provider, sandboxtest.Options{})
}
