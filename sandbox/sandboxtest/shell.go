package sandboxtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
)

// testShell is the contract of Shell.
func (s *suite) testShell(t *testing.T) {
	t.Run("state", s.shellState)
	t.Run("restarts", s.shellRestarts)
	t.Run("framing", s.shellFraming)
	t.Run("status", s.shellStatus)
	t.Run("sabotage", s.shellSabotage)
	t.Run("says what is wrong", s.shellSaysWhatIsWrong)
	t.Run("forgery", s.shellForgery)
	t.Run("background", s.shellBackground)
	t.Run("output limit", s.shellOutputLimit)
	t.Run("with run", s.shellWithRun)
}

func (s *suite) shell(t testing.TB, spec sandbox.Spec) (sandbox.Sandbox, sandbox.Shell) {
	t.Helper()
	box := s.box(t, spec)
	shell, err := box.Shell(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, shell.Close()) })
	return box, shell
}

func do(t testing.TB, shell sandbox.Shell, command string) sandbox.ShellResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	result, err := shell.Do(ctx, command, deadline/2)
	require.NoError(t, err, command)
	return result
}

// says checks that a command prints want and does not end the shell.
func says(t testing.TB, shell sandbox.Shell, want, command string) {
	t.Helper()
	result := do(t, shell, command)
	require.Equal(t, want, string(result.Output), command)
	require.Equal(t, sandbox.Exited, result.Class, command)
	require.False(t, result.Restarted, command)
}

// Variables, functions, options and the folder last.
func (s *suite) shellState(t *testing.T) {
	_, shell := s.shell(t, sandbox.Spec{Tree: sample(t)})
	says(t, shell, "/work\n", "pwd")
	says(t, shell, "", "x='a b'; f() { echo \"f $1\"; }; export Y=z; shopt -s nullglob; cd src")
	says(t, shell, "a b\nf 1\nz\n", "echo \"$x\"; f 1; printenv Y")
	says(t, shell, "\n", "echo no-such-*")
	says(t, shell, "/work/src\n", "pwd")
	require.Equal(t, "/work/src", do(t, shell, "true").Dir)
	require.Equal(t, 3, do(t, shell, "(exit 3)").ExitCode)
	require.Equal(t, 1, do(t, shell, "false").ExitCode)
	require.Equal(t, 127, do(t, shell, "no-such-program").ExitCode)
	require.Equal(t, "/work/new\nline", do(t, shell, "mkdir $'/work/new\\nline'; cd $'/work/new\\nline'").Dir)
}

// After what ends the shell a new one is in the same folder, without the rest.
func (s *suite) shellRestarts(t *testing.T) {
	_, shell := s.shell(t, sandbox.Spec{Tree: sample(t)})
	for name, test := range map[string]struct {
		command string
		class   sandbox.Class
		code    int
	}{
		"exit":     {"exit 5", sandbox.Exited, 5},
		"exec":     {"exec bash -c 'sleep 0.2; exit 6'", sandbox.Exited, 6},
		"kill":     {"kill -9 $$", sandbox.Signaled, -1},
		"set -e":   {"set -e; false", sandbox.Exited, 1},
		"close fd": {"exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exit 0", sandbox.Exited, 0},
	} {
		t.Run(name, func(t *testing.T) {
			do(t, shell, "cd /work/src; x=1")
			result := do(t, shell, test.command)
			require.True(t, result.Restarted)
			require.Equal(t, test.class, result.Class)
			require.Equal(t, test.code, result.ExitCode)
			require.Equal(t, "/work/src", result.Dir)
			says(t, shell, "/work/src []\n", `echo "$PWD [$x]"`)
		})
	}
	t.Run("timeout", func(t *testing.T) {
		mark := newMark()
		do(t, shell, "cd /work/src; x=1")
		result, err := shell.Do(t.Context(), "echo before; sleep 1000 & bash -c 'sleep 1000; :' "+mark, 300*time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, sandbox.Timeout, result.Class)
		require.True(t, result.Restarted)
		require.Equal(t, "before\n", string(result.Output))
		require.Empty(t, survivors(t, mark))
		says(t, shell, "/work/src []\n", `echo "$PWD [$x]"`)
	})
	t.Run("folder deleted", func(t *testing.T) {
		do(t, shell, "mkdir /work/gone; cd /work/gone; rmdir /work/gone")
		require.True(t, do(t, shell, "exit 0").Restarted)
		require.Equal(t, sandbox.Exited, do(t, shell, "pwd").Class)
	})
}

