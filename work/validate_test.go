package work_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/work"
)

func TestGroupsThatAreRefused(t *testing.T) {
	kinds := map[string]work.Kind{"inject": {}, "verify": {}}
	task := work.Task{ID: "t", Steps: []string{"inject", "verify"}}
	require.NoError(t, work.Group{ID: "g", Tasks: []work.Task{task}, Quorum: 1, Finish: "verify"}.Validate(kinds))
	for want, group := range map[string]work.Group{
		`work: group "": a group needs an ID, by which it is found again`:                                 {Tasks: []work.Task{task}},
		`work: group "g": a quorum of 2 among 1 tasks: it is from 1 to the number of tasks, or 0 for all`: {ID: "g", Tasks: []work.Task{task}, Quorum: 2},
		`work: group "g": finish: no kind of step is named "grade"; there are: inject, verify`:            {ID: "g", Finish: "grade"},
		`work: group "g": task 1: its ID "t" is empty or that of an earlier task`:                         {ID: "g", Tasks: []work.Task{task, task}},
		`work: group "g": task "t": it has no steps`:                                                      {ID: "g", Tasks: []work.Task{{ID: "t"}}},
		`work: group "g": task "t": no kind of step is named "grade"; there are: inject, verify`:          {ID: "g", Tasks: []work.Task{{ID: "t", Steps: []string{"grade"}}}},
	} {
		require.EqualError(t, group.Validate(kinds), want)
	}
}

func TestPermanent(t *testing.T) {
	cause := errors.New("no such image")
	err := fmt.Errorf("verify: %w", work.Permanent(cause))
	require.True(t, work.IsPermanent(err))
	require.ErrorIs(t, err, cause)
	require.Equal(t, "verify: no such image", err.Error(), "the mark is not to be read")
	require.False(t, work.IsPermanent(cause))
	require.NoError(t, work.Permanent(nil))
}
