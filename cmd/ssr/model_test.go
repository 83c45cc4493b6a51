package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
	"github.com/selfplay-swe/ssr/work"
)

// A desk is a model server whose model says what it is told to, and what was asked of
// it.
type desk struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int // by conversation and turn; not those of probes
	calls int            // all of them
}

// serve starts a server; before is told how many calls there were, before each is
// answered.
func serve(t *testing.T, o openaitest.Options, c cast, before func(calls int)) *desk {
	d := &desk{asked: map[string]int{}}
	o.Answer = func(r openaitest.Request) policy.Message {
		if session := r.Header.Get("X-Session-ID"); session != "ssr-probe" {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.asked[fmt.Sprintf("%s %d", session, turn(r))]++
			d.calls++
			before(d.calls)
		}
		return c.answer(r)
	}
	d.Server = openaitest.New(o)
	t.Cleanup(d.Close)
	return d
}

func never(int) {}

// call is a message that calls a tool.
func call(tool string, arguments map[string]string) policy.Message {
	text, err := json.Marshal(arguments)
	if err != nil {
		panic(err) // strings
	}
	return policy.Message{Calls: []policy.Call{{Name: tool, Arguments: string(text)}}}
}

func bash(command string) policy.Message { return call("bash", map[string]string{"command": command}) }

// turn counts what a conversation's model has said.
func turn(r openaitest.Request) (n int) {
	for _, m := range r.Messages {
		if m.Role == policy.Assistant {
			n++
		}
	}
	return n
}

// A cast is what a model says: as injector, and as solver, in attempts with an even
// seed and in the others.
type cast struct{ inject, even, odd []policy.Message }

// answer answers the questions of a probe, and then plays a role.
func (c cast) answer(r openaitest.Request) policy.Message {
	session := r.Header.Get("X-Session-ID")
	even := strings.ContainsAny(session[len(session)-1:], "02468ace")
	switch {
	case strings.HasPrefix(session, "inject-"):
		return c.inject[turn(r)]
	case session != "ssr-probe" && even:
		return c.even[turn(r)]
	case session != "ssr-probe":
		return c.odd[turn(r)]
	case r.Tools != nil:
		return call("look", map[string]string{"folder": "/tmp"})
	}
	return policy.Message{Content: "ok"}
}

// vandal breaks calc in two files, and takes away two of the tests that show it.
var vandal = []policy.Message{
	bash("cat add.go words.go"),
	bash("sed -i 's/return a + b/return a - b/' add.go && sed -i 's/n++/n--/' words.go && go vet ."),
	bash(`sed -i '/^func TestAdd(/d;/^func TestCount(/d' calc_test.go
mkdir .ssr && git diff add.go words.go > .ssr/bug_inject.diff && git diff calc_test.go > .ssr/test_weaken.diff && cd .ssr
echo calc_test.go > test_files.txt
echo 'go test -count=1 -v .' > test_script.sh
cat > test_parser.py <<'END'
#!/usr/bin/awk -f
BEGIN { printf "{" }
/^--- (PASS|FAIL): / { printf "%s\"%s\": \"%s\"", separator, $3, $2 == "PASS:" ? "passed" : "failed"; separator = "," }
END { print "}" }
END`),
	call("submit", map[string]string{"folder": ".ssr"}),
}

// mender repairs what vandal broke; dabbler half of it, and asks what a clock says.
var (
	mender = []policy.Message{
		bash("env"),
		call("edit", map[string]string{"path": "add.go", "search": "func Add(a, b int) int { return a - b }", "replace": "func Add(a, b int) int { return a + b }"}),
		bash("sed -i 's/n--/n++/' words.go"),
		call("submit", nil),
	}
	dabbler = []policy.Message{
		bash("sed -i 's/n--/n++/' words.go; echo it is $(date +%s%N)"),
		call("submit", nil),
	}
)

var players = cast{vandal, mender, dabbler}

// secret is the key of the servers.
const secret = "sk-0123456789-secret"