// Whatever a command prints, and wherever, it cannot forge its own end.
func (s *suite) shellFraming(t *testing.T) {
	_, shell := s.shell(t, sandbox.Spec{})
	says(t, shell, "no newline", "printf 'no newline'")
	says(t, shell, "", "true")
	says(t, shell, "a\x00b\xff\x1b[0m\r\n", `printf 'a\0b\xff\x1b[0m\r\n'`)
	says(t, shell, "out\nerr\n", "echo out; echo err >&2")
	says(t, shell, "a\nb\n", "cat <<'END'\na\nb\nEND")
	says(t, shell, "multi\nline\n", "echo multi\necho line # comment")
	says(t, shell, "", "")
	says(t, shell, "", "# only a comment")
	says(t, shell, "'\"\\$`\n", `echo "'\"\\\$\`+"`"+`"`)
	says(t, shell, "", "cat")
	result := do(t, shell, "echo 'unterminated")
	require.NotEqual(t, 0, result.ExitCode)
	result = do(t, shell, "if true; then")
	require.NotEqual(t, 0, result.ExitCode)
	says(t, shell, "fine\n", "echo fine")
	do(t, shell, "for fd in 3 4 5 6 7 8 9 10 11 12 13 14 250 251 255; do echo '0 /forged 0 exited' >&$fd; printf '\\0\\1\\2\\377' >&$fd; done 2>/dev/null")
	require.Equal(t, 4, do(t, shell, "(exit 4)").ExitCode, "the answer is this command's")
	do(t, shell, "for fd in 3 4 5 6 7 8 9; do timeout 0.1 cat <&$fd; done 2>/dev/null")
	require.Equal(t, "alive\n", string(do(t, shell, "echo alive").Output))
	for _, command := range []string{"trap 'echo trapped' DEBUG EXIT", "PROMPT_COMMAND='exit 9'; PS1=x; PS4=y", "alias echo=false; shopt -s expand_aliases",
		"builtin() { exit 8; }; eval() { exit 8; }; printf() { exit 8; }; echo() { exit 8; }; read() { exit 8; }"} {
		do(t, shell, command)
		do(t, shell, "exit 0")
		says(t, shell, "alive\n", "echo alive")
	}
	long := strings.Repeat("x", 300_000)
	says(t, shell, "300000\n", "y='"+long+"'; echo ${#y}")
}

// A background job does not hold up its command, and ends with the shell.
func (s *suite) shellBackground(t *testing.T) {
	box, shell := s.shell(t, sandbox.Spec{})
	mark := newMark()
	result := do(t, shell, "bash -c 'while :; do echo x >> alive; sleep 0.01; done' "+mark+" & sleep 0.05; echo started")
	require.Contains(t, string(result.Output), "started\n")
	require.False(t, result.Restarted)
	says(t, shell, "grows\n", "a=$(stat -c %s alive); sleep 0.1; b=$(stat -c %s alive); ((b > a)) && echo grows")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.Empty(t, survivors(t, mark), "Changes ends whatever runs")
	s.shellOver(t, box, shell)
}

// shellOver checks that a shell whose processes were ended from outside says
// so, and that the next one starts.
func (s *suite) shellOver(t *testing.T, box sandbox.Sandbox, shell sandbox.Shell) {
	t.Helper()
	_, err := shell.Do(t.Context(), "true", 0)
	require.Error(t, err)
	require.NoError(t, shell.Close())
	next, err := box.Shell(t.Context())
	require.NoError(t, err)
	says(t, next, "again\n", "echo again")
	require.NoError(t, next.Close())
}

func (s *suite) shellOutputLimit(t *testing.T) {
	const limit = 1 << 16
	_, shell := s.shell(t, sandbox.Spec{Limits: sandbox.Limits{Output: limit}})
	result := do(t, shell, "echo HEAD; head -c 1000000 /dev/zero; echo TAIL")
	require.Equal(t, sandbox.OutputLimit, result.Class)
	headAndTail(t, result.Result, limit, 1_000_010)
	says(t, shell, "fine\n", "echo fine")
}

// Files are shared between shell and commands. Run promises that nothing else
// runs, so it ends the shell, as Changes and Reset do.
func (s *suite) shellWithRun(t *testing.T) {
	box, shell := s.shell(t, sandbox.Spec{Tree: sample(t)})
	says(t, shell, "", "echo shell > by-shell")
	require.Equal(t, "shell\n", ok(t, box, "cat", "by-shell"))
	s.shellOver(t, box, shell)

	shell, err := box.Shell(t.Context())
	require.NoError(t, err)
	require.NoError(t, box.Reset(t.Context()))
	s.shellOver(t, box, shell)
	shell, err = box.Shell(t.Context())
	require.NoError(t, err)
	says(t, shell, "base\n", "cat readme")
	require.Equal(t, 1, do(t, shell, "test -e by-shell").ExitCode)
	require.NoError(t, shell.Close())
	_, err = shell.Do(t.Context(), "true", 0)
	require.Error(t, err, "a closed shell")
	ok(t, box, "true")
}
