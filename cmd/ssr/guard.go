package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"syscall"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/work"
)

// guarded is a model whose server is guarded: where it is gone, or refuses everyone,
// the play ends as on a full disk, and the same command goes on. Otherwise every
// attempt that is left would be lost to it. What a server does to one conversation
// (it hangs, breaks off, has no answer, forbids what is said in it) costs only that.
//
// Nobody listens, 401 and 404 are for everyone. A 403 is either: of a key that was
// taken back, or of a firewall or a filter that dislikes a conversation. So the same
// key asks for a word, as the probe did before the play; if that is forbidden, too, it
// was the key. And where nothing but 403 comes of so many conversations that no bug and
// no round can be the reason, it is everyone whatever a word gets.
type guarded struct {
	*openai.Client
	forbidden atomic.Int32 // 403s since the last answer
}

// mostForbidden is how many 403s without an answer between them are for everyone: one
// bug comes to 24 of them, with eight attempts that are made three times each.
const mostForbidden = 64

// Complete asks for the next message.
func (g *guarded) Complete(ctx context.Context, r policy.Request) (*policy.Answer, error) {
	answer, err := g.Client.Complete(ctx, r)
	if err == nil {
		g.forbidden.Store(0)
		return answer, nil
	}
	if g.forEveryone(ctx, err) {
		return nil, work.Fatal(err)
	}
	return nil, err
}

// forEveryone says whether an error is not about one conversation.
func (g *guarded) forEveryone(ctx context.Context, err error) bool {
	switch refusedWith(err) {
	case http.StatusUnauthorized, http.StatusNotFound:
		return true
	case http.StatusForbidden:
		return g.forbidden.Add(1) >= mostForbidden || g.keyIsForbidden(ctx)
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// keyIsForbidden asks for a word. Whatever else becomes of that says nothing of the key.
func (g *guarded) keyIsForbidden(ctx context.Context) bool {
	_, err := g.Client.Greet(ctx)
	status := refusedWith(err)
	return status == http.StatusForbidden || status == http.StatusUnauthorized
}

// refusedWith is the status that a server refuses with; 0: it does not refuse.
func refusedWith(err error) int {
	if refused, ok := errors.AsType[*policy.RefusedError](err); ok {
		return refused.Status
	}
	return 0
}
