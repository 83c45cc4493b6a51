package agent

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStopIsAWord(t *testing.T) {
	for stop, word := range map[Stop]string{Submitted: "submitted", GaveUp: "gave_up", MaxTurns: "max_turns", MaxTokens: "max_tokens", Context: "context", Timeout: "timeout", Malformed: "malformed"} {
		text, err := stop.MarshalText()
		require.NoError(t, err)
		require.Equal(t, word, string(text))
		var back Stop
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, stop, back)
	}
	var s Stop
	require.Error(t, s.UnmarshalText([]byte("invalid")))
}
