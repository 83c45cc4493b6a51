package selfplay_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/selfplay"
)

// What is done to prepare a source is told as it begins, once for a process.
func TestPreparationSaysWhatItDoes(t *testing.T) {
	e := engine(t)
	e.Injector = &picky{}
	source := folder(t, 4)
	var told []selfplay.Event
	e.Progress = func(event selfplay.Event) {
		if event.Stage == selfplay.StagePrepare {
			told = append(told, event)
		}
	}
	play(t, e, 2, source)
	now := func(text string, done bool) selfplay.Event {
		return selfplay.Event{Stage: selfplay.StagePrepare, Source: source, Round: -1, Text: text, Done: done}
	}
	require.Equal(t, []selfplay.Event{now("", false), now("open the repository", false), now("look at the tests", false), now("", true)}, told)
}

// Where the step that keeps what was found fails, and only that, the play says so.
func TestNothingCanBeKeptOfASource(t *testing.T) {
	e := engine(t)
	e.Archive = brokenShelf{&shelf{}}
	for _, err := range e.Rounds(t.Context(), sources(folder(t, 2)), 1) {
		require.ErrorContains(t, err, "was left out when the play began: ")
		require.ErrorContains(t, err, "a shelf broke")
	}
}

// A brokenShelf keeps nothing.
type brokenShelf struct{ *shelf }

func (brokenShelf) Put(context.Context, []byte) (selfplay.Ref, error) { panic("a shelf broke") }
