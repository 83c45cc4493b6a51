package solve

import (
	"context"
	"fmt"
)

// A Solver repairs bugs. It is safe for concurrent use; the engine takes the
// patch from Desk.Box when it returns. An error is the machine's or ctx's.
type Solver interface {
	Solve(ctx context.Context, d *Desk) (Ending, error)
}

// An Ending is what a solver says when it is done.
type Ending struct {
	Stop   Stop
	Record []byte // JSON: what it did, for who learns from it; may be nil
}

// A Stop says how an attempt ended. It is stored as its word.
type Stop uint8

// The ways an attempt ends. A later package that has turns and tokens adds its own.
const (
	Submitted Stop = iota + 1 // the solver said so
	GaveUp                    // its budget was used up
)

var stopNames = [...]string{"invalid", "submitted", "gave_up"}

func (s Stop) String() string {
	if int(s) < len(stopNames) {
		return stopNames[s]
	}
	return fmt.Sprintf("Stop(%d)", s)
}

// MarshalText stores the stop as its word.
func (s Stop) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word back.
func (s *Stop) UnmarshalText(text []byte) error {
	for i, name := range stopNames[1:] {
		if name == string(text) {
			*s = Stop(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no stop is called %q", text)
}
