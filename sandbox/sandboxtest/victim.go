package sandboxtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
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
func beVictim(t *testing.T, p sandbox.Provider) {
	mark := os.Getenv(victimEnv)
	s := &suite{provider: p, attack: buildAttack(t)}
	for _, start := range []func(sandbox.Sandbox){
		func(box sandbox.Sandbox) {
			shell, err := box.Shell(t.Context())
			require.NoError(t, err)
			do(t, shell, "setsid "+attackPath+" "+mark+" tick >/dev/null 2>&1 & sleep 0.1")
		},
		func(box sandbox.Sandbox) {
			running := make(chan bool)
			go box.Run(t.Context(), sandbox.Cmd{Args: []string{attackPath, mark, "ignore-signals"}, Live: func([]byte) { running <- true }})
			<-running
		},
	} {
		box, err := p.New(t.Context(), sandbox.Spec{Require: victimRequire(), Files: s.files()})
		require.NoError(t, err)
		start(box)
	}
	fmt.Println("\nvictim is ready")
	time.Sleep(time.Hour)
}

// engineKilled kills a whole engine and looks for what it leaves (attack 13).
func (s *suite) engineKilled(t *testing.T) {
	mark := newMark()
	before := s.hostNow(t)
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run="+pattern(t.Name()), "-test.timeout=5m", "-test.v")
	cmd.Env = append(os.Environ(), victimEnv+"="+mark, victimRequireEnv+"="+fmt.Sprint(uint16(s.require)), attackEnv+"="+s.attackOnDisk(t))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	said := ""
	for lines.Scan() && lines.Text() != "victim is ready" {
		said += lines.Text() + "\n"
	}
	require.NotEmpty(t, survivors(t, mark+"\x00"), "nothing ran in the victim:\n%s", said)
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
