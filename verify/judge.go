package verify

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A Judge decides about artifacts by running them. Its fields are set once; it
// is then safe for concurrent use, and equal runs at one time are made once.
type Judge struct {
	Provider sandbox.Provider
	Setup    *sandbox.Layer // what the repository's tests need installed; nil: nothing
	RunDir   string         // where runs are kept for the next time, by any number of processes; "": they are not
	Options

	once   sync.Once
	runner *suite.Runner
}

// Verify decides whether an artifact states a consistent bug of the snapshot.
// What is wrong with the artifact is in the report. The error is an
// [*OptionError], the machine's, or ctx's.
func (j *Judge) Verify(ctx context.Context, snapshot *repo.Snapshot, artifact *bug.Artifact) (*Report, error) {
	options, err := j.complete()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	pass, err := newPass(options, snapshot, artifact)
	if err != nil {
		return nil, fmt.Errorf("verify: apply the patches: %w", err)
	}
	decisions, err := j.decide(ctx, pass)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return newReport(pass, decisions, time.Since(begin)), nil
}

// run returns the runner of suites that all passes of the judge share.
func (j *Judge) run(options Options) *suite.Runner {
	j.once.Do(func() {
		j.runner = &suite.Runner{
			Provider:      j.Provider,
			Setup:         j.Setup,
			Limits:        options.Limits,
			Dir:           j.RunDir,
			Timeout:       options.Timeout,
			ParserTimeout: options.ParserTimeout,
			ParserOutput:  options.ParserOutput,
		}
	})
	return j.runner
}

// decide lets the checks decide, in their order. Facts are looked at first, since
// they cost nothing: where one is wrong, only the runs of the checks before it
// are made, so that the first check of a report that did not pass is the one
// that refused the artifact.
func (j *Judge) decide(ctx context.Context, p *Pass) ([]Decision, error) {
	checks := p.Options.Checks()
	facts, err := decideFacts(checks, p)
	if err != nil {
		return nil, err
	}
	tell := p.Options.teller()
	needed := checks
	if at := slices.IndexFunc(facts, Decision.wrong); at >= 0 {
		needed = checks[:at]
	}
	p.runs = start(ctx, j.run(p.Options), p.suite(), p.Options.Parallel, tell, p.plan(needed))
	defer p.runs.stop()
	return decideRuns(ctx, checks, facts, p, tell)
}

// decideFacts returns a decision for each check whose facts are wrong or are all
// of it, and a zero one for each that is still open; it ends with the first that
// is wrong.
func decideFacts(checks []Check, p *Pass) ([]Decision, error) {
	facts := make([]Decision, len(checks))
	for i, check := range checks {
		if check.Facts == nil {
			continue
		}
		verdict, err := check.Facts(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", check.Name, err)
		}
		if !verdict.Passed || check.Run == nil {
			facts[i] = Decision{check.Name, verdict}
		}
		if !verdict.Passed {
			break
		}
	}
	return facts, nil
}

// wrong says whether facts have decided, against the artifact.
func (d Decision) wrong() bool { return d.Name != "" && !d.Passed }

// decideRuns decides what is still open, and gives up at the first check that
// fails.
func decideRuns(ctx context.Context, checks []Check, facts []Decision, p *Pass, tell func(Event)) ([]Decision, error) {
	decisions := slices.Clone(facts)
	for i, check := range checks {
		if check.Run != nil && !facts[i].wrong() {
			verdict, err := check.Run(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", check.Name, err)
			}
			decisions[i] = Decision{check.Name, verdict}
		}
		tell(Event{Kind: CheckDecided, Decision: &decisions[i]})
		if !decisions[i].Passed && !decisions[i].open {
			clear(decisions[i+1:])
			return notRun(decisions, checks[i+1:], check.Name, tell), nil
		}
	}
	return decisions, nil
}

// notRun fills in the decisions of the last checks, which nothing has decided
// because the check of that name failed.
func notRun(decisions []Decision, rest []Check, failed string, tell func(Event)) []Decision {
	open := decisions[len(decisions)-len(rest):]
	for i, check := range rest {
		if open[i].Name == "" {
			open[i] = Decision{check.Name, Verdict{Finding: "not run: " + failed + " failed"}}
		}
		tell(Event{Kind: CheckDecided, Decision: &open[i]})
	}
	return decisions
}

// teller returns what tells of events, one at a time.
func (o Options) teller() func(Event) {
	if o.Progress == nil {
		return func(Event) {}
	}
	var mu sync.Mutex
	return func(event Event) {
		mu.Lock()
		defer mu.Unlock()
		o.Progress(event)
	}
}

// Refused is the report on an artifact whose files could not be read: what
// [bug.Load] found is the finding of the check that the file belongs to.
func Refused(format *bug.FormatError) *Report {
	failed := map[string]string{
		bug.TestFilesName: testFiles.Name,
		bug.ParserName:    parser.Name,
		bug.ScriptName:    script.Name,
		bug.InjectName:    scope.Name,
		bug.WeakenName:    weakening.Name,
	}[format.File]
	if failed == "" {
		failed = testFiles.Name
	}
	checks := Checks()
	decisions := make([]Decision, len(checks))
	for i, check := range checks {
		if check.Name == failed {
			decisions[i] = Decision{failed, fail("%v", format)}
		}
	}
	decisions = notRun(decisions, checks, failed, func(Event) {})
	return newReport(&Pass{}, decisions, 0)
}
