package selfplay

// The stages of a round; also the kinds of its steps.
const (
	StagePrepare = "prepare" // open a source, install what its tests need, ask the injector whether it can be played
	StageInject  = "inject"
	StageVerify  = "verify"
	StageAttempt = "attempt"
	StageGrade   = "grade"
	StageScore   = "score" // the arithmetic; no event tells of it
)

// An Event is something that happened in a play, for a person who waits: a step
// began or ended in this process. What was done by an earlier process, or by
// another one, has no events. Their order depends on timing.
type Event struct {
	Stage   string
	Source  string // as in Source.Repo
	Round   int    // its index; -1: StagePrepare, which is of the play
	Attempt int    // from 0, of StageAttempt and StageGrade
	Child   int    // from 1: of a second-order bug; 0: first order
	Done    bool   // the step began, or ended
	Text    string // what it is about, or how it ended, in a few words; of a StagePrepare that began before: what it does now, and at its end: what the injector leaves out there

	// Err is why a step ended without a result. In StagePrepare the source is
	// left out; elsewhere the step is done again, or lost.
	Err error
}
