package sandboxtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
)

var fewPIDs = sandbox.Limits{PIDs: 128}

// processAttacks are numbers 1 to 13.
var processAttacks = []attack{
	{number: 1, name: "fork bomb", needs: sandbox.PIDs, args: []string{"fork-bomb"}, limits: fewPIDs, ends: []sandbox.Class{sandbox.PIDLimit}},
	{number: 1, name: "thread bomb", needs: sandbox.PIDs, args: []string{"thread-bomb"}, limits: fewPIDs, ends: []sandbox.Class{sandbox.PIDLimit}},
	{number: 1, name: "fork bomb of a shell", needs: sandbox.PIDs, script: ":(){ :|:& };: 2>/dev/null; sleep 0.5", limits: fewPIDs, timeout: 5 * time.Second,
		lax: true, ends: []sandbox.Class{sandbox.Exited, sandbox.PIDLimit, sandbox.Timeout, sandbox.OutputLimit}},
	{number: 2, name: "double-fork daemon", needs: sandbox.Processes, args: []string{"daemon"}},
	{number: 3, name: "daemon holding stdout", needs: sandbox.Processes, args: []string{"daemon-stdout"}},
	{number: 4, name: "ignoring every signal", needs: sandbox.Processes, args: []string{"ignore-signals"}, timeout: 500 * time.Millisecond, ends: []sandbox.Class{sandbox.Timeout}},
	{number: 5, name: "stopping itself", needs: sandbox.Processes, args: []string{"stop"}, timeout: 500 * time.Millisecond, ends: []sandbox.Class{sandbox.Timeout}},
	{number: 6, name: "kill -1", needs: sandbox.Processes, args: []string{"kill-all"}, lax: true, ends: []sandbox.Class{sandbox.Exited, sandbox.Signaled}},
	{number: 6, name: "64 signals to PID 1", needs: sandbox.Processes, args: []string{"signal-init"}},
	{number: 7, name: "into PID 1 and every other", needs: sandbox.Processes, args: []string{"foreign-process"}},
	{number: 7, name: "into a neighbour", needs: sandbox.Processes, play: neighbour},
	{number: 8, name: "limits and affinity of PID 1", needs: sandbox.Processes, args: []string{"starve-init"}},
	{number: 9, name: "exec loop", needs: sandbox.Processes, args: []string{"exec-loop"}, timeout: 500 * time.Millisecond, ends: []sandbox.Class{sandbox.Timeout}},
	{number: 9, name: "zombie flood", needs: sandbox.PIDs, args: []string{"zombies"}, limits: fewPIDs,
		ends: []sandbox.Class{sandbox.PIDLimit, sandbox.Exited}, lax: true}, // zombies are gone with their parent, before a provider that counts can look
	{number: 10, name: "clone storm during the kill", needs: sandbox.Processes | sandbox.PIDs, args: []string{"storm"}, limits: fewPIDs,
		timeout: 500 * time.Millisecond, ends: []sandbox.Class{sandbox.Timeout, sandbox.PIDLimit}},
	{number: 10, name: "clone storm that ends by itself", needs: sandbox.Processes | sandbox.PIDs, limits: fewPIDs,
		script: attackPath + ` "$0" storm & sleep 0.2; exit 0`},
	{number: 11, name: "nested namespaces", needs: sandbox.Processes, args: []string{"namespaces"}},
	{number: 12, name: "timeout in each phase", needs: sandbox.Processes, play: timeouts},
	{number: 13, name: "engine killed", needs: sandbox.Processes, play: func(t *testing.T, s *suite) { s.engineKilled(t) }},
}

// neighbour looks from one sandbox for the processes of another.
func neighbour(t *testing.T, s *suite) {
	secret := newMark()
	other := s.start(t, sandbox.Spec{}, "ready", "ignore-signals", secret)
	other.answer(t)
	box := s.box(t, sandbox.Spec{})
	s.held(t, box, "foreign-process")
	s.held(t, box, "search", "-"+secret)
	require.NotEmpty(t, survivors(t, secret), "the neighbour was to be there")
}

// timeouts ends a command before it starts, while it starts, while it prints,
// and while what it left behind holds its output; and ctx the same.
func timeouts(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	for _, limit := range []time.Duration{time.Nanosecond, time.Microsecond, 500 * time.Microsecond, time.Millisecond, 3 * time.Millisecond, 30 * time.Millisecond} {
		for _, args := range [][]string{{"print-forever"}, {"sleep"}, {"ignore-signals"}} {
			mark := newMark()
			cmd := hostile(mark, args...)
			cmd.Timeout = limit
			result := run(t, box, cmd)
			require.Equal(t, sandbox.Timeout, result.Class, "%v %s: %d %s", limit, args, result.ExitCode, result.Output[:min(200, len(result.Output))])
			require.Empty(t, survivors(t, mark))

			ctx, cancel := context.WithTimeout(t.Context(), limit)
			cmd.Timeout = 0
			_, err := runUnder(ctx, t, box, cmd)
			cancel()
			require.True(t, errors.Is(err, context.DeadlineExceeded), "%v %s: %v", limit, args, err)
			require.Empty(t, survivors(t, mark))
		}
	}
	s.unharmed(t, box)
	for _, limit := range []time.Duration{time.Nanosecond, 100 * time.Microsecond, time.Millisecond, 3 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		if box, err := s.provider.New(ctx, sandbox.Spec{Require: s.require}); err == nil {
			require.NoError(t, box.Close())
		}
		cancel()
	}
}
