package agent

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

// Under this name in the environment a folder makes of the test binary a process
// that plays one conversation there, to be killed.
const victim = "SSR_AGENT_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		playVictim(dir)
		return
	}
	os.Exit(m.Run())
}

// asking tells what turns a policy is asked for.
func asking(p policy.Policy, asked func(turn int)) policy.Policy {
	return identified{"asking", func(ctx context.Context, r policy.Request) (*policy.Answer, error) {
		turn := 0
		for _, m := range r.Messages {
			if m.Role == policy.Assistant {
				turn++
			}
		}
		asked(turn)
		return p.Complete(ctx, r)
	}}
}

func playVictim(dir string) {
	p := speaker()
	p.Latency = time.Millisecond
	journal, err := OpenJournal(dir)
	if err != nil {
		panic(err)
	}
	box, err := printer().New(context.Background(), sandbox.Spec{})
	if err != nil {
		panic(err)
	}
	l := Loop{Journal: journal, Policy: asking(p, func(turn int) { fmt.Println(turn) })}
	if _, err := l.Run(context.Background(), Job{ID: "one", Box: box}); err != nil {
		panic(err)
	}
	fmt.Println("done")
}

// Killed at any moment and begun again, a conversation is the one that it would
// have been, and no turn is asked for that was kept.
func TestKilled(t *testing.T) {
	dir, random := t.TempDir(), rand.New(rand.NewPCG(3, 4))
	lives := 0
	for done := false; !done; lives++ {
		kept := keptSteps(t, dir)
		asked := live(t, dir, time.Duration(random.IntN(30))*time.Millisecond)
		if len(asked) == 0 {
			continue
		}
		done = asked[len(asked)-1] == "done"
		if asked[0] != "done" {
			require.Equal(t, fmt.Sprint(kept), asked[0], "what is kept is not asked for again, and nothing is left out")
		}
		for i := range len(asked) - 1 {
			require.NotEqual(t, asked[i], asked[i+1])
		}
	}
	require.Greater(t, lives, 1, "it was never killed")

	journal, err := OpenJournal(dir)
	require.NoError(t, err)
	defer journal.Close()
	box, err := printer().New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	l := Loop{Journal: journal, Policy: asking(speaker(), func(int) { t.Error("asked for more") })}
	got, err := l.Run(t.Context(), Job{ID: "one", Box: box})
	require.NoError(t, err)
	l = Loop{Policy: asking(noLatency(), func(int) {})}
	want, err := l.Run(t.Context(), Job{ID: "one", Box: box})
	require.NoError(t, err)
	require.Equal(t, want.Conversation(), got.Conversation())
	require.Equal(t, Submitted, got.Stop)
	require.Empty(t, got.Trainable())
	for i := range want.Steps {
		require.Equal(t, want.Prompt(i), got.Prompt(i))
		require.Equal(t, want.Steps[i].Answer.Logprobs, got.Steps[i].Answer.Logprobs, "to the last bit")
	}
}

func noLatency() *scripted.Policy {
	p := speaker()
	p.Latency = 0
	return p
}

// live runs a victim and kills it some time after its first line.
func live(t *testing.T, dir string, after time.Duration) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if lines = append(lines, scanner.Text()); len(lines) == 1 {
			time.AfterFunc(after, func() { cmd.Process.Kill() })
		}
	}
	cmd.Wait()
	require.Contains(t, []int{0, -1}, cmd.ProcessState.ExitCode(), "done or killed, and nothing else")
	return lines
}

// keptSteps counts the whole steps in the journal's file.
func keptSteps(t *testing.T, dir string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "one.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, `{"step":`) && strings.HasSuffix(line, "\n") {
			n++
		}
	}
	return n
}

// slow is a fake whose commands take a while.
func slow(d time.Duration) *sandboxtest.Fake {
	return &sandboxtest.Fake{Run: func(ctx context.Context, _ *sandboxtest.Machine, _ sandbox.Cmd) (sandbox.Result, error) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
		return sandbox.Result{Output: []byte("ok\n")}, nil
	}}
}

