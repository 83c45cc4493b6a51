package local

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/selfplay-swe/ssr/work"
)

// A try is a step that is to be done once.
type try struct {
	*chain
	ctx    context.Context
	cancel context.CancelCauseFunc
	in     work.Input
}

// do tries a step, and tells the executor how it ended, however that is.
func (e *Executor) do(t try) {
	output, err := []byte(nil), errGone
	defer func() {
		t.cancel(nil)
		e.ended(t.chain, output, err)
	}()
	output, err = t.call(e.pools[t.kind()].Kind)
}

// errGone stands if the handler never returns: testing's FailNow ends goroutines so.
var errGone = errors.New("the handler ended its goroutine instead of returning")

func (t try) call(kind work.Kind) (output []byte, err error) {
	ctx := t.ctx
	if kind.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, kind.Timeout, &timeoutError{kind.Timeout})
		defer cancel()
	}
	defer func() {
		if cause := recover(); cause != nil {
			output, err = nil, fmt.Errorf("panic: %v\n\n%s", cause, debug.Stack())
		}
	}()
	output, err = kind.Handler(ctx, t.in)
	return output, because(ctx, err)
}

// because names the cause when ctx ended a try, where its handler did not.
func because(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if err == nil || cause == nil || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w: %w", cause, err)
}

type timeoutError struct{ limit time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("not done within %v", e.limit) }
