package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

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
		{"down", []string{"--endpoint", down.URL}, "", statusMachine, `injector: ` + down.URL + `/v1 does not answer: .*connection refused`},
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
