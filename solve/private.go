package solve

import "fmt"

// Private says which part of a specification is withheld from the solver and
// only scores, so that a solver which learns to satisfy what it is shown, and
// nothing else, can be told (rules, section 6).
type Private struct {
	Share float64 `json:"share"` // of the hunks; 0: none; below 1
	Seed  uint64  `json:"seed,string"`
}

// Validate refuses a share that is none.
func (p Private) Validate() error {
	if !(p.Share >= 0 && p.Share < 1) {
		return fmt.Errorf("the private share is %v; it must be at least 0 and below 1, such as 0.5", p.Share)
	}
	return nil
}

func (t *Task) withhold(private Private) error { return nil }
