package reward

import (
	"errors"
	"fmt"
	"math"
)

// A Part is one named term of a reward. One of your own is a literal:
//
//	reward.Part{Name: "short", Pay: func(e reward.Evidence) (float64, error) {
//		return -0.001 * float64(e.Tokens), nil
//	}}
type Part struct {
	Name string // lower-case identifier; stored with what it paid, so it never changes
	// Pay returns what the part pays for an attempt. What the player did wrong is
	// in the number; an error means that the evidence cannot be judged.
	Pay func(Evidence) (float64, error)
}

// Sum is the reward of an attempt: what its parts pay, added up. No parts, two of
// one name, and a part that pays NaN or without end are errors, which name the
// part.
func Sum(e Evidence, parts ...Part) (float64, error) {
	if len(parts) == 0 {
		return 0, errors.New("reward: a sum of no parts; name at least one")
	}
	total := 0.0
	seen := make(map[string]bool)
	for i, part := range parts {
		if part.Name == "" || part.Pay == nil || seen[part.Name] {
			return 0, fmt.Errorf("reward: part %d, %q: every part needs a function and a name of its own", i, part.Name)
		}
		seen[part.Name] = true
		pay, err := part.Pay(e)
		if err != nil {
			return 0, fmt.Errorf("reward: %s: %w", part.Name, err)
		}
		if math.IsNaN(pay) || math.IsInf(pay, 0) {
			return 0, fmt.Errorf("reward: %s: it paid %v; a reward must be a finite number", part.Name, pay)
		}
		total += pay
	}
	return total, nil
}