// Cancelled at any moment, a conversation ends at once with the cause, and is gone
// on with.
func TestCancelled(t *testing.T) {
	reason := errors.New("enough")
	for moment := time.Duration(0); moment < 80*time.Millisecond; moment += 3 * time.Millisecond {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			p := scripted.Say(bash("1"), bash("2"), policy.Message{Content: "hm"}, call("submit", nil))
			p.Latency = 10 * time.Millisecond
			journal, err := OpenJournal(dir)
			require.NoError(t, err)
			defer journal.Close()
			var asked []int
			l := Loop{Journal: journal, Policy: asking(p, func(turn int) { asked = append(asked, turn) })}
			fake := slow(10 * time.Millisecond)
			job := Job{ID: "one"}
			job.Box, err = fake.New(t.Context(), sandbox.Spec{})
			require.NoError(t, err)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(moment, func() { cancel(reason) })
			began := time.Now()
			got, err := l.Run(ctx, job)
			if moment < 60*time.Millisecond { // 4 answers, 2 commands
				require.ErrorIs(t, err, reason)
				require.Equal(t, moment, time.Since(began))
				kept := keptSteps(t, dir)
				asked = nil
				job.Box, err = fake.New(t.Context(), sandbox.Spec{})
				require.NoError(t, err)
				got, err = l.Run(t.Context(), job)
				require.NoError(t, err)
				require.Equal(t, kept, asked[0])
			}
			require.NoError(t, err)
			require.Equal(t, []string{"ok", "ok", "no tool was called; call one of bash, edit, create, submit", ""}, observations(got))
		})
	}
}

// A sandbox that is lost is the machine's fault: an error, and the conversation is
// gone on with in another one.
func TestLost(t *testing.T) {
	journal, err := OpenJournal(t.TempDir())
	require.NoError(t, err)
	defer journal.Close()
	broken := errors.New("disk on fire")
	for _, faulty := range []bool{true, false} {
		fake := &sandboxtest.Fake{Run: func(_ context.Context, _ *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
			if faulty && cmd.Args[2] == "2" {
				return sandbox.Result{}, broken
			}
			return sandbox.Result{}, nil
		}}
		b, err := fake.New(t.Context(), sandbox.Spec{})
		require.NoError(t, err)
		l := Loop{Journal: journal, Policy: scripted.Say(bash("1"), bash("2"), call("submit", nil))}
		got, err := l.Run(t.Context(), Job{ID: "one", Box: b})
		if faulty {
			_, lost := errors.AsType[*sandbox.LostError](err)
			require.True(t, lost)
			require.ErrorContains(t, err, "agent: turn 2: bash: ")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, []Resumed{{After: 1}}, got.Resumed)
	}
}

// One trajectory is made once at a time, by whatever process.
func TestOneNameOnce(t *testing.T) {
	dir := t.TempDir()
	journals := twoJournals(t, dir)
	b, err := printer().New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	job := Job{ID: "one", Box: b}
	made := func() bool {
		_, err := os.Stat(filepath.Join(dir, "one.jsonl"))
		return err == nil
	}
	for _, other := range journals {
		l := Loop{Journal: journals[0]}
		l.Policy = identified{"p", func(ctx context.Context, r policy.Request) (*policy.Answer, error) {
			require.Eventually(t, made, 10*time.Second, time.Millisecond)
			second := Loop{Journal: other, Policy: l.Policy}
			_, err := second.Run(ctx, job)
			require.ErrorContains(t, err, "the trajectory one.jsonl is under way already")
			return scripted.Say(call("submit", nil)).Complete(ctx, r)
		}}
		_, err := l.Run(t.Context(), job)
		require.NoError(t, err)
		require.NoError(t, os.Remove(filepath.Join(dir, "one.jsonl")))
	}
	for _, id := range []string{"", "a/b", "../one", "a\x00", strings.Repeat("x", 300)} {
		l := Loop{Journal: journals[0], Policy: scripted.Say()}
		_, err := l.Run(t.Context(), Job{ID: id, Box: b})
		require.Error(t, err, id)
	}
	for _, id := range []string{"..", ".", "-", "a b\n"} {
		l := Loop{Journal: journals[0], Policy: scripted.Say(call("submit", nil))}
		_, err := l.Run(t.Context(), Job{ID: id, Box: b})
		require.NoError(t, err, id)
	}
}

