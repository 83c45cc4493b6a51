package choose

import (
	"cmp"
	"context"
	"fmt"
)

// Iterative tries again while there is nothing to show (Devstral on OpenHands,
// evaluation/benchmarks/swe_bench/run_infer.py and critic/finish_critic.py): a further
// attempt is made only if the one before did not finish or left an empty patch. Then
// attempts are looked at from the last backwards, and the first patch that is not
// empty is chosen, finished or not.
type Iterative struct {
	Attempts int     // at most; default 3
	First    float64 // temperature of the first attempt; default 0
	Retry    float64 // temperature of the others; default 0.1, so that they differ
}

// An Attempt is what one try left.
type Attempt struct {
	Finished bool   `json:"finished"` // it ended by the agent's own word
	Patch    string `json:"patch"`
}

// Tries is what an [Iterative] play did.
type Tries struct {
	Choice       Choice    `json:"choice"` // its index is that of an attempt, from 0
	Attempts     []Attempt `json:"attempts"`
	Temperatures []float64 `json:"temperatures"`
}

// Play makes attempts until one has something to show. An error of try is the
// machine's: it ends the play, with the attempts so far and no choice.
func (o Iterative) Play(ctx context.Context, try func(ctx context.Context, attempt int, temperature float64) (Attempt, error)) (Tries, error) {
	tries, most := Tries{Choice: Choice{Index: None}}, cmp.Or(o.Attempts, 3)
	if most < 0 {
		return tries, fmt.Errorf("choose: iterative: %d attempts; at least one must be allowed", most)
	}
	for n := range most {
		temperature := o.First
		if n > 0 {
			temperature = cmp.Or(o.Retry, 0.1)
		}
		attempt, err := try(ctx, n, temperature)
		if err != nil {
			return tries, fmt.Errorf("choose: iterative: attempt %d: %w", n, err)
		}
		tries.Attempts = append(tries.Attempts, attempt)
		tries.Temperatures = append(tries.Temperatures, temperature)
		if attempt.Finished && !attempt.empty() {
			break
		}
	}
	tries.Choice = lastPatch(tries.Attempts)
	return tries, nil
}

func (a Attempt) empty() bool { return (&Candidate{Patch: a.Patch}).empty() }

// lastPatch chooses the last attempt that left a patch.
func lastPatch(attempts []Attempt) Choice {
	for i := len(attempts) - 1; i >= 0; i-- {
		if !attempts[i].empty() {
			return decide([]Step{{"last with a patch", []int{i}}}, []int{i})
		}
	}
	return Choice{Index: None}
}
