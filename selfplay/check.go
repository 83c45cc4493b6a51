package selfplay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/reward"
)

// complete is the engine's configuration, complete but for the sources.
func (e *Engine) complete() Config {
	c := Config{
		Version:     ConfigVersion,
		Seed:        e.Seed,
		Injector:    Identity(e.Injector),
		Solver:      Identity(e.Solver),
		Strategies:  e.Strategies,
		Attempts:    cmp.Or(e.Attempts, reward.DefaultAttempts),
		SecondOrder: e.SecondOrder,
		Private:     e.Private,
		Similar:     cmp.Or(e.Similar, 0.9),
		Parallel:    cmp.Or(e.Parallel, runtime.GOMAXPROCS(0)),
		Rule:        Identity(e.rule()),
		Verify:      e.Verify.WithDefaults(),
	}
	c.SecondOrder.Share = cmp.Or(c.SecondOrder.Share, 1)
	c.SecondOrder.Attempts = cmp.Or(c.SecondOrder.Attempts, c.Attempts)
	if c.Strategies == nil {
		c.Strategies = []WeightedStrategy{{inject.Removal, 1}, {inject.History, 1}}
	}
	c.Reward, _ = json.Marshal(e.rule()) // Validate has tried it
	return c
}

// rule is the reward, for as many attempts as are made.
func (e *Engine) rule() Reward {
	attempts := cmp.Or(e.Attempts, reward.DefaultAttempts)
	if e.Reward == nil {
		return reward.Rule{Attempts: attempts}
	}
	if rule, ok := e.Reward.(reward.Rule); ok && rule.Attempts == 0 {
		rule.Attempts = attempts
		return rule
	}
	return e.Reward
}

// Validate refuses what Rounds would refuse before anything runs: an impossible
// option, as an [*OptionError] or, of Verify, a [*verify.OptionError]. It opens
// nothing.
func (e *Engine) Validate(sources []Source, n int) error {
	switch {
	case e.Provider == nil:
		return &OptionError{"Provider", nil, "a provider of sandboxes, such as local.New returns"}
	case e.Injector == nil:
		return &OptionError{"Injector", nil, "a player"}
	case e.Solver == nil:
		return &OptionError{"Solver", nil, "a player"}
	case len(sources) == 0:
		return &OptionError{"sources", "none", "at least one repository to play on"}
	case slices.ContainsFunc(sources, func(s Source) bool { return s.Repo == "" }):
		return &OptionError{"sources", "a list with an empty name", "a list of folders, git URLs or module:PATH@VERSION; the folder that one is in is ."}
	case n < 1:
		return &OptionError{"n", n, "1 round or more"}
	}
	for _, check := range []func() error{e.checkCounts, e.checkStages, e.checkShares, e.checkStrategies, e.checkReward, e.Verify.Validate} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// most is how many rounds or attempts there may be side by side: all of them are
// held in memory, from the first to the last.
const most = 1024

const positive = "1 or more, or 0 for the default"

func (e *Engine) checkCounts() error {
	for _, count := range []struct {
		name  string
		value int
	}{
		{"Attempts", e.Attempts}, {"Parallel", e.Parallel}, {"SecondOrder.Attempts", e.SecondOrder.Attempts},
	} {
		switch {
		case count.value < 0:
			return &OptionError{count.name, count.value, positive}
		case count.value > most:
			return &OptionError{count.name, count.value, fmt.Sprintf("%d or less", most)}
		}
	}
	if e.SecondOrder.Children < 0 {
		return &OptionError{"SecondOrder.Children", e.SecondOrder.Children, "0 for none, or how many a bug may have"}
	}
	return nil
}

func (e *Engine) checkStages() error {
	for _, stage := range []struct {
		name string
		Stage
	}{
		{"Prepare", e.Stages.Prepare}, {"Inject", e.Stages.Inject}, {"Verify", e.Stages.Verify},
		{"Attempt", e.Stages.Attempt}, {"Grade", e.Stages.Grade},
	} {
		switch {
		case stage.Limit < 0:
			return &OptionError{"Stages." + stage.name + ".Limit", stage.Limit, positive}
		case stage.Timeout < 0:
			return &OptionError{"Stages." + stage.name + ".Timeout", stage.Timeout, "a positive time, or 0 for the default"}
		}
	}
	return nil
}

// checkShares refuses NaN, too, which is on no side of any number.
func (e *Engine) checkShares() error {
	switch {
	case !(e.SecondOrder.Share >= 0 && e.SecondOrder.Share <= 1):
		return &OptionError{"SecondOrder.Share", e.SecondOrder.Share, "a share of at most 1, or 0 for the default, which is 1"}
	case !(e.Private >= 0 && e.Private < 1):
		return &OptionError{"Private", e.Private, "a share of at least 0 and below 1, such as 0.5: a solver has to be shown something"}
	case !(e.Similar >= 0):
		return &OptionError{"Similar", e.Similar, "a share above 0, such as 0.9, above 1 to tell equal bugs only, or 0 for the default"}
	}
	return nil
}

func (e *Engine) checkStrategies() error {
	var sum float64
	for _, s := range e.Strategies {
		if strategist, ok := e.Injector.(inject.Strategist); ok && s.Weight > 0 && s.Strategy != "" && !slices.Contains(strategist.Strategies(), s.Strategy) {
			return &OptionError{"Strategies", s.Strategy, fmt.Sprintf("one that the injector knows: %v", strategist.Strategies())}
		}
		if s.Strategy == "" {
			return &OptionError{"Strategies", "one without a name", "a list of strategies that the injector knows, such as removal"}
		}
		if !(s.Weight >= 0) || math.IsInf(s.Weight, 0) {
			return &OptionError{"Strategies", fmt.Sprintf("%s with weight %v", s.Strategy, s.Weight), "a list with weights of 0 or more"}
		}
		sum += s.Weight
	}
	if e.Strategies != nil && !(sum > 0) || math.IsInf(sum, 0) {
		return &OptionError{"Strategies", fmt.Sprintf("a list with weights of %v in all", sum), "one of which something can be drawn"}
	}
	return nil
}

func (e *Engine) checkReward() error {
	if rule, ok := e.rule().(reward.Rule); ok {
		if attempts := cmp.Or(e.Attempts, reward.DefaultAttempts); rule.Attempts != attempts {
			return &OptionError{"Reward", fmt.Sprintf("a rule for %d attempts", rule.Attempts), fmt.Sprintf("one for the %d that are made on each bug", attempts)}
		}
	}
	if err := e.rule().Validate(); err != nil {
		return &OptionError{"Reward", fmt.Sprintf("%+v", e.rule()), fmt.Sprintf("a rule that can pay: %v", err)}
	}
	if _, err := json.Marshal(e.rule()); err != nil {
		return &OptionError{"Reward", fmt.Sprintf("%T", e.Reward), fmt.Sprintf("a value that can be written as JSON, since it is part of what a play is: %v", err)}
	}
	return nil
}
