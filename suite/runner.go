package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A Runner runs suites in sandboxes. Its fields are set once; it is then safe
// for concurrent use, and equal requests at one time are one run.
type Runner struct {
	Provider sandbox.Provider
	Setup    *sandbox.Layer // what the tests need installed; nil: nothing
	Limits   sandbox.Limits
	Dir      string // where runs are kept, shared by any number of processes; "": they are not

	Timeout       time.Duration // of the script; default 90 s (paper, section 2.2)
	ParserTimeout time.Duration // default 30 s
	ParserOutput  int64         // bytes; default 64 MiB

	flights singleflight.Group
}

// attempts is how often a run is tried when the machine loses its sandbox.
const attempts = 3

func (r *Runner) timeout() time.Duration       { return cmp.Or(r.Timeout, 90*time.Second) }
func (r *Runner) parserTimeout() time.Duration { return cmp.Or(r.ParserTimeout, 30*time.Second) }
func (r *Runner) parserOutput() int64          { return cmp.Or(r.ParserOutput, 64<<20) }

// Run makes the run that is asked for, or returns it from the cache. The error
// is the machine's, or ctx's; everything else is in the [Run]. Whoever gets a
// Run must not change it.
func (r *Runner) Run(ctx context.Context, req Request) (*Run, error) {
	key := r.key(req)
	if run := r.load(key); run != nil {
		return run, nil
	}
	for {
		value, err, shared := r.flights.Do(key, func() (any, error) { return r.make(ctx, key, req) })
		if err == nil {
			return value.(*Run), nil
		}
		// Another caller's context may have ended the shared run; ours has not.
		if !shared || ctx.Err() != nil || !errors.Is(err, context.Canceled) {
			return nil, err
		}
	}
}

// make makes a run and keeps it, and tries again where a sandbox was lost.
func (r *Runner) make(ctx context.Context, key string, req Request) (*Run, error) {
	var err error
	for range attempts {
		var run *Run
		if run, err = r.once(ctx, req); err == nil {
			return run, r.store(key, run)
		}
		if _, lost := errors.AsType[*sandbox.LostError](err); !lost || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("suite: gave up after %d attempts: %w", attempts, err)
}

// once runs the script, then the parser on what it printed.
func (r *Runner) once(ctx context.Context, req Request) (*Run, error) {
	run, log, err := r.runScript(ctx, req)
	if err != nil {
		return nil, err
	}
	if run.Problem == nil {
		return run, r.runParser(ctx, req, run, log)
	}
	if req.Twice {
		run.Readable, err = r.readable(ctx, req, log)
	}
	return run, err
}

// readable says whether the parser can read what a script printed that went
// wrong. What it reads there counts for nothing.
func (r *Runner) readable(ctx context.Context, req Request, log []byte) (bool, error) {
	var aside Run
	_, err := r.parse(ctx, req.Suite.Parser, &aside, log)
	return err == nil && aside.Problem == nil, err
}
