package main

import (
	"fmt"
	"log/slog"

	"github.com/selfplay-swe/ssr/verify"
)

// describe says what an event is, in one line of a log.
func describe(e verify.Event) string {
	switch {
	case e.Kind == verify.CheckDecided:
		return fmt.Sprintf("check %s: %s", e.Decision.Name, e.Decision.Finding)
	case e.Kind == verify.RunStarted:
		return fmt.Sprintf("run %d of %d: %s", e.Done+1, e.Planned, e.Run)
	case e.Problem != "":
		return fmt.Sprintf("run %d of %d done: %s: %s", e.Done, e.Planned, e.Run, e.Problem)
	}
	return fmt.Sprintf("run %d of %d done: %s: %d tests", e.Done, e.Planned, e.Run, e.Tests)
}

// importance keeps out of logs what only a person who waits wants to see.
func importance(e verify.Event) slog.Level {
	if e.Kind == verify.RunStarted {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
