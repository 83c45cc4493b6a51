package sandboxtest

import (
	"bytes"
	"context"
	"errors"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// testCommands is the contract of Run.
func (s *suite) testCommands(t *testing.T) {
	t.Run("ends", s.ends)
	t.Run("input", s.input)
	t.Run("output", s.output)
	t.Run("output limit", s.outputLimit)
	t.Run("live", s.live)
	t.Run("environment", s.environment)
	t.Run("timeout", s.timeout)
	t.Run("context", s.contextEnds)
	t.Run("all dead", s.allDead)
	t.Run("special files", s.specialFiles)
	t.Run("reset drops everything", s.resetDrops)
}

// Every way to end is a class; only the machine's failure is an error.
func (s *suite) ends(t *testing.T) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	for _, test := range []struct {
		args   []string
		class  sandbox.Class
		code   int
		signal int
	}{
		{[]string{"true"}, sandbox.Exited, 0, 0},
		{[]string{"bash", "-c", "exit 7"}, sandbox.Exited, 7, 0},
		{[]string{"bash", "-c", "exit 255"}, sandbox.Exited, 255, 0},
		{[]string{"bash", "-c", "kill -TERM $$"}, sandbox.Signaled, -1, 15},
		{[]string{"bash", "-c", "kill -KILL $$"}, sandbox.Signaled, -1, 9},
		{[]string{"bash", "-c", "kill -SEGV $$"}, sandbox.Signaled, -1, 11},
		{[]string{"no-such-program"}, sandbox.Exited, 127, 0},
		{[]string{"/work/readme"}, sandbox.Exited, 126, 0},
		{[]string{"/work"}, sandbox.Exited, 126, 0},
		{[]string{"./run"}, sandbox.Exited, 0, 0},
	} {
		result := run(t, box, sandbox.Cmd{Args: test.args})
		require.Equal(t, test.class, result.Class, "%q\n%s", test.args, result.Errors)
		require.Equal(t, test.code, result.ExitCode, "%q\n%s", test.args, result.Errors)
		require.Equal(t, test.signal, result.Signal, "%q\n%s", test.args, result.Errors)
	}
	_, err := box.Run(t.Context(), sandbox.Cmd{})
	require.Error(t, err, "a command without a name is the caller's mistake")
	result := run(t, box, sandbox.Cmd{Args: []string{"bash", "-c", "i=0; while ((i < 100000)); do ((i++)); done"}})
	require.Positive(t, result.CPU)
	require.Positive(t, result.Wall)
}

func (s *suite) input(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	require.Empty(t, run(t, box, sandbox.Cmd{Args: []string{"cat"}}).Output, "nil is /dev/null")
	require.Equal(t, "/dev/null\n", ok(t, box, "readlink", "/proc/self/fd/0"))
	big := bytes.Repeat([]byte("0123456789\x00\xff\n"), 100_000)
	result := run(t, box, sandbox.Cmd{Args: []string{"cat"}, Stdin: big})
	require.True(t, bytes.Equal(big, result.Output))
	result = run(t, box, sandbox.Cmd{Args: []string{"true"}, Stdin: big})
	require.True(t, result.OK(), "input that nobody reads is no failure")
	result = run(t, box, sandbox.Cmd{Args: []string{"cat"}, Stdin: []byte{}})
	require.Empty(t, result.Output)
}

func (s *suite) output(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	script := []string{"bash", "-c", "echo out; echo err >&2; echo out2"}
	result := run(t, box, sandbox.Cmd{Args: script})
	require.Equal(t, "out\nout2\n", string(result.Output))
	require.Equal(t, "err\n", string(result.Errors))
	result = run(t, box, sandbox.Cmd{Args: script, Combine: true})
	require.Equal(t, "out\nerr\nout2\n", string(result.Output), "combined output keeps its order")
	require.Empty(t, result.Errors)
	result = run(t, box, sandbox.Cmd{Args: []string{"bash", "-c", `printf 'a\0b\xff\r\n\x1b[2Jc'`}})
	require.Equal(t, "a\x00b\xff\r\n\x1b[2Jc", string(result.Output), "output is bytes")
}

