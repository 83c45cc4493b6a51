package sandboxtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
)

// victimEnv makes [Test] in a second process the engine that is killed; its
// value is the mark of what it starts.
const victimEnv = "SSR_SANDBOXTEST_VICTIM"

// beVictim makes sandboxes with daemons in them, says so, and waits for death.
func beVictim(t *testing.T, p sandbox.Provider, o Options) {
	s := newSuite(t, p, o)
	mark := os.Getenv(victimEnv)

	shell, err := s.box(t, sandbox.Spec{}).Shell(t.Context())
	require.NoError(t, err)
	do(t, shell, "setsid "+attackPath+" "+mark+" tick >/dev/null 2>&1 & sleep 0.1")

	running := make(chan bool, 1)
	go s.box(t, sandbox.Spec{}).Run(t.Context(), sandbox.Cmd{
		Args: []string{attackPath, mark, "ignore-signals"},
		Live: func([]byte) { running <- true },
	})
	<-running
	fmt.Println("\n" + victimReady)
	time.Sleep(time.Hour)
}

const victimReady = "the victim is ready"

// engineKilled kills a whole engine and looks for what it leaves (attack 13).
func (s *suite) engineKilled(t *testing.T) {
	mark := newMark()
	before := s.hostNow(t)
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run="+pattern(t.Name()), "-test.timeout=5m", "-test.v")
	program := filepath.Join(t.TempDir(), attackFile) // a victim cleans nothing up
	require.NoError(t, os.WriteFile(program, s.attack.Data, 0o755))
	cmd.Env = append(os.Environ(), victimEnv+"="+mark, attackEnv+"="+program)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	said := ""
	for lines.Scan() && lines.Text() != victimReady {
		said += lines.Text() + "\n"
	}
	require.NotEmpty(t, survivors(t, mark), "nothing ran in the victim:\n%s", said)
	require.NoError(t, cmd.Process.Kill())
	cmd.Wait()
	require.Eventually(t, func() bool { return len(survivors(t, mark)) == 0 }, 10*time.Second, 10*time.Millisecond,
		"processes outlive the engine")
	box := s.box(t, sandbox.Spec{}) // the next start sweeps
	ok(t, box, "true")
	require.NoError(t, box.Close())
	s.sameHost(t, before)
}

// pattern selects the test that called [Test], from the name of one below it.
func pattern(name string) string {
	name, _, _ = strings.Cut(name, "/attacks/")
	return "^" + strings.ReplaceAll(name, "/", "$/^") + "$"
}
