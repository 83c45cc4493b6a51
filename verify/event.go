package verify

import (
	"fmt"
	"time"
)

// An Event is something that happened while an artifact was judged, for a person
// who waits. Runs are told of as they happen, so their order depends on timing;
// checks are told of in their order.
type Event struct {
	Kind EventKind

	// RunStarted and RunFinished
	Run     string        // such as "original #1", "bug #2", "weakened #1", "undo lib/a.go #1", "patch #1"
	Saved   bool          // it was not made but read from an earlier one
	Wall    time.Duration // of script and parser
	Tests   int           // with a status
	Problem string        // why it shows nothing; "" when it does
	Done    int           // runs that are done
	Planned int           // runs that an artifact without faults needs

	// CheckDecided
	Decision *Decision
}

// An EventKind says what an [Event] tells of.
type EventKind uint8

const (
	_ EventKind = iota
	RunStarted
	RunFinished
	CheckDecided
)

var eventNames = [...]string{"invalid", "run_started", "run_finished", "check_decided"}

func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return fmt.Sprintf("EventKind(%d)", k)
}
