package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/selfplay-swe/ssr/policy"
)

// refusal says what an answer other than 200 means: whose fault it is, and
// whether to try again.
func (l *line) refusal(ctx context.Context, r *http.Response, body []byte) error {
	text := l.options.Key.scrub(message(body))
	switch status := r.StatusCode; {
	case status >= 300 && status < 400:
		return l.refused(r, "it redirects elsewhere, which is not followed", "give the address that it redirects to: "+l.options.Key.scrub(target(r)))
	case status < 500 && tooLong(text, body):
		return &policy.ContextError{Limit: limit(text, body), Message: text}
	case status == http.StatusUnauthorized:
		return l.refused(r, text, l.keyRemedy())
	case status == http.StatusForbidden:
		return l.refused(r, text, l.keyRemedy()+", unless a filter forbids what is said")
	case status == http.StatusNotFound:
		return l.refused(r, text, l.modelRemedy(ctx))
	case strings.Contains(string(body), "insufficient_quota"):
		return l.refused(r, text, "")
	case status == 408 || status == 409 || status == 429 || status >= 500:
		return &failure{status: status, after: retryAfter(r.Header), err: errors.New(text)}
	}
	return l.refused(r, text, "")
}

// midway is refusal for an error that a server sends in a stream that began well.
func (l *line) midway(ctx context.Context, r *http.Response, body, said []byte) error {
	status := struct{ Code int }{http.StatusInternalServerError}
	if json.Unmarshal(said, &status) != nil || status.Code < 400 || status.Code > 599 {
		status.Code = http.StatusInternalServerError
	}
	return l.refusal(ctx, &http.Response{StatusCode: status.Code, Header: http.Header{}}, body)
}

func (l *line) refused(r *http.Response, text, remedy string) error {
	return &policy.RefusedError{Address: l.address, Status: r.StatusCode, Message: text, Remedy: remedy}
}

func (l *line) keyRemedy() string {
	if l.options.Key == (Key{}) {
		return "no key was sent: set " + l.options.KeyFrom
	}
	return "set " + l.options.KeyFrom + " to a key that it accepts"
}

// modelRemedy lists the models, if the server does.
func (l *line) modelRemedy(ctx context.Context) string {
	var cards modelCards
	if err := l.client.Get(ctx, l.prefix+"models", nil, &cards); err != nil || len(cards.Data) == 0 {
		return "the endpoint is perhaps not one of OpenAI's kind, or lacks its /v1"
	}
	return fmt.Sprintf("model %q was asked for, and it serves %s", l.options.Model, list(cards.names()))
}

func target(r *http.Response) string {
	to, err := url.Parse(r.Header.Get("Location"))
	if err != nil {
		return "no address"
	}
	return cut((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String(), 200)
}

// message finds what a server says in its error: vLLM, OpenAI and llama.cpp have
// error.message, SGLang message, FastAPI detail, and proxies a page.
func message(body []byte) string {
	var e struct {
		Error, Message, Detail text
	}
	if json.Unmarshal(body, &e) != nil {
		return cut(string(body), 300)
	}
	var inner struct{ Message text }
	if json.Unmarshal([]byte(e.Error), &inner) == nil && inner.Message != "" {
		e.Error = inner.Message
	}
	for _, said := range []text{e.Error, e.Message, e.Detail} {
		if said != "" {
			return cut(string(said), 300)
		}
	}
	return cut(string(body), 300)
}

// What each server says of a conversation that is too long: OpenAI and vLLM
// (maximum context length, context_length_exceeded), SGLang (the same, and longer
// than the model's context length), llama.cpp (exceed_context_size_error).
var (
	overlong = regexp.MustCompile(`(?i)maximum context length|model's context length|context_length_exceeded|` +
		`exceed_context_size|available context size|exceeds the context window|maximum prompt length`)
	limits = regexp.MustCompile(`(?i)(?:context (?:length|size|window)|prompt length)\D{0,24}?(\d+)`)
)

func tooLong(text string, body []byte) bool {
	return overlong.MatchString(text) || overlong.Match(body[:min(len(body), 4096)])
}

// limit reads how long is allowed; 0 if that is not said.
func limit(text string, body []byte) int {
	var e struct {
		Error struct {
			Context int `json:"n_ctx"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &e) == nil && e.Error.Context > 0 {
		return e.Error.Context
	}
	if found := limits.FindStringSubmatch(text); found != nil {
		n, _ := strconv.Atoi(found[1])
		return n
	}
	return 0
}

// cut makes one short line of foreign text.
func cut(text string, n int) string {
	text = strings.Join(strings.FieldsFunc(text[:min(len(text), 4*n)], func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	text = strings.ToValidUTF8(text, "?")
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return text
}
