package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
)

// What is missing skips the test that needs it; what is there does not.
func TestNeeds(t *testing.T) {
	provider := machine.Provider(t)
	ran := map[string]bool{}
	for _, command := range []string{"true", "no-such-command"} {
		t.Run(command, func(t *testing.T) {
			machine.Needs(t, provider, command)
			ran[command] = true
		})
	}
	require.Equal(t, map[string]bool{"true": true}, ran)
}
