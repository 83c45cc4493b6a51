package openai

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	openaigo "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// A line is how one server is reached. Every request of this package goes through
// it, each once: package openai-go's own retries are off, since a try that timed
// out would be sampled twice without anyone knowing.
type line struct {
	client  openaigo.Client
	address string // for people
	prefix  string // of OpenAI's paths, after the server's root
	options Options
}

// dial sends nothing yet. The client is not made by openai-go's NewClient, which
// would take a key, a base and more from the environment on its own.
func dial(o Options) (*line, error) {
	root, prefix, err := parseEndpoint(o.Endpoint)
	if err := cmp.Or(err, o.check()); err != nil {
		return nil, err
	}
	options := []option.RequestOption{
		option.WithBaseURL(root),
		option.WithHTTPClient(httpClient(o)),
		option.WithMaxRetries(0),
	}
	if o.Key.secret != nil {
		options = append(options, option.WithHeader("Authorization", "Bearer "+*o.Key.secret))
	}
	return &line{openaigo.Client{Options: options}, strings.TrimSuffix(root+prefix, "/"), prefix, o}, nil
}

// parseEndpoint splits an endpoint into the server's root, where vLLM and SGLang
// have addresses of their own, and what OpenAI's paths begin with.
func parseEndpoint(endpoint string) (root, prefix string, err error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return "", "", errors.New("the endpoint is no address; one is http://localhost:8000/v1")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", "", fmt.Errorf("endpoint %q is no http address; one is http://localhost:8000/v1", u.Redacted())
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", "", fmt.Errorf("endpoint %s://%s has a user, a query or a fragment; a key belongs into the environment", u.Scheme, u.Host)
	}
	path := strings.Trim(u.Path, "/")
	switch shorter, versioned := strings.CutSuffix(path, "v1"); {
	case path == "":
		prefix = "v1/"
	case versioned && (shorter == "" || strings.HasSuffix(shorter, "/")):
		path, prefix = strings.TrimSuffix(shorter, "/"), "v1/"
	}
	if path != "" {
		path += "/"
	}
	return u.Scheme + "://" + u.Host + "/" + path, prefix, nil
}

// httpClient follows no redirect: whoever is named is asked, and nobody else gets
// the conversation or the key.
func httpClient(o Options) *http.Client {
	transport := o.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConns, own.MaxIdleConnsPerHost = 0, o.Concurrency
		transport = own
	}
	return &http.Client{
		Transport:     limited{transport, o.MaxAnswer},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get reads the JSON at an address of the server's root.
func (l *line) get(ctx context.Context, path string, into any) error {
	var body []byte
	var r *http.Response
	err := l.client.Get(ctx, path, nil, &body, option.WithResponseInto(&r))
	if err := l.judge(ctx, r, err); err != nil {
		return err
	}
	return unmarshal(r, body, into)
}

// reach says whether an address answers with 200, whatever it says.
func (l *line) reach(ctx context.Context, path string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var r *http.Response
	var body []byte
	err := l.client.Get(ctx, path, nil, &body, option.WithResponseInto(&r))
	return err == nil && r.StatusCode == http.StatusOK
}

// post sends JSON, and reads what comes back into a value.
func (l *line) post(ctx context.Context, path string, header http.Header, body, into any) (*http.Response, error) {
	var answer []byte
	var r *http.Response
	err := l.client.Post(ctx, path, body, &answer, l.extend(header, &r)...)
	if err := l.judge(ctx, r, err); err != nil {
		return nil, err
	}
	return r, unmarshal(r, answer, into)
}

// open sends JSON, and returns a body that is still to be read, and closed.
func (l *line) open(ctx context.Context, path string, header http.Header, body any) (*http.Response, error) {
	var r *http.Response
	err := l.client.Post(ctx, path, body, &r, append(l.extend(header, nil), option.WithHeader("Accept", "text/event-stream"))...)
	return r, l.judge(ctx, r, err)
}

func (l *line) extend(header http.Header, r **http.Response) []option.RequestOption {
	var options []option.RequestOption
	for name := range header {
		options = append(options, option.WithHeader(name, header.Get(name)))
	}
	if r != nil {
		options = append(options, option.WithResponseInto(r))
	}
	return options
}

// judge says what came of a request: nil if there is an answer to read.
func (l *line) judge(ctx context.Context, r *http.Response, err error) error {
	switch {
	case r != nil && r.StatusCode != http.StatusOK:
		defer r.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
		return l.refusal(ctx, r, body)
	case err != nil && ctx.Err() != nil:
		return &failure{err: context.Cause(ctx)}
	case err != nil:
		return &failure{err: err}
	}
	return nil
}

func unmarshal(r *http.Response, body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if _, broken := errors.AsType[*json.SyntaxError](err); broken {
		err = json.Unmarshal(mend(body), into)
	}
	if err != nil {
		return &failure{status: r.StatusCode, err: fmt.Errorf("the answer is %s and no such JSON (%w): %s",
			cut(r.Header.Get("Content-Type"), 40), err, cut(string(body[:min(len(body), 400)]), 120))}
	}
	return nil
}

// mend writes null for NaN and the infinities, which Python's json writes by
// itself and which are no JSON, so that they cost the log-probabilities and not
// the answer.
func mend(body []byte) []byte {
	var out bytes.Buffer
	inText := false
	for i := 0; i < len(body); i++ {
		if word := notANumber(body[i:]); word > 0 && !inText {
			out.WriteString("null")
			i += word - 1
			continue
		}
		out.WriteByte(body[i])
		switch {
		case body[i] == '\\' && inText && i+1 < len(body):
			i++
			out.WriteByte(body[i])
		case body[i] == '"':
			inText = !inText
		}
	}
	return out.Bytes()
}

func notANumber(text []byte) int {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(text, []byte(word)) {
			return len(word)
		}
	}
	return 0
}

// limited ends bodies that are too long, with an error.
type limited struct {
	next http.RoundTripper
	size int64
}

func (t limited) RoundTrip(q *http.Request) (*http.Response, error) {
	r, err := t.next.RoundTrip(q)
	if err == nil && r.Body != nil {
		r.Body = &limitedBody{r.Body, t.size + 1, t.size}
	}
	return r, err
}

type limitedBody struct {
	io.ReadCloser
	left int64 // until it is too long by a byte
	size int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	if b.left -= int64(n); b.left <= 0 {
		return n, fmt.Errorf("the answer is longer than %d bytes", b.size)
	}
	return n, err
}
