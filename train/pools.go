package train

import (
	"errors"
	"fmt"
)

// A Pool is tasks of one difficulty.
type Pool struct {
	Name   string
	Max    float64 // the highest rate in it, inclusive
	Weight float64 // how often a task of it is drawn, an untried task being 1
}

// Pools weighs tasks by how often they are solved (prime-rl difficulty_pools.py). They
// stand in order of Max; the last catches what is above it. Tasks never tried weigh 1.
type Pools []Pool

// Of returns the pool of a rate.
func (p Pools) Of(rate float64) (Pool, error) {
	if err := p.problem(); err != nil {
		return Pool{}, err
	}
	if !finite(rate) {
		return Pool{}, fmt.Errorf("train: pools: rate %v", rate)
	}
	for _, pool := range p {
		if rate <= pool.Max {
			return pool, nil
		}
	}
	return p[len(p)-1], nil
}

func (p Pools) problem() error {
	if len(p) == 0 {
		return errors.New("train: pools: there are none; at least one is needed")
	}
	for i, pool := range p {
		if !finite(pool.Max) || i > 0 && pool.Max <= p[i-1].Max {
			return fmt.Errorf("train: pools: pool %d (%q) goes up to %v; each goes higher than the one before", i, pool.Name, pool.Max)
		}
	}
	return nil
}

// Curriculum returns the rule.
func (p Pools) Curriculum() Curriculum {
	return Curriculum{Name: "pools", Doc: "Tasks are drawn by how hard they are.", Run: func(_ int, tasks []Task) ([]float64, error) {
		weights := make([]float64, len(tasks))
		for i, t := range tasks {
			pool, err := p.Of(t.Rate)
			if err != nil {
				return nil, err
			}
			if weights[i] = pool.Weight; t.Tries == 0 {
				weights[i] = 1
			}
		}
		return weights, nil
	}}
}