// Two processes that begin one trajectory in the same moment have both asked when
// they notice: one of them goes on, and nothing of the other's is kept.
func TestOneNameInTheSameMoment(t *testing.T) {
	for range 20 {
		journals := twoJournals(t, t.TempDir())
		var both sync.WaitGroup
		var failed [2]error
		for i, journal := range journals {
			l := Loop{Journal: journal, Policy: counting("true"), Limits: Limits{Turns: 3}}
			b := fake(t)
			both.Go(func() { _, failed[i] = l.Run(t.Context(), Job{ID: "one", Box: b}) })
		}
		both.Wait()
		if err := cmp.Or(failed[0], failed[1]); err != nil {
			require.ErrorContains(t, err, "under way already")
			require.True(t, failed[0] == nil || failed[1] == nil, "one goes on: %v", failed)
		}
		require.Equal(t, 3, keptSteps(t, journals[0].root.Name()))
	}
}

// twoJournals opens one folder as two processes would.
func twoJournals(t *testing.T, dir string) (journals [2]*Journal) {
	for i := range journals {
		journal, err := OpenJournal(dir)
		require.NoError(t, err)
		t.Cleanup(func() { journal.Close() })
		journals[i] = journal
	}
	return journals
}

// A step that does not fit on the disk is an error; what was kept is there when
// there is room again.
func TestAFullDisk(t *testing.T) {
	dir, grow := machine.SmallDisk(t, 64<<10)
	journal, err := OpenJournal(dir)
	require.NoError(t, err)
	t.Cleanup(func() { journal.Close() })
	asked := 0
	l := Loop{Journal: journal, Policy: asking(noLatency(), func(int) { asked++ })}
	b, err := printer().New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	_, err = l.Run(t.Context(), Job{ID: "one", Box: b})
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, "keep a step: ")
	require.Less(t, asked, manyCalls)

	grow(1 << 20)
	kept := keptSteps(t, dir)
	require.Equal(t, asked-1, kept, "all but the last")
	asked = 0
	got, err := l.Run(t.Context(), Job{ID: "one", Box: b})
	require.NoError(t, err)
	require.Equal(t, manyCalls-kept, asked)
	require.Len(t, got.Steps, manyCalls)
}

// A driver that goes on from the ids of the last call is given them after a resume,
// too.
func TestTheLastCallIsKnown(t *testing.T) {
	journal, err := OpenJournal(t.TempDir())
	require.NoError(t, err)
	defer journal.Close()
	dying, died := errors.New("died"), false
	p := counting("true")
	l := Loop{Journal: journal, Limits: Limits{Turns: 6}}
	l.Policy = policy.Func(func(ctx context.Context, r policy.Request) (*policy.Answer, error) {
		a, err := p.Complete(ctx, r)
		require.NoError(t, err)
		if r.Last != nil {
			whole := append(slices.Clone(r.Last.Prompt), r.Last.Completion...)
			require.Equal(t, a.Prompt[:len(a.Prompt)-3], whole, "all but the observation")
		}
		if len(r.Messages) == 2+2*3 && !died {
			died = true
			return nil, dying
		}
		return a, nil
	})
	job := Job{ID: "one", Box: fake(t)}
	_, err = l.Run(t.Context(), job)
	require.ErrorIs(t, err, dying)
	got, err := l.Run(t.Context(), job)
	require.NoError(t, err)
	require.Len(t, got.Steps, 6)
	require.Equal(t, 3, got.Resumed[0].After)
}

// A process that died while it wrote the first line had not begun.
func TestAnOpeningThatWasHalfWritten(t *testing.T) {
	dir := t.TempDir()
	journal, err := OpenJournal(dir)
	require.NoError(t, err)
	defer journal.Close()
	name := filepath.Join(dir, "one.jsonl")
	require.NoError(t, os.WriteFile(name, []byte(`{"version":"ssr.traj`), 0o644))
	l := Loop{Journal: journal, Policy: scripted.Say(call("submit", nil))}
	_, err = l.Run(t.Context(), Job{ID: "one", Box: fake(t)})
	require.NoError(t, err)
	require.NoFileExists(t, name+".1")
	require.Equal(t, 1, keptSteps(t, dir))
}
