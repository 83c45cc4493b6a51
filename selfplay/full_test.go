package selfplay_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/work/local"
)

// fill takes what is left of a disk, and returns what gives it back.
func fill(t *testing.T, disk string) (free func()) {
	name := filepath.Join(disk, "full")
	file, err := os.Create(name)
	require.NoError(t, err)
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 1<<12))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	return func() { require.NoError(t, os.Remove(name)) }
}

// A filler is a breaker that, at its second bug, finds the disk full.
type filler struct {
	breaker
	fill func()
}

func (f *filler) Inject(ctx context.Context, a inject.Assignment) (*inject.Injection, error) {
	injection, err := f.breaker.Inject(ctx, a)
	if f.asked.Load() == 2 {
		f.fill()
	}
	return injection, err
}

// When the disk of the cache is full the play ends at once and says so, and no
// round is lost: with room again it comes to the same.
func TestAFullCache(t *testing.T) {
	disk, _ := machine.SmallDisk(t, 4<<20)
	repository := folder(t, 4)
	kept := openStore(t, filepath.Join(t.TempDir(), "play.db"))
	free := func() {}
	injector := &filler{fill: func() { free = fill(t, disk) }}
	one := func() (rounds []*selfplay.Round, err error) {
		e := engine(t)
		e.Cache, e.Archive, e.Injector, e.Parallel = disk, kept, injector, 1
		steps, err := local.New(kept.DB(), e.Kinds())
		require.NoError(t, err)
		defer steps.Close()
		e.Executor = steps
		for r, err := range e.Rounds(t.Context(), sources(repository), 4) {
			if err != nil {
				return rounds, err
			}
			rounds = append(rounds, r)
		}
		return rounds, nil
	}
	rounds, err := one()
	full, ok := errors.AsType[*selfplay.FullError](err)
	require.True(t, ok, "%v", err)
	require.Contains(t, full.Folder, disk)
	require.ErrorContains(t, err, "is full: free some space and run the same command again, it goes on where it was")
	require.Len(t, rounds, 1, "those before it")
	require.EqualValues(t, 2, injector.asked.Load(), "no round after it was begun")

	free()
	rounds, err = one()
	require.NoError(t, err)
	e := engine(t)
	e.Injector, e.Parallel = &filler{fill: func() {}}, 1
	for i, r := range play(t, e, 4, repository) {
		require.Empty(t, rounds[i].Errored)
		require.Equal(t, r.Content(), rounds[i].Content())
	}
}

// A source is not left out for want of room in the cache: that is the play's end.
func TestAFullCacheBeforeThePlay(t *testing.T) {
	disk, _ := machine.SmallDisk(t, 4<<20)
	free := fill(t, disk)
	e := engine(t)
	e.Cache = disk
	var told atomic.Int32
	e.Progress = func(event selfplay.Event) {
		if event.Err != nil {
			told.Add(1)
		}
	}
	repository := folder(t, 4)
	for _, err := range e.Rounds(t.Context(), sources(repository, repository+"/"), 1) {
		full, ok := errors.AsType[*selfplay.FullError](err)
		require.True(t, ok, "%v", err)
		require.Contains(t, full.Folder, disk)
	}
	require.Zero(t, told.Load(), "sources that were left out")
	free()
	require.Len(t, play(t, e, 1, repository), 1)
}

// What has no room that is no file's is lost like any other step: the kernel also
// has no space for namespaces.
func TestNoSpaceThatIsNoDisk(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, &os.PathError{Op: "fork/exec", Path: "/proc/self/fd/3", Err: syscall.ENOSPC}} {
		e := engine(t)
		e.Stages.Retries = -1
		e.Injector = refuser{cause}
		rounds := play(t, e, 1, folder(t, 4))
		require.Contains(t, rounds[0].Errored, "no space left on device")
	}
}

// A refuser is an injector whose machine fails.
type refuser struct{ error }

func (r refuser) Inject(context.Context, inject.Assignment) (*inject.Injection, error) {
	return nil, r.error
}
