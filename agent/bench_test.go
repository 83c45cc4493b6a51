package agent

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

// What the benchmark of many conversations simulates.
const (
	manyAttempts = 1000
	manyCalls    = 30
	modelLatency = 50 * time.Millisecond
	sampledIDs   = 100 // of an answer
	observedIDs  = 230 // of an observation: the last prompt has 10,000
)

// speaker is a script of manyCalls answers, of which the last submits, with the
// ids and log-probabilities that a server gives.
func speaker() *scripted.Policy {
	random := rand.New(rand.NewPCG(1, 2))
	ids := make([]int32, manyCalls*(sampledIDs+observedIDs))
	for i := range ids {
		ids[i] = random.Int32N(151_936) // of Qwen's tokens
	}
	messages := slices.Repeat([]policy.Message{bash("sed -n 1,40p internal/parser/parser.go")}, manyCalls-1)
	p := scripted.Say(append(messages, call("submit", nil))...)
	p.Latency = modelLatency
	for i := range p.Turns {
		prompt := observedIDs + i*(sampledIDs+observedIDs)
		tokens := policy.Tokens{Prompt: ids[:prompt], Completion: ids[prompt : prompt+sampledIDs]}
		for range sampledIDs {
			tokens.Logprobs = append(tokens.Logprobs, -random.ExpFloat64())
		}
		a := &p.Turns[i]
		a.Tokens, a.Usage = tokens, policy.Usage{Prompt: prompt, Completion: sampledIDs}
		a.Message.Reasoning = strings.Repeat("The parser reads one line too many. ", 10)
	}
	return p
}

// asDecoded gives each answer ids of its own, as they are when they come from a
// server.
func asDecoded(p policy.Policy) policy.Policy {
	return policy.Func(func(ctx context.Context, r policy.Request) (*policy.Answer, error) {
		a, err := p.Complete(ctx, r)
		if err == nil {
			a.Prompt, a.Completion, a.Logprobs = slices.Clone(a.Prompt), slices.Clone(a.Completion), slices.Clone(a.Logprobs)
		}
		return a, err
	})
}

// printer is a fake whose commands print as much as observedIDs are of.
func printer() *sandboxtest.Fake {
	output := []byte(strings.Repeat("\treturn p.next(token.Ident), nil\n", 28))
	return &sandboxtest.Fake{Run: func(context.Context, *sandboxtest.Machine, sandbox.Cmd) (sandbox.Result, error) {
		return sandbox.Result{Output: output}, nil
	}}
}

// A thousand attempts of 30 calls to a model that takes 50 ms: what the loop, the
// journal on a disk included, adds to that. Issue 4 wants at most 1.1 times the
// ideal and 1 GiB. Decoded, every answer brings its ids in memory of its own, as from
// a server. An ext4 from which thousands of files were deleted in the last minutes
// takes several times as long to make files, since it does not use their inodes
// again for a while; a fresh one for TMPDIR does not.
//
//	go test ./agent -run '^$' -bench BenchmarkConcurrent -benchtime 5x
func BenchmarkConcurrent(b *testing.B) {
	b.Run("scripted", func(b *testing.B) { concurrent(b, speaker()) })
	b.Run("decoded", func(b *testing.B) { concurrent(b, asDecoded(speaker())) })
}

func concurrent(b *testing.B, p policy.Policy) {
	l, fake := &Loop{Policy: p}, printer()
	var spent time.Duration
	for b.Loop() {
		journal, err := OpenJournal(b.TempDir())
		require.NoError(b, err)
		l.Journal = journal
		before, began := processorTime(b), time.Now()
		runMany(b, l, fake)
		spent += time.Since(began)
		b.ReportMetric(float64(processorTime(b)-before)/manyAttempts/manyCalls/1e3, "µs-cpu/step")
		require.NoError(b, journal.Close())
	}
	ideal := manyCalls * modelLatency
	b.ReportMetric(float64(spent)/float64(b.N)/float64(ideal), "x-ideal")
	b.ReportMetric(peakMemory(b), "MiB-peak")
}

func runMany(b *testing.B, l *Loop, fake *sandboxtest.Fake) {
	var all sync.WaitGroup
	for i := range manyAttempts {
		all.Go(func() {
			box, err := fake.New(b.Context(), sandbox.Spec{})
			if err != nil {
				b.Error(err)
				return
			}
			defer box.Close()
			t, err := l.Run(b.Context(), Job{ID: fmt.Sprint(i), Seed: uint64(i), Box: box, System: "Act.", Request: "Do it."})
			if err != nil || t.Stop != Submitted || len(t.Steps) != manyCalls {
				b.Error("a conversation ended otherwise:", err, t)
			}
		})
	}
	all.Wait()
}

