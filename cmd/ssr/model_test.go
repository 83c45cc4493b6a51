package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
)

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
	seedsAsDerived(t, 1, round)

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
	table.replayedAsThePageSays(t, file, server.URL)
}

// replayedAsThePageSays has the command done that the end of a play names.
func (table *table) replayedAsThePageSays(t *testing.T, file, url string) {
	play := table.model(file, "--endpoint", url)
	play.Args = slices.DeleteFunc(play.Args, func(arg string) bool { return arg == "--json" })
	page, stderr, status := table.run(play)
	require.Zero(t, status, stderr)
	_, command, told := strings.Cut(page, "\nreplay      ")
	require.True(t, told, page)
	again := exec.Command("bash", "-c", command)
	again.Dir = table.dir
	stdout, stderr, status := table.run(again)
	require.Regexp(t, `^solve-[0-9a-f]+-[0-9a-f]+: \d steps\n`, stdout, stderr)
	require.Contains(t, []int{0, statusNo}, status, "it depends on the seed whether this one asked a clock")
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
