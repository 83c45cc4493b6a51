package agent

import (
	"cmp"
	"fmt"
	"time"
)

// Limits bound a trajectory. Zero fields take the default; the first four are
// those of CWM (github.com/facebookresearch/cwm).
type Limits struct {
	Turns       int           `json:"turns"`       // answers of the policy; default 128
	Tokens      int           `json:"tokens"`      // of the whole conversation, as the server counts them; default 131,072; one that does not count reaches no limit
	Observation int           `json:"observation"` // bytes kept of an observation, head and tail; default 32,768
	Command     time.Duration `json:"command"`     // of one command; default 120 s
	Wall        time.Duration `json:"wall"`        // of all answers and actions together, without the waiting for a server; default 1 hour
	Malformed   int           `json:"malformed"`   // answers in a row that are no action, those aside which the server broke off; default 5
}

// Complete returns the limits with the defaults filled in.
func (l Limits) Complete() Limits {
	return Limits{
		Turns:       cmp.Or(l.Turns, 128),
		Tokens:      cmp.Or(l.Tokens, 131_072),
		Observation: cmp.Or(l.Observation, 32_768),
		Command:     cmp.Or(l.Command, 120*time.Second),
		Wall:        cmp.Or(l.Wall, time.Hour),
		Malformed:   cmp.Or(l.Malformed, 5),
	}
}

// minObservation is room for a line of a compiler and the cut.
const minObservation = 256

// Validate refuses limits within which nothing can be done.
func (l Limits) Validate() error {
	for _, one := range []struct {
		name  string
		value int64
	}{
		{"turns", int64(l.Turns)}, {"tokens", int64(l.Tokens)}, {"observation", int64(l.Observation)},
		{"command", int64(l.Command)}, {"wall", int64(l.Wall)}, {"malformed", int64(l.Malformed)},
	} {
		if one.value < 0 {
			return fmt.Errorf("agent: the limit %s is %d; it must be above zero, or zero for the default", one.name, one.value)
		}
	}
	if l.Observation != 0 && l.Observation < minObservation {
		return fmt.Errorf("agent: the limit observation is %d bytes; it must be at least %d", l.Observation, minObservation)
	}
	return nil
}
