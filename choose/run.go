package choose

import (
	"context"
	"errors"
	"sync"
)

// Results are the tests of one run, by id: true is passed. What is not there was not
// run, and is no evidence.
type Results map[string]bool

// A Run applies a patch to the problem's original code and runs tests on it, in a
// sandbox and fresh each time. The empty patch is the original code. What the tests
// say, also that they do not compile, is Results; an error is the machine's. It is
// called by several goroutines if a play is told to be parallel.
type Run func(ctx context.Context, patch, tests string) (Results, error)

// against counts what a run says beside that of the original code: of what failed
// there how much passes now, and of what passed there how much still does.
func (r Results) against(original Results) (fixed, failing, kept, passing int) {
	for id, before := range original {
		now := r[id]
		switch {
		case before:
			passing++
			kept += one(now)
		default:
			failing++
			fixed += one(now)
		}
	}
	return fixed, failing, kept, passing
}

// solves says whether a run repairs all that failed on the original code, of which
// there must be something, and breaks nothing.
func (r Results) solves(original Results) bool {
	fixed, failing, kept, passing := r.against(original)
	return failing > 0 && fixed == failing && kept == passing
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// each calls f for 0 to n-1, at most limit at once, and waits. It returns the first
// error by number; an error cancels what has not begun.
func each(ctx context.Context, n, limit int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg    sync.WaitGroup
		slots = make(chan struct{}, max(limit, 1))
		errs  = make([]error, n)
	)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				if errs[i] = f(ctx, i); errs[i] != nil {
					cancel()
				}
			}
		})
	}
	wg.Wait()
	return firstCause(errs)
}

// firstCause is the first error that is not just the echo of another.
func firstCause(errs []error) (first error) {
	for _, err := range errs {
		if err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
	}
	return first
}