// model is a play of one round against a server.
func (t *table) model(file string, args ...string) *exec.Cmd {
	return t.ssr(append([]string{"play", "--repo", "calc", "--rounds", "1", "--attempts", "4", "--parallel", "1", "--strategy", "removal",
		"--cache", filepath.Join(".cache", "ssr"), "--store", file, "--json"}, args...)...)
}

// ssr is the program, with the servers' key in its environment.
func (t *table) ssr(args ...string) *exec.Cmd {
	cmd := exec.Command("ssr", args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "OPENAI_API_KEY="+secret)
	return cmd
}

// With an endpoint one command plays: a model makes the bug, and repairs it. What it
// said is kept and can be done again, and the key is nowhere.
func TestPlayModel(t *testing.T) {
	table := newTable(t)
	server := serve(t, openaitest.Options{Key: secret}, players, never)
	file := filepath.Join(t.TempDir(), "play.db")
	stdout, stderr, status := table.run(table.model(file, "--endpoint", server.URL))
	require.Zero(t, status, stderr)
	require.Contains(t, stderr, "both roles: toy at "+server.URL+"/v1, vllm 0.14.0, context 1000000 tokens, native tools, answers can be trained on\n")
	require.NotContains(t, stderr, secret)
	round := roundOf(t, stdout)
	require.True(t, round.Consistent, "%+v", round.Refusal)
	require.Equal(t, []int{2, 4}, []int{round.Solved, round.Counted})
	require.Len(t, round.Children, 1)
	require.NoDirExists(t, file+".trajectories", "all of it is in the store")

	kept, err := store.Open(file, store.Options{ReadOnly: true})
	require.NoError(t, err)
	defer kept.Close()
	config, err := kept.Config(t.Context())
	require.NoError(t, err)
	for _, player := range []string{config.Injector, config.Solver} {
		require.Regexp(t, `^agent: toy by vllm 0.14.0, temperature 1, top-p 1, .* 128 turns, 131072 tokens, 1h0m0s; native tools .*prompts? [0-9a-f]{8}`, player)
	}
	for i, a := range round.Attempts {
		record, err := kept.Blob(t.Context(), a.Record)
		require.NoError(t, err)
		require.NotContains(t, string(record), secret, "attempt %d, which may have printed its environment", i)
		require.Contains(t, string(record), `"completion_ids"`)
	}
	table.replayed(t, file, round)
}

// replayed has what was kept done again.
func (table *table) replayed(t *testing.T, file string, round *selfplay.Round) {
	replay := func(args ...string) (string, int) {
		stdout, stderr, status := table.run(table.ssr(append([]string{"replay", "--store", file, "--round", "1", "--cache", filepath.Join(".cache", "ssr")}, args...)...))
		require.Empty(t, strings.TrimPrefix(stderr, "ssr: no\n"))
		return stdout, status
	}
	odd := slices.IndexFunc(round.Attempts, func(a selfplay.Attempt) bool { return a.Seed%2 == 1 })
	even := slices.IndexFunc(round.Attempts, func(a selfplay.Attempt) bool { return a.Seed%2 == 0 })
	stdout, status := replay()
	require.Zero(t, status, stdout)
	require.Regexp(t, `^inject-.*: 4 steps\nevery observation is what it was\n$`, stdout)
	stdout, status = replay("--attempt", fmt.Sprint(even+1))
	require.Zero(t, status, stdout)
	stdout, status = replay("--attempt", fmt.Sprint(odd+1))
	require.Equal(t, statusNo, status)
	require.Regexp(t, `turn 1  bash sed -i .*\n +@@ .*\n +-it is \d+\n +\+it is \d+\n(.*\n)*\n1 of 2 observations differ, 1 of them in nothing but numbers`, stdout)
	stdout, _ = replay("--child", fmt.Sprint(round.Children[0].Of+1), "--attempt", "1", "--json")
	require.Contains(t, stdout, `"version": "ssr.replay/1"`)
}

func roundOf(t *testing.T, stdout string) *selfplay.Round {
	t.Helper()
	round := &selfplay.Round{}
	require.NoError(t, json.Unmarshal([]byte(stdout), round))
	return round
}

