package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
	"github.com/selfplay-swe/ssr/work"
)

// guard is a guarded client of a server, which is asked once.
func guard(t *testing.T, url, model string) *guarded {
	client, err := openai.New(openai.Options{Endpoint: url, Model: model, Tries: 1}, nil)
	require.NoError(t, err)
	return &guarded{Client: client}
}

// say asks what comes after a sentence.
func (g *guarded) say(t *testing.T, text string) error {
	_, err := g.Complete(t.Context(), policy.Request{Session: "talk", Messages: []policy.Message{{Role: policy.User, Content: text}}})
	return err
}

// forbid is a door before a server, through which goes what is not forbidden.
func forbid(t *testing.T, server http.Handler, forbidden func(session string) bool) string {
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if session := r.Header.Get("X-Session-ID"); session != "" && forbidden(session) {
			http.Error(w, `{"error": {"message": "blocked by policy"}}`, http.StatusForbidden)
			return
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(door.Close)
	return door.URL
}

// A server that is gone, or that refuses everyone, ends a play; what it does to one
// conversation does not.
func TestServersThatEndAPlay(t *testing.T) {
	fault := openaitest.Crash
	server := openaitest.New(openaitest.Options{Fault: func(openaitest.Request) openaitest.Fault { return fault }})
	ask := func(model string) error {
		err := guard(t, server.URL, model).say(t, "go on")
		require.Error(t, err)
		return err
	}
	require.False(t, work.IsFatal(ask("toy")), "a 500 is about this conversation, perhaps")
	fault = 0
	require.True(t, work.IsFatal(ask("nobody")), "the model is not served")
	server.Close()
	require.True(t, work.IsFatal(ask("toy")), "nobody listens")
}

// A 403 is about the key where the key cannot ask for a word, and about what was said
// where it can.
func TestForbiddenWithAWord(t *testing.T) {
	server := openaitest.NewHandler(openaitest.Options{})
	ofTalk := guard(t, forbid(t, server, func(session string) bool { return session == "talk" }), "toy").say(t, "go on")
	require.ErrorContains(t, ofTalk, "refuses with 403: blocked by policy")
	require.False(t, work.IsFatal(ofTalk))
	ofAll := guard(t, forbid(t, server, func(string) bool { return true }), "toy").say(t, "go on")
	require.True(t, work.IsFatal(ofAll))
}

// Where nothing but 403 comes, it is everyone, though a word is answered.
func TestForbiddenAgainAndAgain(t *testing.T) {
	forbidden := true
	g := guard(t, forbid(t, openaitest.NewHandler(openaitest.Options{}), func(session string) bool { return forbidden && session == "talk" }), "toy")
	for range mostForbidden - 1 {
		require.False(t, work.IsFatal(g.say(t, "go on")))
	}
	forbidden = false
	require.NoError(t, g.say(t, "go on"), "and so they are not in a row")
	forbidden = true
	for range mostForbidden - 1 {
		require.False(t, work.IsFatal(g.say(t, "go on")))
	}
	require.True(t, work.IsFatal(g.say(t, "go on")))
}

// A conversation that a firewall dislikes is lost to the machine, and the play goes on.
func TestPlayModelWithAForbiddenConversation(t *testing.T) {
	table := newTable(t)
	server := serve(t, openaitest.Options{Key: secret}, players, never)
	var mu sync.Mutex
	disliked := ""
	url := forbid(t, server.Config.Handler, func(session string) bool {
		mu.Lock()
		defer mu.Unlock()
		if disliked == "" && strings.HasPrefix(session, "solve-") {
			disliked = session
		}
		return session == disliked
	})
	file := filepath.Join(t.TempDir(), "play.db")
	stdout, stderr, status := table.run(table.model(file, "--endpoint", url, "--children", "0"))
	require.Zero(t, status, stderr)
	round := roundOf(t, stdout)
	require.Len(t, round.Attempts, 4)
	require.Equal(t, 3, round.Counted)
	require.Len(t, outcomes(round, verify.Errored), 1)
	require.Contains(t, outcomes(round, verify.Errored)[0].Reason, "refuses with 403: blocked by policy")
}

func outcomes(r *selfplay.Round, o verify.Outcome) (list []selfplay.Attempt) {
	for _, a := range r.Attempts {
		if a.Outcome == o {
			list = append(list, a)
		}
	}
	return list
}
