package suite_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
	"github.com/selfplay-swe/ssr/suite"
)

// A run is made once for each repetition, and read back as it was.
func TestRunIsKept(t *testing.T) {
	b := newBench(t)
	first := b.run(t, request(t, 0))
	require.False(t, first.Saved)
	second := b.run(t, request(t, 0))
	require.True(t, second.Saved)
	second.Saved = false
	require.Equal(t, first, second)
	require.False(t, b.run(t, request(t, 1)).Saved, "another repetition is another run")
	require.EqualValues(t, 2, b.scripts.Load())
}

// Whatever a run depends on makes it another one.
func TestRunKey(t *testing.T) {
	b := newBench(t)
	b.run(t, request(t, 0))
	other := request(t, 0)
	other.Suite.Script = []byte("run more")
	require.False(t, b.run(t, other).Saved)
	other = request(t, 0)
	other.Suite.Parser = []byte("parse")
	require.False(t, b.run(t, other).Saved)
	other = request(t, 0)
	other.Twice = true
	require.False(t, b.run(t, other).Saved)
	other = request(t, 0)
	other.Tree = new(repo.Tree)
	require.False(t, b.run(t, other).Saved)
	for _, runner := range []*suite.Runner{
		{Setup: b.layer(t)},
		{Timeout: time.Second},
		{Limits: sandbox.Limits{Memory: 1}},
	} {
		runner.Provider, runner.Dir = b.fake, b.runner.Dir
		run, err := runner.Run(t.Context(), request(t, 0))
		require.NoError(t, err)
		require.False(t, run.Saved)
	}
}

// An entry that was damaged is made anew, and nothing but entries is left.
func TestRunKeptBadly(t *testing.T) {
	b := newBench(t)
	b.run(t, request(t, 0))
	var entries []string
	require.NoError(t, filepath.WalkDir(b.runner.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			entries = append(entries, path)
		}
		return err
	}))
	require.Len(t, entries, 1)
	good, err := os.ReadFile(entries[0])
	require.NoError(t, err)
	for _, bad := range [][]byte{nil, good[:len(good)/2], []byte("{}"), []byte(`{"version":1}`), bytes.Replace(good, []byte(`"key":"`), []byte(`"key":"0`), 1)} {
		require.NoError(t, os.WriteFile(entries[0], bad, 0o666))
		require.False(t, b.run(t, request(t, 0)).Saved)
		require.True(t, b.run(t, request(t, 0)).Saved)
	}
}

// What time or load decided is not kept.
func TestRunNotKept(t *testing.T) {
	for name, class := range map[string]sandbox.Class{
		"signal": sandbox.Signaled, "memory": sandbox.OutOfMemory, "disk": sandbox.DiskFull, "pids": sandbox.PIDLimit,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.script = func(context.Context, *sandboxtest.Machine) (sandbox.Result, error) {
				return sandbox.Result{Class: class}, nil
			}
			for range 2 {
				run := b.run(t, request(t, 0))
				require.False(t, run.Saved)
				require.Equal(t, suite.ScriptEnded, run.Problem.Kind)
			}
		})
	}
	t.Run("timeout", func(t *testing.T) {
		b := newBench(t)
		b.runner.Timeout = time.Millisecond
		b.script = func(ctx context.Context, _ *sandboxtest.Machine) (sandbox.Result, error) {
			<-ctx.Done()
			return sandbox.Result{}, nil
		}
		for range 2 {
			run := b.run(t, request(t, 0))
			require.False(t, run.Saved)
			require.Contains(t, run.Problem.Text, "did not end within 1ms")
		}
	})
}

// Equal requests at one time are one run, and a caller that gives up does not
// take the others with it.
func TestRunShared(t *testing.T) {
	b := newBench(t)
	b.runner.Dir = ""
	begun, finish := make(chan struct{}, 9), make(chan struct{})
	b.script = func(ctx context.Context, _ *sandboxtest.Machine) (sandbox.Result, error) {
		begun <- struct{}{}
		select {
		case <-finish:
		case <-ctx.Done():
		}
		return sandbox.Result{Output: []byte("ok a\n")}, nil
	}
	impatient, giveUp := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		_, err := b.runner.Run(impatient, request(t, 0))
		require.ErrorIs(t, err, context.Canceled)
	})
	<-begun
	for range 3 {
		group.Go(func() {
			run, err := b.runner.Run(t.Context(), request(t, 0))
			require.NoError(t, err)
			require.Nil(t, run.Problem)
		})
	}
	giveUp()
	<-begun
	close(finish)
	group.Wait()
}

// A lost sandbox is tried again, and then is an error: never a result.
func TestRunLost(t *testing.T) {
	b := newBench(t)
	b.script = func(context.Context, *sandboxtest.Machine) (sandbox.Result, error) {
		if b.scripts.Load() < 3 {
			return sandbox.Result{}, errors.New("gone")
		}
		return sandbox.Result{Output: []byte("ok a\n")}, nil
	}
	require.Nil(t, b.run(t, request(t, 0)).Problem)
	require.EqualValues(t, 3, b.scripts.Load())

	b.script = func(context.Context, *sandboxtest.Machine) (sandbox.Result, error) {
		return sandbox.Result{}, errors.New("gone")
	}
	_, err := b.runner.Run(t.Context(), request(t, 1))
	var lost *sandbox.LostError
	require.ErrorAs(t, err, &lost)
	require.EqualValues(t, 6, b.scripts.Load())
}
