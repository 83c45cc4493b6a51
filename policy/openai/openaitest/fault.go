package openaitest

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// A Fault is something that goes wrong with one call. The zero Fault is none.
type Fault uint8

// The faults. Those up to Redirect come instead of an answer.
const (
	Busy       Fault = iota + 1 // 429, with Options.RetryAfter
	Crash                       // 500
	Down                        // 503, with a page for people
	Broken                      // the connection is cut before an answer
	Hang                        // no answer, ever
	HTML                        // 200, and a page for people
	Redirect                    // to Options.Elsewhere
	HangBody                    // the first half of an answer, and no more
	Cut                         // the first half, and the connection is cut
	Half                        // the first half, as if it were all
	Huge                        // an answer of 5 MB
	Flood                       // an answer without end
	Empty                       // no choices
	Aborted                     // broken off by a change of weights
	NoIDs                       // the ids are missing
	NoPrompt                    // the ids of the prompt are missing
	NoLogprobs                  // the log-probabilities are missing
	Misaligned                  // one log-probability is missing
	Default                     // a log-probability is -9999, vLLM's default
	NaN                         // log-probabilities are NaN, which is no JSON
	NoEnd                       // the id that ended the turn is missing, and not counted
	NoUsage                     // no tokens were counted
)

const page = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>nginx</body></html>"

// instead serves a fault that leaves no answer, and says whether it did.
func (s *server) instead(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f {
	case Busy:
		w.Header().Set("Retry-After", s.RetryAfter)
		s.fail(w, http.StatusTooManyRequests, "RateLimitError", "too many requests")
	case Crash:
		s.fail(w, http.StatusInternalServerError, "InternalServerError", "EngineCore encountered an issue")
	case Down:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, page)
	case Broken:
		panic(http.ErrAbortHandler)
	case Hang:
		<-r.Context().Done()
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, page)
	case Redirect:
		http.Redirect(w, r, s.Elsewhere+r.URL.Path, http.StatusTemporaryRedirect)
	default:
		return false
	}
	return true
}

// spoil changes what was sampled, before it is written down.
func (f Fault) spoil(a *sampled) {
	switch f {
	case Huge:
		a.message.Content = strings.Repeat("abc", 5<<20/3)
	case Aborted:
		a.finish = "abort"
	case NoIDs:
		a.ids, a.prompt = nil, nil
	case NoPrompt:
		a.prompt = nil
	case NoLogprobs:
		a.logprobs = nil
	case Misaligned:
		a.logprobs = a.logprobs[:len(a.logprobs)-1]
	case Default:
		a.logprobs[0] = -9999
	case NoEnd:
		n := len(a.ids) - 1
		a.ids, a.logprobs, a.completed = a.ids[:n], slices.Clip(a.logprobs[:n]), n
	}
}

// write sends an answer that is ready, or as much of it as the fault leaves.
func (f Fault) write(w http.ResponseWriter, r *http.Request, body []byte) {
	switch f {
	case HangBody, Cut:
		w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		if f == Cut {
			panic(http.ErrAbortHandler)
		}
		<-r.Context().Done()
	case Half:
		w.Write(body[:len(body)/2])
	case Flood:
		flood(w, body)
	case NaN:
		w.Write([]byte(nan.Replace(string(body))))
	default:
		w.Write(body)
	}
}

// nan replaces the log-probabilities of chats, and of /generate.
var nan = strings.NewReplacer(`"logprob":-`, `"logprob":NaN,"was":-`, `[[-`, `[[NaN,0],[-`)

func flood(w io.Writer, body []byte) {
	for {
		if _, err := w.Write(body[:len(body)/2]); err != nil {
			return
		}
	}
}
