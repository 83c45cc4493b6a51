package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/work"
)

// news is what a log says of a step that ended.
func news(e selfplay.Event) string {
	switch {
	case e.Err != nil && e.Stage == selfplay.StagePrepare:
		return fmt.Sprintf("left out: %v", e.Err)
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", stepName(e), e.Err)
	case e.Stage == selfplay.StagePrepare:
		return e.Source + ": ready"
	}
	return fmt.Sprintf("%s: %s", stepName(e), cmp.Or(strings.ReplaceAll(e.Text, "_", " "), "done"))
}

// stepName names a step, as in "round 3, attempt 2" and, for one at a bug of the
// second order, "round 3, bug left by attempt 2, attempt 1".
func stepName(e selfplay.Event) string {
	name := stageName(stageKey{e.Round, e.Child, e.Stage, e.Source})
	if e.Stage == selfplay.StageAttempt || e.Stage == selfplay.StageGrade {
		name += fmt.Sprintf(" %d", e.Attempt+1)
	}
	return name
}

func stageName(key stageKey) string {
	switch {
	case key.round < 0:
		return key.stage
	case key.child > 0:
		return fmt.Sprintf("round %d, bug left by attempt %d, %s", key.round+1, key.child, key.stage)
	}
	return fmt.Sprintf("round %d, %s", key.round+1, key.stage)
}

// saidElsewhere says whether the end of the play tells what became of a step: it
// was interrupted, or there is nothing else to play on.
func (v *playView) saidElsewhere(e selfplay.Event) bool {
	interrupted := errors.Is(e.Err, work.ErrClosed) || errors.Is(e.Err, context.Canceled)
	return interrupted || e.Err != nil && e.Stage == selfplay.StagePrepare && !v.several
}
