package openai

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// A failure is a try that came to nothing, and the next may not.
type failure struct {
	status int           // of HTTP; 0: there was no answer
	after  time.Duration // the server asks to be left alone for so long
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func failed(format string, args ...any) error { return &failure{err: fmt.Errorf(format, args...)} }

type errSlow struct{ limit time.Duration }

func (e errSlow) Error() string { return fmt.Sprintf("no answer within %v", e.limit) }

var errBrokenOff = errors.New("the server breaks answers off")

const (
	maxPause = 30 * time.Second // that this client chooses
	maxAfter = 10 * time.Minute // that a server may ask for
)

// again waits until the next try, and says how long. Its error says that there is
// none. A nil err is an answer that was broken off.
func (c *Client) again(ctx context.Context, r policy.Request, try int, err error) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, fmt.Errorf("ask %s: %w", c.line.address, context.Cause(ctx))
	}
	f := &failure{err: errBrokenOff}
	if err != nil && !errors.As(err, &f) {
		return 0, err
	}
	if try >= c.options.Tries || f.after > maxAfter {
		return 0, &policy.UnavailableError{Address: c.line.address, Status: f.status, Tries: try, Err: f.err}
	}
	pause := max(f.after, c.pause(r, try))
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return pause, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("ask %s: %w", c.line.address, context.Cause(ctx))
	}
}

// pause doubles with each try. Its jitter, down to the half, is drawn for the
// call and its try, so that it does not depend on what else goes on.
func (c *Client) pause(r policy.Request, try int) time.Duration {
	pause := min(c.options.Pause<<min(try-1, 20), maxPause)
	place := fnv.New64a()
	fmt.Fprintf(place, "%s\x00%d\x00%d", r.Session, len(r.Messages), try)
	jitter := rand.New(rand.NewPCG(c.options.Seed, place.Sum64())).Float64()
	return time.Duration(float64(pause) * (1 + jitter) / 2)
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds or a date,
// which is read by the server's own clock.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second))
	}
	then, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, then.Sub(now))
}
