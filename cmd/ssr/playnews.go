package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/work"
)

// news is what a log says of an event: how a step ended, or what is done to prepare
// a source; of others, nothing.
func news(e selfplay.Event) string {
	switch {
	case !e.Done && e.Stage == selfplay.StagePrepare && e.Text != "":
		return e.Source + ": " + e.Text
	case !e.Done:
		return ""
	case e.Err != nil && e.Stage == selfplay.StagePrepare:
		return fmt.Sprintf("left out: %v", e.Err)
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", stepName(e), e.Err)
	case noted(e):
		return e.Source + ": ready; " + e.Text
	case e.Stage == selfplay.StagePrepare:
		return e.Source + ": ready"
	}
	return fmt.Sprintf("%s: %s", stepName(e), cmp.Or(words(e), "done"))
}

// noted says whether an event is the end of a source's preparation of which there is
// more to say than that it is ready: it is left out, or some of its tests are.
func noted(e selfplay.Event) bool {
	return e.Stage == selfplay.StagePrepare && e.Done && (e.Err != nil || e.Text != "")
}

// words is what a step's end is told by. How an attempt or a grade ended is a word
// of the records, gave_up or empty_patch, and is shown as words; what follows it,
// and all of other stages, has names of files and tests.
func words(e selfplay.Event) string {
	if e.Stage != selfplay.StageAttempt && e.Stage != selfplay.StageGrade {
		return e.Text
	}
	ended, _, _ := strings.Cut(e.Text, ":")
	return strings.ReplaceAll(ended, "_", " ") + e.Text[len(ended):]
}

// tellOnce says a sentence when asked is closed, until the function that it returns is
// called: what is said after the end of a play would stand in its report.
func (v *playView) tellOnce(asked <-chan struct{}, text string) (end func()) {
	over := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-asked:
			v.say(text)
		case <-over:
		}
	})
	return func() { close(over); waiting.Wait() }
}

// stepName names a step, as in "round 3, attempt 2" and, for one at a bug of the
// second order, "round 3, bug left by attempt 2, attempt 1".
func stepName(e selfplay.Event) string {
	name := stageName(keyOf(e))
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
// was interrupted, it met a full disk, or there is nothing else to play on.
func (v *playView) saidElsewhere(e selfplay.Event) bool {
	interrupted := errors.Is(e.Err, work.ErrClosed) || errors.Is(e.Err, context.Canceled)
	_, full := errors.AsType[*selfplay.FullError](e.Err)
	return interrupted || full || e.Err != nil && e.Stage == selfplay.StagePrepare && !v.several
}
