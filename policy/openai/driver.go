package openai

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// A Driver speaks to one kind of server.
type Driver struct {
	Name    string // lower-case; stored in identities, so it never changes
	Doc     string
	Tools   bool // takes tools, and tells calls of them apart
	Streams bool
	ask     func(ctx context.Context, q *call) (*reply, error)
}

// Drivers lists all there are.
var Drivers = []Driver{vllmDriver, sglangDriver, generateDriver, llamacppDriver, plainDriver}

func driverOf(name string) *Driver {
	i := slices.IndexFunc(Drivers, func(d Driver) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &Drivers[i]
}

func driverNames() string {
	var names []string
	for _, d := range Drivers {
		names = append(names, d.Name)
	}
	return strings.Join(names, ", ")
}

// A call is one try of a request.
type call struct {
	policy.Request
	client  *Client
	try     int
	began   time.Time
	version string // of the weights, as it was before; "": not known
}

// A reply is an answer, with what is known of it besides.
type reply struct {
	policy.Answer
	ends []int32 // which ids could have ended the turn; nil: not known
}

// header keeps the calls of a conversation on one server of many, where its
// prefix is cached: X-Session-ID and, for SGLang's gateway, X-SMG-Routing-Key.
// The request's own id is the same when the same game is played again.
func (q *call) header() http.Header {
	h := http.Header{}
	if session := q.session(); session != "" {
		h.Set("X-Session-ID", session)
		h.Set("X-SMG-Routing-Key", session)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d\x00%d", q.Session, len(q.Messages), q.try, q.client.options.Seed))
	h.Set("X-Request-Id", fmt.Sprintf("ssr-%x", sum[:12]))
	return h
}

// session is the session's name, or a hash of what no header may hold.
func (q *call) session() string {
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(q.Session) <= 200 && !strings.ContainsFunc(q.Session, odd) {
		return q.Session
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(q.Session)))
}

// salt keeps what older weights cached apart.
func (q *call) salt() string {
	if q.version == "" {
		return ""
	}
	return "v" + q.version
}