// Killed in the middle of conversations, a play goes on with them: what a model said
// and was kept is not asked for again, and the result is that of a play which was
// left alone.
func TestPlayModelKilled(t *testing.T) {
	table := newTable(t)
	file := filepath.Join(t.TempDir(), "play.db")
	var cmd *exec.Cmd
	server := serve(t, openaitest.Options{Key: secret}, players, func(calls int) {
		if calls == 3 || calls == 9 {
			cmd.Process.Kill()
		}
	})
	kills := 0
	for ; ; kills++ {
		cmd = table.model(file, "--model", "toy@"+server.URL, "--conversations", "1")
		_, stderr, status := table.run(cmd)
		if status == 0 {
			break
		}
		require.Equal(t, -1, status, stderr)
		require.DirExists(t, file+".trajectories")
	}
	require.NoDirExists(t, file+".trajectories")
	require.Equal(t, 2, kills)
	var again []string
	for turn, n := range server.asked {
		if n > 1 {
			again = append(again, turn)
		}
	}
	require.Len(t, again, 2, "the answers that nobody heard, one for each kill")

	quiet := filepath.Join(t.TempDir(), "quiet.db")
	_, stderr, status := table.run(table.model(quiet, "--endpoint", server.URL))
	require.Zero(t, status, stderr)
	require.Equal(t, table.dump(quiet), table.dump(file))
}

// A server that refuses everyone ends a play at once, and no round is lost to it: when
// it answers again the same command goes on.
func TestPlayModelIsRefused(t *testing.T) {
	table := newTable(t)
	var refuses atomic.Bool
	server := serve(t, openaitest.Options{}, players, func(calls int) { refuses.Store(calls == 7) })
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses.Load() {
			http.Error(w, `{"error": {"message": "the key has expired"}}`, http.StatusUnauthorized)
			return
		}
		server.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(door.Close)
	file := filepath.Join(t.TempDir(), "play.db")
	stdout, stderr, status := table.run(table.model(file, "--endpoint", door.URL, "--conversations", "1"))
	require.Equal(t, statusMachine, status, stderr)
	require.Empty(t, stdout)
	require.Contains(t, stderr, door.URL+"/v1 refuses with 401: the key has expired; set OPENAI_API_KEY to a key that it accepts")
	refuses.Store(false)
	stdout, stderr, status = table.run(table.model(file, "--endpoint", door.URL))
	require.Zero(t, status, stderr)
	require.Equal(t, 4, roundOf(t, stdout).Counted)
	for turn, n := range server.asked {
		require.Equal(t, 1, n, "%s was answered, and is asked for again", turn)
	}
}

// One side may be the built-in player's, and then only its own flags concern it.
func TestPlayModelAgainstTheBuiltInPlayer(t *testing.T) {
	table := newTable(t)
	server := serve(t, openaitest.Options{Key: secret}, cast{even: dabbler, odd: dabbler}, never)
	file := filepath.Join(t.TempDir(), "play.db")
	stdout, stderr, status := table.run(table.model(file, "--solver-model", "toy", "--endpoint", server.URL, "--strategy", "mutation", "--max-turns", "3", "--temperature", "0"))
	require.Zero(t, status, stderr)
	require.Contains(t, stderr, "solver: toy at ")
	require.Equal(t, 4, roundOf(t, stdout).Counted)
	_, stderr, status = table.run(table.ssr("replay", "--store", file, "--round", "1"))
	require.Equal(t, statusUsage, status)
	require.Contains(t, stderr, "the bug of round 1 is no conversation with a model but a search of the built-in player")
}

