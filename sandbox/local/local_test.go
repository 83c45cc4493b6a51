package local_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

func TestSmoke(t *testing.T) {
	p, err := local.New(local.Options{})
	require.NoError(t, err)
	tree, err := repo.NewTree(map[string]repo.File{"a/b.txt": {Mode: repo.Regular, Data: []byte("hello\n")}})
	require.NoError(t, err)
	start := time.Now()
	s, err := p.New(t.Context(), sandbox.Spec{Tree: tree})
	require.NoError(t, err)
	t.Log("new", time.Since(start))
	for _, c := range []string{"id; pwd; ls -la / /work /home /dev; cat a/b.txt; echo $PATH", "cat /proc/mounts; ps aux", "go version; python3 --version; node --version; pytest --version", "echo new > n; rm -r a; ls -la /proc/1/ /proc/1/fd; cat /proc/1/status; cat /proc/self/status; cat /etc/shadow; ls /root"} {
		start = time.Now()
		res, err := s.Run(t.Context(), sandbox.Cmd{Args: []string{"bash", "-c", c}, Combine: true, Timeout: 10 * time.Second})
		t.Log("run", time.Since(start))
		require.NoError(t, err)
		t.Logf("%+v\n%s", res.Class, res.Output)
	}
	ch, err := s.Changes(t.Context())
	t.Log(ch, err)
	require.NoError(t, s.Reset(t.Context()))
	ch, err = s.Changes(t.Context())
	t.Log(ch, err)
	start = time.Now()
	require.NoError(t, s.Close())
	t.Log("close", time.Since(start))
}
