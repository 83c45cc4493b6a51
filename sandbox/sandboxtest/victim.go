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
// value is the mark of what it starts, or victimHeir.
const (
	victimEnv   = "SSR_SANDBOXTEST_VICTIM"
	victimHeir  = "heir"
	victimReady = "the victim is ready"
)

// beVictim makes sandboxes with daemons in them, says so, and waits for death.
// The heir is the engine's next start, which sweeps.
func (s *suite) beVictim(t *testing.T) {
	mark := os.Getenv(victimEnv)
	if mark == victimHeir {
		ok(t, s.box(t, sandbox.Spec{}), "true")
		return
	}
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

// engineKilled kills a whole engine and looks for what it leaves (attack 13).
func (s *suite) engineKilled(t *testing.T) {
	mark := newMark()
	before := s.hostNow(t)
	victim := s.engine(t, mark)
	out, err := victim.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, victim.Start())
	lines := bufio.NewScanner(out)
	var said strings.Builder
	for lines.Scan() && lines.Text() != victimReady {
		said.WriteString(lines.Text() + "\n")
	}
	require.NotEmpty(t, survivors(t, mark), "nothing ran in the victim:\n%s", said.String())
	require.NoError(t, victim.Process.Kill())
	victim.Wait()
	require.Eventually(t, func() bool { return len(survivors(t, mark)) == 0 }, 10*time.Second, 10*time.Millisecond,
		"processes outlive the engine")
	output, err := s.engine(t, victimHeir).CombinedOutput()
	require.NoError(t, err, "the next engine: %s", output)
	require.Zero(t, cgroups(victim.Process.Pid), "the next engine swept no cgroups")
	s.sameHost(t, before)
}

// engine runs this test again in a second process.
func (s *suite) engine(t *testing.T, role string) *exec.Cmd {
	program := filepath.Join(t.TempDir(), attackFile) // a victim cleans nothing up
	require.NoError(t, os.WriteFile(program, s.attack.Data, 0o755))
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run="+pattern(t.Name()), "-test.timeout=5m", "-test.v")
	cmd.Env = append(os.Environ(), victimEnv+"="+role, attackEnv+"="+program)
	return cmd
}

// pattern selects the test that called [Test], from the name of one below it.
func pattern(name string) string {
	name, _, _ = strings.Cut(name, "/attacks/")
	return "^" + strings.ReplaceAll(name, "/", "$/^") + "$"
}