// What is wrong with a server is said before anything is played, and nothing is made.
func TestPlayWithoutAServer(t *testing.T) {
	machine.Provider(t)
	dir := t.TempDir()
	down := httptest.NewServer(nil)
	down.Close()
	good := serve(t, openaitest.Options{Key: secret}, players, never)
	small := serve(t, openaitest.Options{Context: 4096}, players, never)
	redirects := serve(t, openaitest.Options{Fault: func(openaitest.Request) openaitest.Fault { return openaitest.Redirect }, Elsewhere: good.URL}, players, never)
	for _, c := range []struct {
		name   string
		args   []string
		key    string
		status int
		want   string
	}{
		{"down", []string{"--endpoint", down.URL}, "", statusMachine, `injector: ` + down.URL + `/v1 does not answer .*connection refused`},
		{"no key", []string{"--endpoint", good.URL}, "", statusUsage, `injector: ` + good.URL + `/v1 refuses with 401: Unauthorized; no key was sent: set OPENAI_API_KEY`},
		{"wrong key", []string{"--endpoint", good.URL}, "wrong", statusUsage, `refuses with 401: Unauthorized; set OPENAI_API_KEY to a key that it accepts`},
		{"unknown model", []string{"--model", "nobody", "--endpoint", good.URL}, secret, statusUsage, `refuses with 404: .*; model "nobody" was asked for, and it serves toy`},
		{"small context", []string{"--solver-model", "toy@" + small.URL}, "", statusUsage, `solver: ` + small.URL + `/v1 has a context of 4096 tokens, in which nothing can be done: serve the model with 8192 or more`},
		{"redirect", []string{"--endpoint", redirects.URL}, "", statusUsage, `it redirects elsewhere, which is not followed`},
		{"no address", []string{"--endpoint", "localhost:8000"}, "", statusUsage, `endpoint "localhost:8000" is no http address; one is http://localhost:8000/v1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command("ssr", append([]string{"play", "--store", "play.db"}, c.args...)...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "OPENAI_API_KEY="+c.key)
			log, err := cmd.CombinedOutput()
			require.Error(t, err)
			require.Equal(t, c.status, cmd.ProcessState.ExitCode(), "%s", log)
			require.Regexp(t, c.want, string(log))
			require.NoFileExists(t, filepath.Join(dir, "play.db"))
		})
	}
}

// A server that hangs is not waited for without end, and is named.
func TestProbeOfAServerThatHangs(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := seat{role: "solver", endpoint: server.URL}.probe(ctx)
	require.ErrorContains(t, err, "solver: ")
	require.ErrorContains(t, err, server.URL)
	_, misused := errors.AsType[misuse](err)
	require.False(t, misused)
}

// A server that is gone, or that refuses everyone, ends a play; what it does to one
// conversation does not.
func TestServersThatEndAPlay(t *testing.T) {
	fault := openaitest.Crash
	server := openaitest.New(openaitest.Options{Fault: func(openaitest.Request) openaitest.Fault { return fault }})
	ask := func(model string) error {
		client, err := openai.New(openai.Options{Endpoint: server.URL, Model: model, Tries: 1}, nil)
		require.NoError(t, err)
		_, err = guarded{client}.Complete(t.Context(), policy.Request{Messages: []policy.Message{{Role: policy.User, Content: "go on"}}})
		require.Error(t, err)
		return err
	}
	require.False(t, work.IsFatal(ask("toy")), "a 500 is about this conversation, perhaps")
	fault = 0
	require.True(t, work.IsFatal(ask("nobody")), "the model is not served")
	server.Close()
	require.True(t, work.IsFatal(ask("toy")), "nobody listens")
}

// Chat-probe says what a server can do, to a person and to a program.
func TestChatProbe(t *testing.T) {
	server := serve(t, openaitest.Options{}, players, never)
	out, err := exec.Command("ssr", "chat-probe", "--endpoint", server.URL).Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "driver vllm")
	require.Contains(t, string(out), "answers can be trained on: yes\n")
	out, err = exec.Command("ssr", "chat-probe", "--endpoint", server.URL, "--model", "toy", "--json").Output()
	require.NoError(t, err)
	var report probed
	require.NoError(t, json.Unmarshal(out, &report))
	require.Equal(t, "ssr.probe/1", report.Version)
	require.True(t, report.Server.IDs)
	server.Close()
	err = exec.Command("ssr", "chat-probe", "--endpoint", server.URL).Run()
	require.Equal(t, statusMachine, err.(*exec.ExitError).ExitCode())
}
