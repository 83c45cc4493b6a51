package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
)

// find reads the round.
func (f *replayFlags) find(ctx context.Context, kept *store.Store) (*selfplay.Round, error) {
	n := 0
	for round, err := range kept.Rounds(ctx) {
		if err != nil {
			return nil, err
		}
		if round.Index == f.round-1 {
			return round, nil
		}
		n++
	}
	return nil, misuse{fmt.Errorf("--round is %d; %s has %s", f.round, f.store, fromOne("round", n))}
}

// fromOne says which of n things there are, by the numbers that people know them by.
func fromOne(thing string, n int) string {
	switch n {
	case 0:
		return "no " + thing + "s"
	case 1:
		return thing + " 1 alone"
	}
	return fmt.Sprintf("%ss 1 to %d", thing, n)
}

// trajectory reads the conversation that the flags name.
func (f *replayFlags) trajectory(ctx context.Context, kept *store.Store, r *selfplay.Round) (*agent.Trajectory, error) {
	ref, err := f.record(r)
	if err != nil {
		return nil, err
	}
	if ref == "" {
		return nil, misuse{fmt.Errorf("%s has no record: the machine ended it, or its player keeps none", f.name())}
	}
	blob, err := kept.Blob(ctx, ref)
	if err != nil {
		return nil, err
	}
	var record struct {
		agent.Trajectory
		Inner *agent.Trajectory `json:"trajectory"` // an injector's
	}
	if err := json.Unmarshal(blob, &record); err != nil {
		return nil, fmt.Errorf("%s: read its record: %w", f.name(), err)
	}
	t := cmp.Or(record.Inner, &record.Trajectory)
	if t.Version != agent.TrajectoryVersion {
		return nil, misuse{fmt.Errorf("%s is no conversation with a model but a search of the built-in player: the same play on the same seed makes it again", f.name())}
	}
	return t, nil
}

// record names the record that the flags name.
func (f *replayFlags) record(r *selfplay.Round) (selfplay.Ref, error) {
	attempts := r.Attempts
	if f.attempt == 0 {
		return r.Record, nil
	}
	if f.child > 0 {
		i := slices.IndexFunc(r.Children, func(c selfplay.Child) bool { return c.Of == f.child-1 })
		if i < 0 {
			return "", misuse{fmt.Errorf("--child is %d; that attempt of round %d left no bug that was played%s", f.child, f.round, those(r.Children))}
		}
		attempts = r.Children[i].Attempts
	}
	if f.attempt > len(attempts) {
		return "", misuse{fmt.Errorf("--attempt is %d; at that bug there were %s", f.attempt, fromOne("attempt", len(attempts)))}
	}
	return attempts[f.attempt-1].Record, nil
}

// those says which attempts left bugs.
func those(children []selfplay.Child) string {
	if len(children) == 0 {
		return "; none did"
	}
	var list []string
	for _, child := range children {
		list = append(list, fmt.Sprint(child.Of+1))
	}
	return "; attempts that did: " + strings.Join(list, ", ")
}

// name is what the flags name, in words.
func (f *replayFlags) name() string {
	switch {
	case f.attempt == 0:
		return fmt.Sprintf("the bug of round %d", f.round)
	case f.child > 0:
		return fmt.Sprintf("attempt %d at the bug that attempt %d of round %d left", f.attempt, f.child, f.round)
	}
	return fmt.Sprintf("attempt %d of round %d", f.attempt, f.round)
}
