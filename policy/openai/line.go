package openai

import (
	"cmp"
	"context"
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
	transport := cmp.Or(o.Transport, http.DefaultTransport)
	if standard, is := transport.(*http.Transport); is && o.Transport == nil {
		own := standard.Clone()
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
	return l.unmarshal(r, body, into)
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
	return r, l.unmarshal(r, answer, into)
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
		return l.refusal(ctx, r, l.options.Key.scrubBody(body))
	case err != nil && ctx.Err() != nil:
		return &failure{err: context.Cause(ctx)}
	case err != nil:
		return &failure{err: err}
	}
	return nil
}