// Head and tail are kept, and the command is not stopped by it.
func (s *suite) outputLimit(t *testing.T) {
	const limit = 1 << 16
	box := s.box(t, sandbox.Spec{Limits: sandbox.Limits{Output: limit}})
	for _, combine := range []bool{false, true} {
		result := run(t, box, sandbox.Cmd{
			Args: []string{"bash", "-c", "echo HEAD; head -c 1000000 /dev/zero; echo TAIL; echo written > done"}, Combine: combine})
		require.Equal(t, sandbox.OutputLimit, result.Class)
		require.Equal(t, -1, result.ExitCode)
		require.True(t, bytes.HasPrefix(result.Output, []byte("HEAD\n")))
		require.True(t, bytes.HasSuffix(result.Output, []byte("TAIL\n")))
		headAndTail(t, result, limit, 1_000_010)
		require.Equal(t, "written\n", ok(t, box, "cat", "done"))
	}
	result := run(t, box, sandbox.Cmd{Args: []string{"head", "-c", "1000", "/dev/zero"}})
	require.True(t, result.OK())
	require.Zero(t, result.Dropped)
}

// headAndTail checks that of total bytes those within limit are kept. A line that
// says how much is missing may stand between them.
func headAndTail(t testing.TB, result sandbox.Result, limit, total int64) {
	t.Helper()
	const line = 100
	require.LessOrEqual(t, int64(len(result.Output)), limit+line)
	require.GreaterOrEqual(t, int64(len(result.Output)), limit/2)
	missing := total - result.Dropped // was kept
	require.InDelta(t, len(result.Output), missing, line)
}

// Live is given everything, in order, while the command runs.
func (s *suite) live(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	var got []byte
	first := make(chan bool, 1)
	result := run(t, box, sandbox.Cmd{
		Args: []string{"bash", "-c", "echo first; while [[ ! -e go ]]; do ((i++ > 50)) && break; sleep 0.01; done; echo last"},
		Live: func(p []byte) {
			got = append(got, p...)
			select {
			case first <- true:
			default:
			}
		},
	})
	require.Equal(t, "first\nlast\n", string(result.Output))
	require.Equal(t, "first\nlast\n", string(got))
	require.NotEmpty(t, first)
}

// Commands see what the contract names, and nothing of the host's environment.
func (s *suite) environment(t *testing.T) {
	t.Setenv("SSR_CANARY", "of the host")
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	env := sh(t, box, "env")
	require.NotContains(t, env, "SSR_CANARY")
	require.Contains(t, env, "HOME="+sandbox.HomeDir+"\n")
	require.Equal(t, "/work\n", ok(t, box, "pwd"))
	require.Equal(t, "x y\n", string(run(t, box, sandbox.Cmd{Args: []string{"bash", "-c", `echo "$ADDED"`}, Env: []string{"ADDED=x y"}}).Output))
	require.Equal(t, "/tmp\n", string(run(t, box, sandbox.Cmd{Args: []string{"bash", "-c", `echo "$HOME"`}, Env: []string{"HOME=/tmp"}}).Output), "added variables win")
	require.Equal(t, "/work/src\n", string(run(t, box, sandbox.Cmd{Args: []string{"pwd"}, Dir: sandbox.WorkDir + "/src"}).Output))
	for _, dir := range []string{sandbox.WorkDir, sandbox.HomeDir, "/tmp", "/dev/shm"} {
		sh(t, box, "echo x > "+path.Join(dir, "writable"))
	}
	result := run(t, box, sandbox.Cmd{Args: []string{"pwd"}, Dir: sandbox.WorkDir + "/no/such/folder"})
	require.Equal(t, sandbox.Exited, result.Class, "a folder that a command may have deleted is no failure of the machine")
	require.NotZero(t, result.ExitCode)
}

func (s *suite) timeout(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	result := run(t, box, sandbox.Cmd{Args: []string{"bash", "-c", "echo before; sleep 1000"}, Timeout: 300 * time.Millisecond})
	require.Equal(t, sandbox.Timeout, result.Class)
	require.Equal(t, -1, result.ExitCode)
	require.Equal(t, "before\n", string(result.Output), "what was printed before is kept")
	result = run(t, box, sandbox.Cmd{Args: []string{"true"}, Timeout: time.Minute})
	require.True(t, result.OK(), "the sandbox lives on")
}

