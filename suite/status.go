package suite

import "fmt"

// A Status says how one test ended.
type Status uint8

const (
	_       Status = iota
	Passed         // the only status that is a pass
	Failed         // the test ran, and what it checks does not hold
	Skipped        // the test was not run; never a pass
	Error          // the test could not be run to its end; never a pass
)

var statusNames = [...]string{"invalid", "passed", "failed", "skipped", "error"}

func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("Status(%d)", s)
}

// MarshalText stores the status as its word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word back.
func (s *Status) UnmarshalText(text []byte) error {
	for i, name := range statusNames[1:] {
		if name == string(text) {
			*s = Status(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no status of tests is called %q", text)
}