// One step of a long conversation, without the model: what the loop itself costs.
func BenchmarkStep(b *testing.B) {
	journal, err := OpenJournal(b.TempDir())
	require.NoError(b, err)
	defer journal.Close()
	p := speaker()
	p.Latency = 0
	l := &Loop{Policy: asDecoded(p), Journal: journal}
	fake := printer()
	b.ReportAllocs()
	steps := 0
	for b.Loop() {
		box, err := fake.New(b.Context(), sandbox.Spec{})
		require.NoError(b, err)
		_, err = l.Run(b.Context(), Job{ID: fmt.Sprint(steps), Box: box})
		require.NoError(b, err)
		steps += manyCalls
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(steps), "µs/step")
}

// processorTime is what this process used, in and outside of the kernel.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakMemory is the largest resident size that this process had, in MiB.
func peakMemory(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(b, err, "only Linux tells: %s", runtime.GOOS)
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	size, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(b, err)
	return float64(size) / 1024
}

// What turns cost in a real sandbox: a command in the bare shell, the same as a
// turn of bash, and an edit.
func BenchmarkTurn(b *testing.B) {
	tree, err := repo.NewTree(map[string]repo.File{"a.go": {Mode: repo.Regular, Data: []byte("one\n" + strings.Repeat("\treturn p.next(token.Ident), nil\n", 500))}})
	require.NoError(b, err)
	made, err := machine.Provider(b).New(b.Context(), sandbox.Spec{Tree: tree})
	require.NoError(b, err)
	defer made.Close()
	l := &Loop{Policy: scripted.Say()}
	c, err := l.begin(Job{ID: "one", Box: made})
	require.NoError(b, err)
	defer c.close()
	b.Run("shell", func(b *testing.B) {
		for b.Loop() {
			_, err := c.env.Do(b.Context(), "sed -n 1,40p a.go")
			require.NoError(b, err)
		}
	})
	turn := func(b *testing.B, messages ...policy.Message) {
		for b.Loop() {
			for _, m := range messages {
				m.Role = policy.Assistant
				s := c.hear(&policy.Answer{Message: m})
				require.NoError(b, c.act(b.Context(), &s))
				require.False(b, s.Failed, s.Observation)
			}
		}
	}
	b.Run("bash", func(b *testing.B) { turn(b, bash("sed -n 1,40p a.go")) })
	b.Run("two edits", func(b *testing.B) {
		turn(b, call("edit", Args{"path": "a.go", "search": "one", "replace": "two"}), call("edit", Args{"path": "a.go", "search": "two", "replace": "one"}))
	})
}

// What the policy wrote is read in time that grows with its length alone.
func BenchmarkLargeAnswer(b *testing.B) {
	lines := strings.Repeat("the parser reads one line too many\n", 150_000) // 5 MB
	arguments := call("bash", Args{"command": lines}).Calls[0].Arguments
	for name, read := range map[string]func() error{
		"call": func() error { _, _, err := ParseCall("<tool: bash>\n" + lines + "</tool>"); return err },
		"edit": func() error {
			_, err := parseEdit("a\n<<<<<<< SEARCH\n" + lines + "\n=======\n\n>>>>>>> REPLACE")
			return err
		},
		"decode": func() error { _, err := Bash().decode(arguments); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(lines)))
			for b.Loop() {
				require.NoError(b, read())
			}
		})
	}
}

// The worst file for near misses: as long as it may be, and every line nearly the
// one that was searched.
func BenchmarkNearMisses(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	line := func() string {
		text := make([]byte, 199)
		for i := range text {
			text[i] = "ab"[random.IntN(2)]
		}
		return string(text)
	}
	var file strings.Builder
	for range 4999 {
		file.WriteString(line() + "\n")
	}
	r := replacement{path: "a", search: line(), whole: true}
	for b.Loop() {
		r.nearMisses(file.String())
	}
}

// The worst file for a search: equal lines, and nearly half of them in the search.
func BenchmarkRepeats(b *testing.B) {
	file := strings.Repeat("a\n", maxFile/2)
	for name, search := range map[string]string{"none": file[:maxFile/2] + "b", "many": file[:maxFile/2]} {
		b.Run(name, func(b *testing.B) {
			r := replacement{path: "a", search: search, whole: true}
			for b.Loop() {
				r.apply(file)
			}
		})
	}
}
