package preset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/train"
)

// A Batch is what a preset made of rollouts: a batch of those that its recipe sees,
// and why the others are not in it.
type Batch struct {
	*train.Batch
	LeftOut []LeftOut `json:"left_out,omitempty"`
	Note    string    `json:"note,omitempty"` // what of the recipe was not done; "" if all was
}

// A LeftOut is a rollout that the preset cannot pay.
type LeftOut struct {
	ID   string `json:"id"`
	Role string `json:"role"`
	Why  string `json:"why"`
}

// Batch pays rollouts by the preset's rewards and makes a batch of them. Refused are
// a preset that does not train, and rollouts none of which it can pay.
func (p Preset) Batch(rollouts []rollout.Rollout) (*Batch, error) {
	if p.Recipe == nil {
		return nil, fmt.Errorf("preset %s does not train, so it makes no batches; those that do are %s", p.Name, strings.Join(training(), ", "))
	}
	samples, left := p.Samples(rollouts)
	if len(samples) == 0 {
		return nil, fmt.Errorf("preset %s: none of %d rollouts can be paid%s", p.Name, len(rollouts), first(left))
	}
	recipe, note := p.recipe(samples)
	batch, err := recipe.Batch(samples)
	if err != nil {
		return nil, fmt.Errorf("preset %s: %w", p.Name, err)
	}
	return &Batch{Batch: batch, LeftOut: left, Note: note}, nil
}

// recipe is the preset's, for samples. A loss weighs tokens: of players that have
// none, those of a play without models, there is nothing to weigh.
func (p Preset) recipe(samples []train.Sample) (recipe train.Recipe, note string) {
	recipe = *p.Recipe
	recipe.Name = p.Name
	long := slices.ContainsFunc(samples, func(s train.Sample) bool { return s.Tokens > 0 })
	if !long && recipe.Loss.Run != nil {
		note = "no rollout has tokens, so none has a weight in the loss " + recipe.Loss.Name
		recipe.Loss = train.Loss{}
	}
	return recipe, note
}

func training() (names []string) {
	for _, p := range All() {
		if p.Recipe != nil {
			names = append(names, p.Name)
		}
	}
	return names
}

func first(left []LeftOut) string {
	if len(left) == 0 {
		return ": there are none"
	}
	return fmt.Sprintf("; the first, %q, is left out: %s", left[0].ID, left[0].Why)
}

// Samples pays rollouts by the preset's rewards. What the machine lost is paid
// nothing and stays: a recipe drops it, and counts it.
func (p Preset) Samples(rollouts []rollout.Rollout) (samples []train.Sample, left []LeftOut) {
	for _, r := range rollouts {
		pay, why := p.pay(r)
		if why != "" {
			left = append(left, LeftOut{r.Sample.ID, r.Sample.Role, why})
			continue
		}
		sample := r.Sample
		sample.Reward = pay
		samples = append(samples, sample)
	}
	return samples, left
}

// pay is what a rollout is paid, or why it cannot be.
func (p Preset) pay(r rollout.Rollout) (pay float64, why string) {
	switch {
	case !p.pays(r.Sample.Role):
		return 0, fmt.Sprintf("%s pays no %s", p.Name, r.Sample.Role)
	case r.Unpaid != "":
		return 0, r.Unpaid
	case r.Sample.Stop.Machine():
		return 0, ""
	case r.Bug != nil:
		return p.game(*r.Bug)
	}
	pay, err := reward.Sum(r.Evidence, p.Reward[r.Sample.Role]...)
	if err != nil {
		return 0, err.Error()
	}
	return pay, ""
}

func (p Preset) pays(role string) bool {
	if role == rollout.Injector {
		return p.Game != nil
	}
	return len(p.Reward[role]) > 0
}

// game pays an injector.
func (p Preset) game(b rollout.Bug) (pay float64, why string) {
	rule := *p.Game
	if rule.Attempts == 0 && b.Valid {
		rule.Attempts = b.Attempts
	}
	pay, scored, err := rule.Inject(b.Valid, b.Solved, b.Counted)
	switch {
	case err != nil:
		return 0, err.Error()
	case !scored:
		return 0, fmt.Sprintf("unscored: %d of %d attempts on its bug count, which is too few", b.Counted, b.Attempts)
	}
	return pay, ""
}
