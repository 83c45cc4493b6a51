// Package policy is a model, reduced to one method: messages in, message out.
//
//	answer, err := p.Complete(ctx, policy.Request{Messages: messages, Tools: tools, Session: id})
//
// Whoever plays with a model needs the message. Whoever trains it needs to know
// which tokens it was: the ids that were in the prompt, those that were sampled,
// and the logarithm of the probability of each at the time, by which weights and
// with which parameters. All of that is on the Answer, as the server gave it.
// Nothing here tokenizes: a text that is tokenized again need not be the ids that
// were sampled, and a gradient on ids that were not sampled is wrong without
// anyone noticing. Where a server does not say, or what it says does not add up,
// the answer is kept, is good for playing, and Untrainable says why it must not
// be trained on ([Answer.Check] holds the rules).
//
// A conversation grows at its end and nowhere else, so that a server's prefix
// cache stays warm and each prompt begins with the ids of the one before.
// Request.Session names it, for servers that are many behind one address;
// Request.Last is the call before, for a driver that goes on from ids instead of
// having the server render the whole conversation again.
//
// Whose fault it is decides the error. A server that cannot answer (down,
// overloaded, hanging, cut off) is an [*UnavailableError], after all tries; one
// that will not (wrong key, unknown model) is a [*RefusedError], which trying
// again does not mend; a conversation that has outgrown the model is a
// [*ContextError], and the player's own. Nothing of a secret is in any of them.
//
// Subpackage openai speaks to servers, scripted plays conversations back.
//
// Left out: images, several samples of one call (a group is several attempts,
// each with its own sandbox), and prompts that are edited afterwards.
package policy

import (
	"context"
	"encoding/json"
)

// A Policy answers. It is safe for concurrent use.
type Policy interface {
	Complete(ctx context.Context, r Request) (*Answer, error)
}

// A Func is a function that is a Policy.
type Func func(ctx context.Context, r Request) (*Answer, error)

// Complete calls f.
func (f Func) Complete(ctx context.Context, r Request) (*Answer, error) { return f(ctx, r) }

// An Identifier is a Policy that can say in a line what its answers depend on:
// the model, and what is known of the server. No secret is in it.
type Identifier interface {
	Identity() string
}

// A Request asks for the next message of a conversation.
type Request struct {
	Messages []Message
	Tools    []Tool // which may be called natively; nil: none
	Sampling Sampling
	Session  string  // names the conversation: the same in all its calls, and in no other
	Last     *Answer // the call before in this conversation; nil: this is its first, or it is not known
}

// A Role says who speaks. It is stored as it is sent.
type Role string

// The roles of messages.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	Observed  Role = "tool" // what a call of a tool came to
)

// A Message is one turn of a conversation.
type Message struct {
	Role      Role   `json:"role"`
	Content   string `json:"content"`
	Reasoning string `json:"reasoning,omitempty"` // an Assistant's, where the server tells it apart
	Calls     []Call `json:"calls,omitempty"`     // an Assistant's
	CallID    string `json:"call_id,omitempty"`   // an Observed's: what it answers
}

// A Call is a tool called natively. Nothing in it has been checked.
type Call struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"` // JSON, if the model keeps to it
}

// A Tool is something that can be called.
type Tool struct {
	Name       string          `json:"name"`
	Doc        string          `json:"doc"`        // for the model
	Parameters json.RawMessage `json:"parameters"` // JSON Schema of an object
}

// Sampling says how tokens are drawn. Nil fields are left to the server, whose
// defaults are not known then.
type Sampling struct {
	Temperature *float64 `json:"temperature,omitempty"` // 0: the most probable token
	TopP        *float64 `json:"top_p,omitempty"`       // above 0, at most 1
	MaxTokens   int      `json:"max_tokens,omitempty"`  // of one answer; 0, or more than the context leaves: what it leaves
	Seed        *int64   `json:"seed,omitempty"`
	Stop        []string `json:"stop,omitempty"` // texts that end an answer; not part of it
}
