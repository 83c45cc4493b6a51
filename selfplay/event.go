package selfplay

// An Event is something that happened in a play, for a person who waits. Their
// order depends on timing.
type Event struct {
	Round   int // its index; -1: of the play
	Source  string
	Stage   string // "prepare", "inject", "verify", "attempt", "grade"
	Attempt int    // of Stage attempt and grade; from 0
	Child   int    // from 1: of a second-order bug; 0: first order
	Done    bool   // the stage began, or ended
	Text    string // how it ended, in a few words
}
