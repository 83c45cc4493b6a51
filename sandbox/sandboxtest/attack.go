package sandboxtest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// An attack is one thing that a hostile player might do.
type attack struct {
	number int    // in the design's list
	name   string // what is tried
	needs  sandbox.Guarantee

	args    []string // of testdata/attack
	script  string   // or a bash script
	limits  sandbox.Limits
	timeout time.Duration
	ends    []sandbox.Class // how the command may end; default Exited
	lax     bool            // its exit status says nothing

	// play replaces the one command above, where there are several, or the
	// host has a part in it.
	play func(t *testing.T, s *suite)

	// elsewhere names the tests of the engine's part of it, for 36 to 47.
	elsewhere string
}

// attacks are all of them, in the design's order.
func attacks() []attack {
	return slices.Concat(processAttacks, resourceAttacks, fileAttacks, networkAttacks, engineAttacks)
}

func (s *suite) testAttacks(t *testing.T) {
	for _, a := range attacks() {
		t.Run(fmt.Sprintf("%02d %s", a.number, a.name), func(t *testing.T) {
			if missing := a.needs &^ s.options.Claims; missing != 0 {
				t.Skipf("the provider does not claim %s on this machine", missing)
			}
			if a.elsewhere != "" {
				t.Log("the engine's part is tested in", a.elsewhere)
			}
			if a.play != nil {
				a.play(t, s)
				return
			}
			s.try(t, a)
		})
	}
}

// try runs an attack of one command, and looks at what is left of the host and
// of the sandbox.
func (s *suite) try(t *testing.T, a attack) {
	tree := sample(t)
	box := s.box(t, sandbox.Spec{Tree: tree, Limits: a.limits})
	mark := newMark()
	cmd := hostile(mark, a.args...)
	if a.script != "" {
		cmd.Args = []string{"bash", "-c", a.script, mark}
	}
	cmd.Timeout = a.timeout
	base := folderHash(t, tree.Dir())
	result := run(t, box, cmd)
	require.Empty(t, survivors(t, mark), "processes outlive the command")
	a.judge(t, result)
	s.unharmed(t, box)
	require.Equal(t, base, folderHash(t, tree.Dir()), "the base changed")
}

// hostile is a command of testdata/attack.
func hostile(mark string, args ...string) sandbox.Cmd {
	return sandbox.Cmd{Args: append([]string{attackPath, mark}, args...), Combine: true}
}

// judge compares how the attack ended with how it may.
func (a attack) judge(t *testing.T, result sandbox.Result) {
	t.Helper()
	output := result.Output[:min(len(result.Output), 4000)]
	require.NotContains(t, string(output), "BREACH")
	ends := a.ends
	if ends == nil {
		ends = []sandbox.Class{sandbox.Exited}
	}
	require.Contains(t, ends, result.Class, "status %d, signal %d\n%s", result.ExitCode, result.Signal, output)
	if result.Class == sandbox.Exited && !a.lax {
		require.Zero(t, result.ExitCode, "%s", output)
	}
}

// held runs an attack that must be refused, and returns what it said.
func (s *suite) held(t *testing.T, box sandbox.Sandbox, args ...string) string {
	t.Helper()
	result := run(t, box, hostile(newMark(), args...))
	attack{}.judge(t, result)
	return string(result.Output)
}

// unharmed checks that a sandbox still does everything, and is as new after a
// reset.
func (s *suite) unharmed(t *testing.T, box sandbox.Sandbox) {
	t.Helper()
	result := run(t, box, sandbox.Cmd{Args: []string{"true"}, Dir: "/"})
	require.True(t, result.OK(), "the next command: %s %d %s", result.Class, result.ExitCode, result.Errors)
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	for _, change := range changes[:min(len(changes), 100)] {
		require.NoError(t, plausible(change))
	}
	require.NoError(t, box.Reset(t.Context()))
	changes, err = box.Changes(t.Context())
	require.NoError(t, err)
	require.Empty(t, changes)
	require.Equal(t, "base\n", ok(t, box, "cat", "readme"))
}

// plausible says whether a change names a path inside the tree.
func plausible(change sandbox.Change) error {
	if change.Path == "" || change.Path[0] == '/' || strings.IndexByte(change.Path, 0) >= 0 ||
		slices.Contains(strings.Split(change.Path, "/"), "..") {
		return fmt.Errorf("%q is no path inside the tree", change.Path)
	}
	switch change.Mode {
	case 0, repo.Regular, repo.Executable, repo.Symlink:
		return nil
	}
	return fmt.Errorf("%q has mode %o", change.Path, change.Mode)
}

// A background command runs in a sandbox of its own while the test goes on.
type background struct {
	said chan string
	done chan error
	box  sandbox.Sandbox
}

// start runs an attack and waits until it has said word.
func (s *suite) start(t *testing.T, spec sandbox.Spec, word string, args ...string) *background {
	t.Helper()
	b := &background{said: make(chan string, 1), done: make(chan error, 1), box: s.box(t, spec)}
	cmd := hostile(newMark(), args...)
	cmd.Timeout = deadline
	var all []byte
	cmd.Live = func(p []byte) {
		if all = append(all, p...); bytes.Contains(all, []byte(word)) {
			select {
			case b.said <- string(all):
			default:
			}
		}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	go func() {
		result, err := b.box.Run(ctx, cmd)
		if err == nil {
			err = fmt.Errorf("%s %d: %s", result.Class, result.ExitCode, result.Output)
		}
		b.done <- err
	}()
	t.Cleanup(func() { // before the sandbox is closed: its methods must not run at once
		cancel()
		<-b.done
	})
	return b
}

// answer waits for the word.
func (b *background) answer(t *testing.T) string {
	t.Helper()
	select {
	case text := <-b.said:
		return text
	case err := <-b.done:
		b.done <- err
		require.NoError(t, err, "it ended")
	case <-time.After(deadline):
		require.Fail(t, "it says nothing")
	}
	return ""
}
