package selfplay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/store"
	"github.com/selfplay-swe/ssr/work/local"
)

// TestMain is also the process that TestKilled kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SSR_TEST_PLAY"); dir != "" {
		if err := playIn(dir, log.New(os.Stdout, "", 0)); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

const killedRounds = 6

// playIn plays in a folder over the store there, tells of rounds, and writes down
// what its players are asked for.
func playIn(dir string, told *log.Logger) error {
	kept, err := store.Open(filepath.Join(dir, "play.db"), store.Options{})
	if err != nil {
		return err
	}
	defer kept.Close()
	asked, err := os.OpenFile(filepath.Join(dir, "asked"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer asked.Close()
	e := &selfplay.Engine{
		Provider: world(),
		Injector: &writing{to: asked},
		Solver:   &writing{to: asked},
		Seed:     1, Parallel: 3, SecondOrder: selfplay.SecondOrder{Children: 2, Attempts: 3},
		Stages:  selfplay.Stages{Inject: selfplay.Stage{Limit: 2}, Attempt: selfplay.Stage{Limit: 2}},
		Cache:   filepath.Join(dir, "cache"),
		Archive: kept,
	}
	steps, err := local.New(kept.DB(), e.Kinds())
	if err != nil {
		return err
	}
	defer steps.Close()
	e.Executor = steps
	for round, err := range e.Rounds(context.Background(), sources(filepath.Join(dir, "repo")), killedRounds) {
		if err != nil {
			return err
		}
		text, err := json.Marshal(round)
		if err != nil {
			return err
		}
		told.Printf("%s", text)
	}
	return nil
}

// writing are players that write down what they are asked for.
type writing struct {
	breaker
	mender
	to *os.File
}

func (*writing) Identity() string { return "players who write" }

func (w *writing) Inject(ctx context.Context, a inject.Assignment) (*inject.Injection, error) {
	fmt.Fprintln(w.to, "inject", a.Seed)
	return w.breaker.Inject(ctx, a)
}

func (w *writing) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	fmt.Fprintln(w.to, "solve", d.Seed)
	time.Sleep(3 * time.Millisecond)
	return w.mender.Solve(ctx, d)
}

// A play that is killed at any moment, and started again, goes on where it was:
// it comes to the same content, keeps every round that it told of, costs
// included, and does again only what was being done when it was killed.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Rename(folder(t, 6), filepath.Join(dir, "repo")))
	told, kills := map[int]string{}, 0
	for {
		output, err := life(t, dir, time.Duration(20+rand.IntN(60*(kills+1)))*time.Millisecond)
		for line := range strings.Lines(output) {
			var r selfplay.Round
			if json.Unmarshal([]byte(line), &r) != nil {
				continue // cut off
			}
			if before, ok := told[r.Index]; ok {
				require.Equal(t, before, line, "a round that was told of")
			}
			told[r.Index] = line
		}
		if err == nil {
			break
		}
		kills++
		require.Less(t, kills, 100)
	}
	require.Len(t, told, killedRounds)
	require.Greater(t, kills, 2)

	asked := askedFor(t, dir)
	whole := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(whole, "repo"), os.DirFS(filepath.Join(dir, "repo"))))
	_, err := life(t, whole, time.Hour)
	require.NoError(t, err)
	once := askedFor(t, whole)
	again := 0
	for what, n := range asked {
		again += n - 1
		require.Contains(t, once, what)
	}
	require.Len(t, asked, len(once))
	require.LessOrEqual(t, again, kills*4, "two injections and two attempts at one time")
	t.Logf("%d kills, %d of %d steps of players done again", kills, again, len(once))
	require.Equal(t, kept(t, whole), kept(t, dir))
}

// life is a process that plays, and is killed after a while.
func life(t *testing.T, dir string, after time.Duration) (output string, err error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	cmd := exec.CommandContext(ctx, self) // killed by SIGKILL
	cmd.Env = append(os.Environ(), "SSR_TEST_PLAY="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if err != nil && ctx.Err() == nil {
		require.NoError(t, err, "%s", stderr.Bytes())
	}
	return stdout.String(), err
}

// askedFor says what players were asked for, and how often.
func askedFor(t *testing.T, dir string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "asked"))
	require.NoError(t, err)
	asked := map[string]int{}
	for line := range strings.Lines(string(text)) {
		asked[strings.TrimSpace(line)]++
	}
	return asked
}

// kept is the content of a play's store, with the folder's name taken out.
func kept(t *testing.T, dir string) string {
	t.Helper()
	kept, err := store.Open(filepath.Join(dir, "play.db"), store.Options{ReadOnly: true})
	require.NoError(t, err)
	defer kept.Close()
	var text strings.Builder
	for round, err := range kept.Rounds(t.Context()) {
		require.NoError(t, err)
		line, err := json.Marshal(round.Content())
		require.NoError(t, err)
		text.Write(append(line, '\n'))
	}
	return strings.ReplaceAll(text.String(), dir, "DIR")
}

// A play does not go on with a source that is another one by now.
func TestChangedSource(t *testing.T) {
	source := folder(t, 4)
	archive := &shelf{blobs: map[selfplay.Ref][]byte{}}
	goOn := func(steps *local.Executor, n int) error {
		e := engine(t)
		e.Archive, e.Executor = archive, steps
		for _, err := range e.Rounds(t.Context(), sources(source), n) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	first := engine(t)
	first.Archive = archive
	steps, err := local.New(nil, first.Kinds())
	require.NoError(t, err)
	defer steps.Close()
	require.NoError(t, goOn(steps, 1))
	write(t, filepath.Join(source, "a.sh"), "one=1\n")
	err = goOn(steps, 2)
	require.ErrorContains(t, err, "is not what it was when the play began")
	changed, ok := errors.AsType[*selfplay.ChangedError](err)
	require.True(t, ok)
	require.Equal(t, source, changed.Source)
}

// The steps can be done by another engine than the one that asks, with nothing in
// common but the archive.
func TestStepsElsewhere(t *testing.T) {
	source := folder(t, 6)
	reference := contents(play(t, playing(t, 1), 4, source))
	archive := &shelf{blobs: map[selfplay.Ref][]byte{}}
	worker, e := playing(t, 1), playing(t, 1)
	worker.Archive, e.Archive = archive, archive
	steps, err := local.New(nil, worker.Kinds())
	require.NoError(t, err)
	defer steps.Close()
	e.Executor, e.Solver = steps, &lossy{lost: func(uint64) bool { return true }}
	require.Equal(t, reference, contents(play(t, e, 4, source)))
	require.Len(t, archive.saved, 4, "the one that asks is the one that saves")
}
