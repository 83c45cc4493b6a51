package recorded_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"
)

// elsewhere sends what is for http://model-server to the real one, each request by
// a connection of its own: llama.cpp's server closes those that it streamed on and
// says that it keeps them, which a recorder, who reads to the end, runs into.
type elsewhere struct{ real *url.URL }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	prefix := strings.TrimSuffix(strings.TrimSuffix(e.real.Path, "/"), "/v1")
	r.URL.Scheme, r.URL.Host, r.URL.Path, r.Host = e.real.Scheme, e.real.Host, prefix+r.URL.Path, ""
	r.Close = true
	return http.DefaultTransport.RoundTrip(r)
}

// kept are the headers that say something of a server; all others are dropped.
var kept = []string{"Content-Type", "Retry-After", "X-Request-Id", "Server"}

// scrub takes out the key and the real address, wherever they are.
func scrub(key, host string) recorder.HookFunc {
	pairs := []string{host, "model-server"}
	if key != "" {
		pairs = append(pairs, key, "[key]")
	}
	clean := strings.NewReplacer(pairs...).Replace
	return func(i *cassette.Interaction) error {
		i.Request.Headers, i.Response.Headers = keep(i.Request.Headers, clean), keep(i.Response.Headers, clean)
		i.Request.URL, i.Request.Host = clean(i.Request.URL), "model-server"
		i.Request.Body, i.Response.Body = clean(i.Request.Body), clean(i.Response.Body)
		if strings.Contains(i.Request.URL, "/server_info") {
			i.Response.Body = nameless(i.Response.Body)
		}
		i.Request.RemoteAddr, i.Response.ContentLength = "", -1
		i.Response.Duration = 0
		return nil
	}
}

// nameless is what vLLM tells of itself without what it tells of its machine and
// of its environment, where other secrets may be than the key.
func nameless(body string) string {
	var info map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &info) != nil {
		return body
	}
	delete(info, "system_env")
	delete(info, "vllm_env")
	text, _ := json.Marshal(info)
	return string(text)
}

func keep(given http.Header, clean func(string) string) http.Header {
	left := http.Header{}
	for _, name := range kept {
		for _, value := range given.Values(name) {
			left.Add(name, clean(value))
		}
	}
	return left
}

// matches goes by what is asked; headers are not all recorded.
func matches(r *http.Request, recorded cassette.Request) bool {
	if r.Method != recorded.Method || r.URL.String() != recorded.URL {
		return false
	}
	if r.Body == nil || r.Body == http.NoBody {
		return recorded.Body == ""
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return err == nil && string(body) == recorded.Body
}
