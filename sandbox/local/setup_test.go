package local_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

func TestRealModule(t *testing.T) {
	p, err := local.New(local.Options{})
	require.NoError(t, err)
	cache := "/tmp/ssr-cache-lead"
	snap, err := repo.Open(t.Context(), "module:github.com/spf13/cast@v1.10.0", repo.Options{Cache: cache})
	require.NoError(t, err)
	start := time.Now()
	layer, err := sandbox.Setup{Live: func(b []byte) { t.Log(string(b)) }}.Prepare(t.Context(), p, snap)
	require.NoError(t, err)
	t.Log("setup", time.Since(start), layer)
	for range 3 {
		s, err := p.New(t.Context(), sandbox.Spec{Tree: snap.Tree, Setup: layer})
		require.NoError(t, err)
		res, err := s.Run(t.Context(), sandbox.Cmd{Args: []string{"bash", "-c", "go test -count=1 ./..."}, Combine: true, Timeout: 100 * time.Second})
		require.NoError(t, err)
		t.Logf("%v %v %v %d\n%s", res.Class, res.Wall, res.CPU, res.ExitCode, res.Output)
		ch, err := s.Changes(t.Context())
		t.Log(ch, err)
		require.NoError(t, s.Close())
	}
}
