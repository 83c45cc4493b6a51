package train

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
)

// A Task is what a curriculum knows of one problem.
type Task struct {
	Key    string  `json:"key"`              // unique
	Rate   float64 `json:"rate"`             // share of attempts that solved it, or mean reward; of Tries > 0
	Tries  int     `json:"tries"`            // attempts the rate is of; 0: never tried
	Active bool    `json:"active,omitempty"` // it was trained on at the step before
	Score  float64 `json:"score,omitempty"`  // its quality, where a curriculum asks for it
}

// A Curriculum says how often each task is drawn at a step.
type Curriculum struct {
	Name string // lower-case identifier; stored, so it never changes
	Doc  string // one line

	// Run returns one weight for each task, in order: 0 is never drawn, 2 twice as
	// often as 1. Steps count from 0.
	Run func(step int, tasks []Task) ([]float64, error)
}

// Weights returns the weights at a step, checked. Without tasks, or without a
// weight above 0, there is nothing to draw, and that is an error.
func (c Curriculum) Weights(step int, tasks []Task) ([]float64, error) {
	if err := readTasks(c.Name, step, tasks); err != nil {
		return nil, err
	}
	weights, err := c.Run(step, tasks)
	if err != nil {
		return nil, err
	}
	if len(weights) != len(tasks) {
		return nil, fmt.Errorf("train: %s: %d weights for %d tasks", c.Name, len(weights), len(tasks))
	}
	sum := 0.0
	for i, w := range weights {
		if !finite(w) || w < 0 {
			return nil, fmt.Errorf("train: %s: task %q: weight %v; weights are finite and not negative", c.Name, tasks[i].Key, w)
		}
		sum += w
	}
	if sum == 0 {
		return nil, fmt.Errorf("train: %s: all %d tasks have weight 0 at step %d, so there is nothing to draw", c.Name, len(tasks), step)
	}
	return weights, nil
}

func readTasks(rule string, step int, tasks []Task) error {
	if len(tasks) == 0 || step < 0 {
		return fmt.Errorf("train: %s: step %d of %d tasks; steps count from 0, and there must be a task", rule, step, len(tasks))
	}
	seen := make(map[string]bool, len(tasks))
	for i, t := range tasks {
		switch {
		case seen[t.Key]:
			return fmt.Errorf("train: %s: task %d: key %q is there twice", rule, i, t.Key)
		case t.Tries < 0 || !finite(t.Rate) || !finite(t.Score):
			return fmt.Errorf("train: %s: task %d (%q): rate %v of %d tries, score %v; finite numbers are needed", rule, i, t.Key, t.Rate, t.Tries, t.Score)
		}
		seen[t.Key] = true
	}
	return nil
}

// Draw returns the place of one task, by weight.
func Draw(rng *rand.Rand, weights []float64) (int, error) {
	sum := 0.0
	for i, w := range weights {
		if !finite(w) || w < 0 {
			return 0, fmt.Errorf("train: draw: weight %d is %v; weights are finite and not negative", i, w)
		}
		sum += w
	}
	if sum == 0 || !finite(sum) {
		return 0, errors.New("train: draw: the weights sum to " + fmt.Sprint(sum) + ", so nothing can be drawn")
	}
	at, last := rng.Float64()*sum, 0
	for i, w := range weights {
		if at < w {
			return i, nil
		}
		if w > 0 {
			last = i
		}
		at -= w
	}
	return last, nil // rounding used up the sum
}

// Above drops tasks that are solved too often from a step on. SWE-Swiss, stage two:
// rate > 0.9 after 200 steps, with 90 more steps to go. Tasks never tried stay.
type Above struct {
	Rate  float64 // required
	After int     // the first step that drops; SWE-Swiss has 200
}

// Curriculum returns the rule.
func (o Above) Curriculum() Curriculum {
	return Curriculum{Name: "above", Doc: "Tasks solved more often than a rate are dropped.", Run: func(step int, tasks []Task) ([]float64, error) {
		if err := rate("above", o.Rate); err != nil {
			return nil, err
		}
		return weigh(tasks, func(t Task) bool { return step < o.After || t.Tries == 0 || t.Rate <= o.Rate }), nil
	}}
}

// Band keeps tasks that are solved sometimes: above Low, and up to High. Nebius,
// stage two (arXiv 2508.03501, section 4.3): High 2/3 and never solved dropped. Its
// wording, "a success rate of 2/3", reads both ways: Strict drops High itself.
// Tasks never tried stay.
type Band struct {
	Low    float64 // dropped at or below; default 0: never solved
	High   float64 // dropped above; required
	Strict bool    // High is dropped too
	After  int     // the first step that drops
}

// Curriculum returns the rule.
func (o Band) Curriculum() Curriculum {
	return Curriculum{Name: "band", Doc: "Tasks solved too often or never are dropped.", Run: func(step int, tasks []Task) ([]float64, error) {
		if err := cmp.Or(rate("band", o.Low), rate("band", o.High)); err != nil {
			return nil, err
		}
		return weigh(tasks, func(t Task) bool {
			in := o.Low < t.Rate && (t.Rate < o.High || t.Rate == o.High && !o.Strict)
			return step < o.After || t.Tries == 0 || in
		}), nil
	}}
}

// weigh gives 1 to tasks that stay and 0 to the others.
func weigh(tasks []Task, stays func(Task) bool) []float64 {
	weights := make([]float64, len(tasks))
	for i, t := range tasks {
		if stays(t) {
			weights[i] = 1
		}
	}
	return weights
}

func rate(rule string, r float64) error {
	if !(0 <= r && r <= 1) { // NaN too
		return fmt.Errorf("train: %s: rate %v; a rate lies between 0 and 1", rule, r)
	}
	return nil
}
