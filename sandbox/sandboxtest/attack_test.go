package sandboxtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// An attack that fails everywhere proves nothing. Those that do no harm must
// succeed on the host, where nothing is in their way.
func TestAttacksSucceedOutside(t *testing.T) {
	path := filepath.Join(t.TempDir(), attackFile)
	require.NoError(t, os.WriteFile(path, buildAttack(t).Data, 0o755))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go answer(l)
	for name, args := range map[string][]string{
		"connect":     {"connect", "tcp", l.Addr().String()},
		"descriptors": {"descriptors", "5"},
		"dev":         {"dev"},
		"whoami":      {"whoami", "another"},
		"secrets":     {"secrets", filepath.Dir(path)},
	} {
		t.Run(name, func(t *testing.T) {
			output, err := exec.Command(path, append([]string{newMark()}, args...)...).CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(output), "BREACH", "%v", err)
		})
	}
}

// The design's list has 47 numbers, and each is tried.
func TestEveryAttackIsThere(t *testing.T) {
	tried := map[int]bool{}
	for _, a := range attacks() {
		tried[a.number] = true
		require.NotEqual(t, a.play == nil, a.args == nil && a.script == "", "%d %s does nothing, or two things", a.number, a.name)
	}
	for number := 1; number <= 47; number++ {
		require.True(t, tried[number], "attack %d", number)
	}
	require.Len(t, tried, 47)
}
