package selfplay

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/selfplay-swe/ssr/work"
)

// prepare finds out on which sources is played, once for a play: what the first
// process found stands in the journal, so that a source which cannot be reached
// later is missed, and does not change every round after it. Where nothing can
// be played nothing is written down, and the next try begins anew.
func (p *play) prepare(ctx context.Context, sources []Source) error {
	faults := p.look(ctx, sources)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if i := slices.IndexFunc(faults, isFull); i >= 0 {
		return fmt.Errorf("play: %w", faults[i])
	}
	if none(faults) {
		return &NoSourceError{faults}
	}
	group, err := p.preparing(sources)
	if err != nil {
		return err
	}
	if err := p.executor.Start(ctx, group); err != nil {
		return err
	}
	outcome, err := p.executor.Wait(ctx, group.ID)
	if err != nil {
		return err
	}
	return p.enterAll(ctx, sources, outcome.Results, faults)
}

// preparing is the group whose outcome says what the play began with.
func (p *play) preparing(sources []Source) (work.Group, error) {
	group := work.Group{ID: p.id + "/prepare"}
	for i, source := range sources {
		input, err := json.Marshal(preparation{Source: source})
		if err != nil {
			return group, err
		}
		group.Tasks = append(group.Tasks, work.Task{ID: strconv.Itoa(i), Steps: []string{StagePrepare}, Input: input})
	}
	return group, nil
}

// enterAll takes the sources into the play that are still what it began with.
func (p *play) enterAll(ctx context.Context, sources []Source, results []work.Result, faults []error) error {
	for i, result := range results {
		if err := p.enter(ctx, sources[i], result, faults[i]); err != nil {
			return err
		}
		if result.Error != "" && faults[i] == nil {
			faults[i] = leftOut(sources[i], result)
		}
	}
	if len(p.fields) == 0 {
		return &NoSourceError{faults}
	}
	return nil
}

func leftOut(source Source, result work.Result) error {
	return fmt.Errorf("%s was left out when the play began: %s", source.Repo, result.Error)
}

func none(faults []error) bool {
	for _, fault := range faults {
		if fault == nil {
			return false
		}
	}
	return true
}

// look opens every source in this process, tells of it, and returns why one
// cannot be played, by source.
func (p *play) look(ctx context.Context, sources []Source) []error {
	faults := make([]error, len(sources))
	room := make(chan struct{}, cmp.Or(p.Stages.Prepare.Limit, runtime.GOMAXPROCS(0)))
	var wait sync.WaitGroup
	for i, source := range sources {
		wait.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			p.tell(Event{Stage: StagePrepare, Source: source.Repo, Round: -1})
			notes, err := p.lookAt(ctx, source)
			if faults[i] = err; ctx.Err() == nil && !isFull(err) {
				p.tell(Event{Stage: StagePrepare, Source: source.Repo, Round: -1, Done: true, Text: notes, Err: err})
			}
		})
	}
	wait.Wait()
	return faults
}

// lookAt opens a source, and returns the injector's notes on it.
func (p *play) lookAt(ctx context.Context, source Source) (notes string, err error) {
	timeout := cmp.Or(p.Stages.Prepare.Timeout, 30*time.Minute)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%s: not prepared within %v", source.Repo, timeout))
	defer cancel()
	for range 1 + retries(p.Stages) {
		var g *ground
		if g, err = p.ground(ctx, source); err == nil {
			return strings.Join(g.notes, "; "), nil
		}
		if isFault(err) || isFull(err) || ctx.Err() != nil {
			break
		}
	}
	return "", err
}

// enter takes a source into the play, or leaves it out, as the play began.
func (p *play) enter(ctx context.Context, source Source, result work.Result, fault error) error {
	switch {
	case result.Error != "" && fault == nil:
		p.tell(Event{Stage: StagePrepare, Source: source.Repo, Round: -1, Done: true, Err: leftOut(source, result)})
		return nil
	case result.Error != "":
		return nil
	case fault != nil:
		return fmt.Errorf("play: %s was played on when this play began, and cannot be now: %w", source.Repo, fault)
	}
	f := field{}
	if err := json.Unmarshal(result.Output, &f.preparation); err != nil {
		return err
	}
	if _, err := p.at(ctx, source, f.Snapshot); err != nil {
		return fmt.Errorf("play: %w; go on with what it was, or begin a new play in another archive (--store)", err)
	}
	if err := p.read(ctx, f.Targets, &f.targets); err != nil {
		return err
	}
	p.fields = append(p.fields, f)
	return nil
}

// A preparation is what StagePrepare is given, and what it returns.
type preparation struct {
	Source   Source `json:"source"`
	Snapshot string `json:"snapshot"`
	Commit   string `json:"commit"`
	Targets  Ref    `json:"targets"` // as JSON, in their order
}

// prepared is the step: it opens a source in the process that does it.
func (e *Engine) prepared(ctx context.Context, in work.Input) ([]byte, error) {
	var p preparation
	if err := json.Unmarshal(in.Data, &p); err != nil {
		return nil, work.Permanent(err)
	}
	g, err := e.ground(ctx, p.Source)
	if err != nil && isFault(err) {
		return nil, work.Permanent(err)
	}
	if err != nil {
		return nil, err
	}
	targets, err := e.targets(ctx, g)
	if err != nil {
		return nil, err
	}
	p.Snapshot, p.Commit = g.Snapshot.Key, g.Snapshot.Commit
	if p.Targets, err = e.write(ctx, targets); err != nil {
		return nil, err
	}
	return json.Marshal(p)
}
