package policy

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// An Answer is a message of the model, with what a trainer needs to know of it.
type Answer struct {
	Message Message `json:"message"`
	Finish  Finish  `json:"finish"`
	Tokens
	Untrainable string   `json:"untrainable,omitempty"` // why Tokens must not be trained on, a failure class and a sentence; "": they may be
	Usage       Usage    `json:"usage"`
	Model       string   `json:"model"`                   // as the server calls it
	Versions    []string `json:"versions,omitempty"`      // of the weights, in the order in which they sampled; more than one: they changed meanwhile
	Mode        string   `json:"logprobs_mode,omitempty"` // what kind of log-probabilities the server gives, where it says
	Sampling    Sampling `json:"sampling"`                // as it was sent
	RequestID   string   `json:"request_id,omitempty"`
	Try         int      `json:"try"` // from 1: which of the tries of this call answered
	Timing      Timing   `json:"timing"`
}

// Tokens are what was sampled, and after what. All are nil where the server did
// not tell. Completion includes the token that ended the turn.
type Tokens struct {
	Prompt     []int32   `json:"prompt_ids,omitempty"`
	Completion []int32   `json:"completion_ids,omitempty"`
	Logprobs   []float64 `json:"logprobs,omitempty"` // natural logarithm, one for each of Completion, at most 0
}

// Usage counts tokens as the server does. Zero: it did not say.
type Usage struct {
	Prompt     int `json:"prompt"`
	Completion int `json:"completion"`
	Cached     int `json:"cached,omitempty"` // of Prompt, from the prefix cache
}

// Timing is how long a call took; none of it decides anything.
type Timing struct {
	Began  time.Time     `json:"began"`
	Waited time.Duration `json:"waited"`          // for a free place and between tries
	First  time.Duration `json:"first,omitempty"` // until the first token, where it was streamed
	Total  time.Duration `json:"total"`           // of the try that answered
}

// A Finish says why sampling ended. It is stored as its word.
type Finish uint8

// The ways sampling ends.
const (
	Stopped  Finish = iota + 1 // by a token that ends the turn, or a stop text
	Called                     // by calling a tool
	Length                     // by MaxTokens or the context
	Aborted                    // by the server, whose weights changed perhaps
	Filtered                   // by the server, which withholds the content
)

var finishNames = [...]string{"invalid", "stop", "tool_calls", "length", "abort", "content_filter"}

func (f Finish) String() string {
	if int(f) < len(finishNames) {
		return finishNames[f]
	}
	return fmt.Sprintf("Finish(%d)", f)
}

// MarshalText stores the finish as its word.
func (f Finish) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the word back.
func (f *Finish) UnmarshalText(text []byte) error {
	for i, name := range finishNames[1:] {
		if name == string(text) {
			*f = Finish(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no finish is called %q", text)
}

// The failure classes of a call that must not be trained on, which Untrainable
// begins with.
const (
	NoTokenIDs = "policy.no_token_ids"
	Mismatch   = "policy.mismatch"
	Abort      = "policy.abort"
)

// Check says why the answer's tokens must not be trained on; "" if they may be.
// It is for drivers, which know no more than it does about ends but may know what
// ends a turn: ends holds those ids, and nil means that it is not known. The
// rules: as many log-probabilities as sampled ids as the usage counts, as many
// prompt ids as it counts, no id below 0, every log-probability finite and at most 0
// (-9999 is a server's "none"), a natural stop ending with an id that ends a turn.
func (a *Answer) Check(ends []int32) string {
	switch n := len(a.Completion); {
	case a.Finish == Aborted:
		return Abort + ": the server broke the answer off"
	case a.Prompt == nil || a.Completion == nil:
		return NoTokenIDs + ": the server gave no ids of " + missing(a.Tokens)
	case a.Logprobs == nil:
		return NoTokenIDs + ": the server gave no log-probabilities"
	case len(a.Logprobs) != n:
		return fmt.Sprintf("%s: %d log-probabilities for %d sampled ids", Mismatch, len(a.Logprobs), n)
	case n != a.Usage.Completion:
		return fmt.Sprintf("%s: %d sampled ids, and the server counts %d", Mismatch, n, a.Usage.Completion)
	case len(a.Prompt) != a.Usage.Prompt:
		return fmt.Sprintf("%s: %d ids in the prompt, and the server counts %d", Mismatch, len(a.Prompt), a.Usage.Prompt)
	}
	return cmp.Or(a.checkIDs(), a.checkValues(ends), a.checkMode())
}

func (a *Answer) checkIDs() string {
	below := func(id int32) bool { return id < 0 }
	if i := slices.IndexFunc(a.Prompt, below); i >= 0 {
		return fmt.Sprintf("%s: id %d of the prompt is %d", Mismatch, i, a.Prompt[i])
	}
	if i := slices.IndexFunc(a.Completion, below); i >= 0 {
		return fmt.Sprintf("%s: sampled id %d is %d", Mismatch, i, a.Completion[i])
	}
	return ""
}

func missing(t Tokens) string {
	if t.Prompt == nil {
		return "the prompt"
	}
	return "the answer"
}

func (a *Answer) checkValues(ends []int32) string {
	for i, p := range a.Logprobs {
		if math.IsNaN(p) || math.IsInf(p, 0) || p > 0 || p <= -9999 {
			return fmt.Sprintf("%s: the log-probability of sampled id %d is %v", Mismatch, i, p)
		}
	}
	if n := len(a.Completion); ends != nil && (a.Finish == Stopped || a.Finish == Called) && a.Sampling.Stop == nil {
		if n == 0 || !slices.Contains(ends, a.Completion[n-1]) {
			return Mismatch + ": the answer ended by itself, and its last id ends no turn"
		}
	}
	return ""
}

// rawMode is what vLLM calls log-probabilities of the model's own distribution,
// its default (vllm/config/model.py, logprobs_mode): temperature and top-p are not
// in them.
const rawMode = "raw_logprobs"

func (a *Answer) checkMode() string {
	changed := func(value *float64) bool { return value != nil && *value != 1 }
	if s := a.Sampling; a.Mode == rawMode && (changed(s.Temperature) || changed(s.TopP)) {
		return Mismatch + ": the log-probabilities are raw, from before temperature and top-p were applied, and these are not 1"
	}
	return ""
}
