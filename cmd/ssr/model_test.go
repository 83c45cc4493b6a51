package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

// A bench is a model server that says what its models are told to, and counts.
type bench struct {
	url   string
	calls atomic.Int64
}

func serve(t *testing.T, o openaitest.Options) *bench {
	b := &bench{}
	answer := o.Answer
	o.Answer = func(r openaitest.Request) policy.Message {
		b.calls.Add(1)
		return answer(r)
	}
	server := openaitest.New(o)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// call is a message that calls a tool.
func call(tool string, arguments map[string]string) policy.Message {
	text, err := json.Marshal(arguments)
	if err != nil {
		panic(err) // maps of strings
	}
	return policy.Message{Calls: []policy.Call{{Name: tool, Arguments: string(text)}}}
}

func bash(command string) policy.Message { return call("bash", map[string]string{"command": command}) }

func submit() policy.Message { return call("submit", nil) }

// turn counts what a conversation's model has said.
func turn(r openaitest.Request) (n int) {
	for _, m := range r.Messages {
		if m.Role == policy.Assistant {
			n++
		}
	}
	return n
}

// say answers the questions of a probe, and then with a script.
func say(script ...policy.Message) func(openaitest.Request) policy.Message {
	return func(r openaitest.Request) policy.Message {
		switch {
		case r.Header.Get("X-Session-ID") != "ssr-probe":
			return script[turn(r)]
		case r.Tools != nil:
			return call("look", map[string]string{"folder": "/tmp"})
		}
		return policy.Message{Content: "ok"}
	}
}

// model is a play of one round against a server.
func (t *table) model(file string, args ...string) *exec.Cmd {
	cmd := exec.Command("ssr", append([]string{"play", "--repo", "calc", "--rounds", "1", "--attempts", "4", "--parallel", "1", "--seed", "2",
		"--cache", filepath.Join(".cache", "ssr"), "--store", file, "--json"}, args...)...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "OPENAI_API_KEY=")
	return cmd
}

// A model solves, and the built-in player makes the bugs.
func TestPlayModelSolves(t *testing.T) {
	table := newTable(t)
	b := serve(t, openaitest.Options{Answer: say(bash("env; git log --all --oneline"), submit())})
	file := filepath.Join(t.TempDir(), "play.db")
	stdout, stderr, status := table.run(table.model(file, "--solver-model", "toy", "--endpoint", b.url, "--strategy", "mutation"))
	require.Zero(t, status, stderr)
	require.Len(t, rounds(stdout), 1)
	t.Log(stdout, stderr, b.calls.Load())
}
