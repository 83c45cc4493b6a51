package agent

import "fmt"

// A Stop says how a trajectory ended. It is stored as its word.
type Stop uint8

// The ways a trajectory ends. All are the player's doing.
const (
	Submitted Stop = iota + 1 // the player said that it is done
	GaveUp                    // a search used up its budget
	MaxTurns                  // Limits.Turns were taken
	MaxTokens                 // the conversation has Limits.Tokens
	Context                   // it does not fit into the model's context any more
	Timeout                   // Limits.Wall was used up
	Malformed                 // Limits.Malformed actions in a row were none
)

var stopNames = [...]string{"invalid", "submitted", "gave_up", "max_turns", "max_tokens", "context", "timeout", "malformed"}

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
