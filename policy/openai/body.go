package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// unmarshal reads what a server said, without the key. A field of the wrong type
// costs what it would have told, and no more.
func (l *line) unmarshal(r *http.Response, body []byte, into any) error {
	body = l.options.Key.scrubBody(body)
	err := json.Unmarshal(body, into)
	if _, broken := errors.AsType[*json.SyntaxError](err); broken {
		err = json.Unmarshal(mend(body), into)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return nil
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
