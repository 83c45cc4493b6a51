package train

import (
	"fmt"
)

// Facts are what is known of a task before anyone tries it, as numbers.
type Facts struct {
	Files        int  // that its fix touches
	Lines        int  // that its fix adds or removes
	Blocks       int  // hunks of its fix, or search-replace blocks
	LockHunks    int  // of Blocks, those in lock files and other generated files
	Bot          bool // its author is a program
	ImportErrors int  // of its failing tests, those that fail for an import or an attribute
	Failing      int  // its failing tests
	Runs, Agree  int  // how often its true fix was run, and how often with the same result
}

// A TaskFilter decides which tasks are worth training on.
type TaskFilter struct {
	Name string // lower-case identifier; stored, so it never changes
	Doc  string // one line

	// Run returns why a task is left out, in a few words; "" keeps it.
	Run func(f Facts) (why string)
}

// FirstReason asks filters in order and returns the first reason, "" if none has
// one.
func FirstReason(filters []TaskFilter, f Facts) (rule, why string) {
	for _, filter := range filters {
		if why := filter.Run(f); why != "" {
			return filter.Name, why
		}
	}
	return "", ""
}

// RebenchTasks is Nebius's filter of SWE-rebench tasks (arXiv 2508.03501).
type RebenchTasks struct{}

// TaskFilter returns the rule.
func (RebenchTasks) TaskFilter() TaskFilter {
	return TaskFilter{Name: "swe_rebench", Doc: "At most 7 files and under 500 lines, failures that a fix can repair, 50 equal runs.", Run: func(f Facts) string {
		switch {
		case f.Files > 7:
			return fmt.Sprintf("%d files, more than 7", f.Files)
		case f.Lines >= 500:
			return fmt.Sprintf("%d changed lines, not under 500", f.Lines)
		case f.Failing == 0:
			return "no failing test"
		case f.ImportErrors > 0:
			return fmt.Sprintf("%d of %d failures are of import or attribute kind", f.ImportErrors, f.Failing)
		case f.Runs < 50 || f.Agree < f.Runs:
			return fmt.Sprintf("%d of %d runs agree; 50 of 50 are needed", f.Agree, f.Runs)
		}
		return ""
	}}
}

// KimiDevTasks is Kimi-Dev's filter (arXiv 2509.23045).
type KimiDevTasks struct{}

// TaskFilter returns the rule.
func (KimiDevTasks) TaskFilter() TaskFilter {
	return TaskFilter{Name: "kimi_dev", Doc: "At most 3 files and 5 blocks.", Run: func(f Facts) string {
		switch {
		case f.Files > 3:
			return fmt.Sprintf("%d files, more than 3", f.Files)
		case f.Blocks > 5:
			return fmt.Sprintf("%d blocks, more than 5", f.Blocks)
		}
		return ""
	}}
}

// SWERLTasks is SWE-RL's filter of pull requests (arXiv 2502.18449). What is huge it
// leaves open; here, the caller says.
type SWERLTasks struct {
	Lines int // changed lines of the largest fix; 0: any
}

// TaskFilter returns the rule.
func (o SWERLTasks) TaskFilter() TaskFilter {
	return TaskFilter{Name: "swe_rl", Doc: "No bots, no huge changes, something besides lock files.", Run: func(f Facts) string {
		switch {
		case f.Bot:
			return "written by a bot"
		case o.Lines > 0 && f.Lines > o.Lines:
			return fmt.Sprintf("%d changed lines, more than %d", f.Lines, o.Lines)
		case f.Blocks <= f.LockHunks:
			return "nothing changed but lock files"
		}
		return ""
	}}
}
