package sandboxtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A sabotage is a command after which a shell may be broken. The shell may end by
// it, at once, or go on; the next command runs and says how it ended.
type sabotage struct{ name, command string }

var sabotages = []sabotage{
	{"continue", "continue"},
	{"break", "break"},
	{"continue of all loops", "continue 99"},
	{"break of all loops", "break 99"},
	{"return", "return 0"},
	{"functions that sleep", "for name in printf read eval exec command trap set shopt unset declare test '['; do builtin eval \"$name() { sleep 1000; }\"; done"},
	{"a builtin that sleeps", "builtin() { sleep 1000; }"},
	{"a builtin that does nothing", "builtin() { :; }"},
	{"a builtin that ends", "builtin() { exit 8; }"},
	{"aliases", "shopt -s expand_aliases; alias builtin=false read=false eval=false printf=false"},
	{"disabled builtins", "enable -n builtin printf read eval"},
	{"a debug trap that sleeps", "trap 'sleep 1000' DEBUG"},
	{"a debug trap that skips all", "shopt -s extdebug; trap false DEBUG"},
	{"traps", "trap 'echo err' ERR; trap 'echo ended' EXIT; trap '' INT TERM CHLD PIPE"},
	{"set -e", "set -e"},
	{"set -n", "set -n"},
	{"set -u", "set -u; unset PWD IFS PATH"},
	{"set -r", "set -r"},
	{"posix mode", "set -o posix"},
	{"no output", "exec >&- 2>&- <&-"},
	{"saved descriptors closed", "for fd in 10 11 12 13 14; do eval \"exec $fd>&-\"; done"},
	{"descriptors replaced", "for fd in 3 4 10 11 12; do eval \"exec $fd</dev/zero\"; done"},
	{"no descriptors", "ulimit -n 3"},
	{"a folder too deep to name", "d=$(printf 'd%.0s' {1..200}); cd /tmp; for i in {1..120}; do mkdir $d && cd $d || break; done"},
	{"variables made read-only", "readonly IFS PWD ${!ssr*}"},
	{"functions made read-only", "for f in $(compgen -A function); do eval \"$f() { sleep 1000; }\"; readonly -f $f; done"},
	{"job that keeps descriptors, and exit", "(while :; do sleep 0.01; done) & exit 4"},
	{"kill from the background", "(sleep 0.05; kill -9 $$) & wait"},
}

// Nothing that a command does to bash makes the engine wait for anything but a
// command: not for bash's answer after it, not for the next one.
func (s *suite) shellSabotage(t *testing.T) {
	for _, test := range sabotages {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, shell := s.shell(t, sandbox.Spec{})
			result := do(t, shell, test.command)
			require.NotEqual(t, sandbox.Timeout, result.Class, "%s", result.Output)
			result = do(t, shell, "(exit 4)")
			require.NotEqual(t, sandbox.Timeout, result.Class, "%s", result.Output)
			require.Equal(t, 4, result.ExitCode, "%s", result.Output)
		})
	}
}

// A shell that is ended for what was done to it says so.
func (s *suite) shellSaysWhatIsWrong(t *testing.T) {
	_, shell := s.shell(t, sandbox.Spec{})
	result := do(t, shell, "echo before; builtin() { sleep 1000; }")
	require.True(t, result.Restarted)
	require.Equal(t, sandbox.Signaled, result.Class)
	require.Contains(t, string(result.Output), "before\nsandbox: the shell was ended: ")
	says(t, shell, "alive\n", "echo alive")
	says(t, shell, "", "(sleep 0.01; kill -9 $$) &")
	time.Sleep(time.Second) // for the job to kill the shell, between two commands
	result = do(t, shell, "touch /work/file")
	require.True(t, result.Restarted)
	require.Equal(t, "sandbox: the shell had ended before this command, which was not run\n", string(result.Output))
	says(t, shell, "", "ls /work")
	says(t, shell, "", "trap 'exit 0' TERM; (sleep 0.01; kill $$) &")
	time.Sleep(time.Second)
	result = do(t, shell, "touch /work/file")
	require.Equal(t, "sandbox: the shell had ended before this command, which was not run\n", string(result.Output))
	require.Equal(t, sandbox.Signaled, result.Class, "exit status %d is not this command's", result.ExitCode)
}

// What is left of a command is not taken for a failure of the next.
func (s *suite) shellStatus(t *testing.T) {
	_, shell := s.shell(t, sandbox.Spec{})
	says(t, shell, "", "trap 'echo failed' ERR")
	require.Equal(t, 3, do(t, shell, "(exit 3)").ExitCode)
	says(t, shell, "3\n", "echo $?")
}

// Nothing else answers for bash: not its own command's end, and not that of the next.
func (s *suite) shellForgery(t *testing.T) {
	for name, command := range map[string]string{
		"a program, through /proc": `bash -c 'for fd in /proc/$PPID/fd/*; do case $fd in */[012]) ;; *) printf "0\0/work\0" >$fd & printf "\0000\0/work\0" >$fd & esac; done; sleep 0.1; exit 3' 2>/dev/null`,
		"an answer kept for later": `for fd in 3 4 10 11 12; do printf 'AAAAAAAA\0000\0/work\0' >&$fd; done 2>/dev/null; (exit 3)`,
		"a subshell":               `for fd in 10 11 12; do (read -r -N 8 -u $fd x && printf "$x\0000\0/work\0" >&$fd; sleep 0.1); done 2>/dev/null; (exit 3)`,
	} {
		t.Run(name, func(t *testing.T) {
			_, shell := s.shell(t, sandbox.Spec{})
			for _, command := range []string{command, "(exit 3)", "(exit 3)"} {
				result := do(t, shell, command)
				require.NotEqual(t, sandbox.Timeout, result.Class, "%s", result.Output)
				require.False(t, result.OK(), "%q: %s", command, result.Output)
				if !result.Restarted {
					require.Equal(t, 3, result.ExitCode, "%s", result.Output)
				}
			}
		})
	}
}
