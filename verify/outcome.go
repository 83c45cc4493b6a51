package verify

import "fmt"

// An Outcome says what became of an attempt to repair a bug.
type Outcome uint8

const (
	_          Outcome = iota
	Resolved           // every test of FAIL_TO_PASS and PASS_TO_PASS is there and passes
	Unresolved         // anything else that is the patch's doing
	EmptyPatch         // the patch changes nothing
	Errored            // the machine failed; [Judge.Grade] returns an error instead, and callers store this
)

var outcomeNames = [...]string{"invalid", "resolved", "unresolved", "empty_patch", "errored"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", o)
}

// MarshalText stores the outcome as its word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the word back.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomeNames[1:] {
		if name == string(text) {
			*o = Outcome(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no outcome is called %q", text)
}
