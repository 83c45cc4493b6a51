package rollout

import (
	"fmt"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/train"
)

// stops are the classes of the ways in which players end. A search that used up its
// budget was ended by a limit on its steps, although it hands in its best.
var stops = map[agent.Stop]train.Stop{
	agent.Submitted: train.Submitted,
	agent.GaveUp:    train.MaxSteps,
	agent.MaxTurns:  train.MaxSteps,
	agent.MaxTokens: train.MaxContext,
	agent.Context:   train.MaxContext,
	agent.Timeout:   train.Timeout,
	agent.Malformed: train.Malformed,
}

// stopOf is the class of a stored word.
func stopOf(word string) (train.Stop, error) {
	var stop agent.Stop
	if err := stop.UnmarshalText([]byte(word)); err != nil {
		return "", err
	}
	class, known := stops[stop]
	if !known {
		return "", fmt.Errorf("the stop %q has no class", word)
	}
	return class, nil
}
