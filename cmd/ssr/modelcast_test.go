package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
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
