package sysprog_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// run starts the program with out as descriptor 1 and 3.
func run(t *testing.T, p *sysprog.Program) (output []byte, exitCode int) {
	t.Helper()
	file, err := p.Memfd("test", 3)
	require.NoError(t, err)
	defer file.Close()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	cmd := exec.Command(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
	cmd.Stdout, cmd.ExtraFiles = w, []*os.File{w}
	require.NoError(t, cmd.Start())
	w.Close()
	err = cmd.Wait()
	if _, ok := err.(*exec.ExitError); !ok {
		require.NoError(t, err)
	}
	buf := make([]byte, 1000)
	n, _ := r.Read(buf)
	return buf[:n], cmd.ProcessState.ExitCode()
}

func TestProgramRunsItsCallsInOrder(t *testing.T) {
	var p sysprog.Program
	p.Call("first", unix.SYS_WRITE, sysprog.Const(1), p.String("one "), sysprog.Const(4))
	fd := p.Call("duplicate", unix.SYS_DUP, sysprog.Const(1))
	p.Call("second", unix.SYS_WRITE, fd.Result(), p.String("two"), sysprog.Const(3))
	p.Call("exit", unix.SYS_EXIT_GROUP, sysprog.Const(7))
	output, code := run(t, &p)
	require.Equal(t, "one two", string(output))
	require.Equal(t, 7, code)
}

func TestProgramForks(t *testing.T) {
	var p sysprog.Program
	child, done := &sysprog.Label{}, &sysprog.Label{}
	p.Call("fork", unix.SYS_CLONE, sysprog.Const(int(unix.SIGCHLD))).IfZero(child)
	status := p.Space(8)
	p.Call("wait", unix.SYS_WAIT4, sysprog.Const(-1), status, sysprog.Const(0), sysprog.Const(0))
	p.Call("tell", unix.SYS_WRITE, sysprog.Const(1), status, sysprog.Const(4)).Then(done)
	p.Place(child)
	p.Call("exit", unix.SYS_EXIT_GROUP, sysprog.Const(5))
	p.Place(done)
	p.Call("exit", unix.SYS_EXIT_GROUP, sysprog.Const(0))
	output, code := run(t, &p)
	require.Equal(t, []byte{0, 5, 0, 0}, output)
	require.Zero(t, code)
}

func TestFailureNamesTheStep(t *testing.T) {
	var p sysprog.Program
	p.Call("close nothing", unix.SYS_CLOSE, sysprog.Const(999)).Try()
	p.Call("enter the folder", unix.SYS_CHDIR, p.String("/does/not/exist"))
	p.Call("exit", unix.SYS_EXIT_GROUP, sysprog.Const(0))
	output, code := run(t, &p)
	require.Equal(t, 1, code)
	require.Len(t, output, sysprog.FailureSize)
	failure := p.Failure(output)
	require.ErrorIs(t, failure, unix.ENOENT)
	require.EqualError(t, failure, "enter the folder: no such file or directory")
}

func TestStringsBecomeArguments(t *testing.T) {
	var p sysprog.Program
	p.Call("echo", unix.SYS_EXECVE, p.String("/bin/sh"),
		p.Strings([]string{"sh", "-c", `echo "$1 $X"`, "sh", "a b"}), p.Strings([]string{"X=y"}))
	output, _ := run(t, &p)
	require.Equal(t, "a b y\n", string(output))
}
