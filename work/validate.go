package work

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Validate refuses a group that an executor of these kinds cannot do.
func (g Group) Validate(kinds map[string]Kind) error {
	if err := g.validate(kinds); err != nil {
		return fmt.Errorf("work: group %q: %w", g.ID, err)
	}
	return nil
}

func (g Group) validate(kinds map[string]Kind) error {
	if g.ID == "" {
		return fmt.Errorf("a group needs an ID, by which it is found again")
	}
	if g.Quorum < 0 || g.Quorum > len(g.Tasks) {
		return fmt.Errorf("a quorum of %d among %d tasks: it is from 1 to the number of tasks, or 0 for all", g.Quorum, len(g.Tasks))
	}
	if g.Finish != "" {
		if err := known(g.Finish, kinds); err != nil {
			return fmt.Errorf("finish: %w", err)
		}
	}
	seen := map[string]bool{}
	for i, task := range g.Tasks {
		if task.ID == "" || seen[task.ID] {
			return fmt.Errorf("task %d: its ID %q is empty or that of an earlier task", i, task.ID)
		}
		seen[task.ID] = true
		if err := task.validate(kinds); err != nil {
			return fmt.Errorf("task %q: %w", task.ID, err)
		}
	}
	return nil
}

func (t Task) validate(kinds map[string]Kind) error {
	if len(t.Steps) == 0 {
		return fmt.Errorf("it has no steps")
	}
	for _, step := range t.Steps {
		if err := known(step, kinds); err != nil {
			return err
		}
	}
	return nil
}

func known(name string, kinds map[string]Kind) error {
	if _, ok := kinds[name]; ok {
		return nil
	}
	names := slices.Sorted(maps.Keys(kinds))
	return fmt.Errorf("no kind of step is named %q; there are: %s", name, strings.Join(names, ", "))
}

// Validate refuses a kind of which no step could be done.
func (k Kind) Validate() error {
	switch {
	case k.Handler == nil:
		return fmt.Errorf("it has no handler")
	case k.Limit < 0:
		return fmt.Errorf("a limit of %d at one time: it is at least 1, or 0 for as many as the executor likes", k.Limit)
	case k.Timeout < 0:
		return fmt.Errorf("a timeout of %v: it is above 0, or 0 for none", k.Timeout)
	case k.Retries < 0:
		return fmt.Errorf("%d retries: it is at least 0", k.Retries)
	}
	return nil
}
