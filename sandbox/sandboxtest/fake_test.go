package sandboxtest

import (
	"cmp"
	"context"
	"errors"
	"os/exec"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// The fake keeps the part of the contract that is about files.
func TestFakeKeepsTheContract(t *testing.T) {
	fake := &Fake{Run: coreutils}
	s := &suite{provider: fake, options: Options{Claims: sandbox.AllGuarantees}}
	t.Run("contract", s.testFiles)
	require.Zero(t, fake.Open())
	require.Positive(t, fake.Made())
}

// coreutils plays the commands of testFiles.
func coreutils(ctx context.Context, m *Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
	args := cmd.Args[1:]
	var output []byte
	var err error
	switch cmd.Args[0] {
	case "cat":
		output, err = follow(m, args[0])
	case "tee":
		old, _ := m.Read(args[0])
		err = m.Write(args[0], repo.File{Mode: cmp.Or(old.Mode, repo.Regular), Data: cmd.Stdin})
	case "rm":
		err = m.Remove(args[len(args)-1])
	case "mv":
		var file repo.File
		if file, err = m.Read(args[0]); err == nil {
			err = errors.Join(m.Remove(args[0]), m.Write(args[1], file))
		}
	case "chmod":
		var file repo.File
		if file, err = m.Read(args[1]); err == nil {
			err = m.Write(args[1], repo.File{Mode: repo.Executable, Data: file.Data})
		}
	case "ln":
		err = m.Write(args[2], repo.File{Mode: repo.Symlink, Data: []byte(args[1])})
	case "mkdir":
	default:
		return sandbox.Result{ExitCode: 127}, nil
	}
	if err != nil {
		return sandbox.Result{ExitCode: 1, Errors: []byte(err.Error())}, nil
	}
	return sandbox.Result{Output: output}, nil
}

func follow(m *Machine, name string) ([]byte, error) {
	file, err := m.Read(name)
	if err == nil && file.Mode == repo.Symlink {
		file, err = m.Read(string(file.Data))
	}
	return file.Data, err
}

func TestFakeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &Fake{Run: func(ctx context.Context, m *Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
			switch cmd.Args[0] {
			case "hang":
				<-ctx.Done()
			case "break":
				return sandbox.Result{}, errors.New("disk on fire")
			}
			return sandbox.Result{Output: []byte("0123456789")}, nil
		}}
		box, err := fake.New(t.Context(), sandbox.Spec{Limits: sandbox.Limits{Output: 6}})
		require.NoError(t, err)
		defer box.Close()

		result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"print"}})
		require.NoError(t, err)
		require.Equal(t, sandbox.Result{Class: sandbox.OutputLimit, ExitCode: -1, Output: []byte("012789"), Dropped: 4}, result)

		result, err = box.Run(t.Context(), sandbox.Cmd{Args: []string{"hang"}, Timeout: time.Hour})
		require.NoError(t, err)
		require.Equal(t, sandbox.Timeout, result.Class)

		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err = box.Run(ctx, sandbox.Cmd{Args: []string{"hang"}})
		require.ErrorIs(t, err, context.DeadlineExceeded)

		var lost *sandbox.LostError
		_, err = box.Run(t.Context(), sandbox.Cmd{Args: []string{"break"}})
		require.ErrorAs(t, err, &lost)
	})
}

func TestFakeRefuses(t *testing.T) {
	fake := &Fake{Missing: sandbox.Memory | sandbox.Disk}
	var refusal *sandbox.GuaranteeError
	_, err := fake.New(t.Context(), sandbox.Spec{})
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, fake.Missing, refusal.Missing)
	box, err := fake.New(t.Context(), sandbox.Spec{Require: sandbox.Files})
	require.NoError(t, err)
	require.Equal(t, 1, fake.Open())
	require.NoError(t, box.Close())
	require.NoError(t, box.Close())
	require.Zero(t, fake.Open())
	_, err = box.Run(t.Context(), sandbox.Cmd{Args: []string{"true"}})
	require.Error(t, err)
}

func TestFakeShell(t *testing.T) {
	fake := &Fake{Run: func(ctx context.Context, m *Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
		if cmd.Args[2] == "cd src" {
			m.Dir = "/work/src"
		}
		return sandbox.Result{Output: []byte(m.Dir + "\n")}, nil
	}}
	box, err := fake.New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	defer box.Close()
	shell, err := box.Shell(t.Context())
	require.NoError(t, err)
	for command, want := range map[string]string{"cd src": "/work/src", "pwd": "/work/src"} {
		_, err := shell.Do(t.Context(), "cd src", 0)
		require.NoError(t, err)
		result, err := shell.Do(t.Context(), command, 0)
		require.NoError(t, err)
		require.Equal(t, want, result.Dir)
	}
	require.NoError(t, shell.Close())
	_, err = shell.Do(t.Context(), "pwd", 0)
	require.Error(t, err)
}

// The host's side of the attacks on processes sees what lives, and only that.
func TestSurvivors(t *testing.T) {
	mark := newMark()
	require.Empty(t, survivors(t, mark))
	cmd := exec.Command("sh", "-c", "sleep 1000; :", mark)
	require.NoError(t, cmd.Start())
	require.Len(t, survivors(t, mark), 1)
	require.NoError(t, cmd.Process.Kill())
	cmd.Wait()
	require.Empty(t, survivors(t, mark))
}