// The end of ctx is an error, not a class: nobody waits for a result.
func (s *suite) contextEnds(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	cause := errors.New("the round is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(100*time.Millisecond, func() { cancel(cause) })
	_, err := box.Run(ctx, sandbox.Cmd{Args: []string{"sleep", "1000"}})
	require.ErrorIs(t, err, cause)
	_, err = box.Run(ctx, sandbox.Cmd{Args: []string{"true"}})
	require.ErrorIs(t, err, cause)
	var lost *sandbox.LostError
	require.False(t, errors.As(err, &lost), "the sandbox was not lost: %v", err)
	ok(t, box, "true")
	_, err = s.provider.New(ctx, sandbox.Spec{Require: s.require})
	require.ErrorIs(t, err, cause)
}

// When Run returns nothing of it runs, whatever it hid behind.
func (s *suite) allDead(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	for name, script := range map[string]string{
		"background child":  "while :; do echo x >> alive; sleep 0.01; done >/dev/null 2>&1 & sleep 0.05",
		"holding stdout":    "(while :; do echo x >> alive; sleep 0.01; done) & sleep 0.05",
		"another session":   "setsid bash -c 'while :; do echo x >> alive; sleep 0.01; done' & sleep 0.05",
		"ignoring signals":  "(trap '' HUP INT TERM QUIT; while :; do echo x >> alive; sleep 0.01; done) & sleep 0.05",
		"stopped":           "sleep 1000 & kill -STOP $!; while :; do echo x >> alive; sleep 0.01; done & sleep 0.05",
		"nobody's children": "(setsid bash -c '(while :; do echo x >> alive; sleep 0.01; done) & disown' &) ; sleep 0.05",
	} {
		t.Run(name, func(t *testing.T) {
			mark := newMark()
			result := run(t, box, sandbox.Cmd{Args: []string{"bash", "-c", script, mark}})
			require.Equal(t, sandbox.Exited, result.Class)
			require.Empty(t, survivors(t, mark))
			size := sh(t, box, "stat -c %s alive; sleep 0.05; stat -c %s alive")
			require.Equal(t, lines(size)[0], lines(size)[1], "something still writes")
			require.Equal(t, "1\n", sh(t, box, `ls /proc | grep -c '^[0-9]*$' | { read n; echo $((n <= 6)); }`), "processes are left")
		})
	}
}

// What no tree can hold is listed, and not read.
func (s *suite) specialFiles(t *testing.T) {
	tree := sample(t)
	box := s.box(t, sandbox.Spec{Tree: tree})
	sh(t, box, "mkfifo fifo; rm readme; mkfifo readme; mkdir new; mkfifo new/fifo; touch new/file; rm -r old; mkfifo old")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	byPath := map[string]sandbox.Change{}
	for _, change := range changes {
		byPath[change.Path] = change
	}
	for _, fifo := range []string{"fifo", "readme", "new/fifo", "old"} {
		require.Contains(t, byPath, fifo)
		require.Zero(t, byPath[fifo].Mode, fifo)
		require.False(t, byPath[fifo].Deleted, fifo)
		_, err := box.Read(t.Context(), fifo, 100)
		require.Error(t, err, fifo)
	}
	require.Equal(t, repo.Regular, byPath["new/file"].Mode)
}

// After Reset a sandbox is a new one.
func (s *suite) resetDrops(t *testing.T) {
	tree := sample(t)
	box, fresh := s.box(t, sandbox.Spec{Tree: tree}), s.box(t, sandbox.Spec{Tree: tree})
	want := snapshotInside(t, fresh)
	require.Equal(t, want, snapshotInside(t, box))
	for range 3 {
		run(t, box, sandbox.Cmd{Args: []string{attackPath, newMark(), "wreck"}})
		require.NotEqual(t, want, snapshotInside(t, box), "nothing was wrecked")
		require.NoError(t, box.Reset(t.Context()))
		require.Equal(t, want, snapshotInside(t, box))
	}
}

// snapshotInside hashes, from inside, everything that can be written.
func snapshotInside(t testing.TB, box sandbox.Sandbox) string {
	t.Helper()
	output := ok(t, box, attackPath, newMark(), "hash")
	require.Equal(t, 5, strings.Count(output, "\n"), "%s", output)
	return output
}
