package train

import (
	"fmt"
	"slices"
)

// A pass is the state of one batch in the making. Group g of groups is reported in
// batch.Groups[at[g]]; sample s of it in row rows[g][s] there.
type pass struct {
	recipe Recipe
	batch  *Batch
	groups []Group
	at     []int
	rows   [][]int
	cuts   [][]cut
}

// read reports every sample in its group and takes those that count into groups.
func (p *pass) read(samples []Sample) error {
	places, ids, at := map[groupKey]int{}, make(map[string]int, len(samples)), make([]int, len(samples))
	for i := range samples {
		s := &samples[i]
		key := groupKey{s.Role, p.recipe.Key(s)}
		problem := s.problem()
		if problem == "" && key.key == "" {
			problem = "it has no group; name what it is to be compared within"
		}
		if first, twice := ids[s.ID]; twice && s.ID != "" && problem == "" {
			problem = fmt.Sprintf("its id %q is that of sample %d", s.ID, first)
		}
		if problem != "" {
			return &SampleError{s.Role, key.key, i, problem}
		}
		ids[s.ID] = i
		at[i] = p.place(places, key)
	}
	p.grow(at)
	for i := range samples {
		if err := p.take(at[i], i, &samples[i]); err != nil {
			return err
		}
	}
	p.drop(func(g int) (step, rule, why string) {
		if len(p.groups[g].Samples) == 0 {
			return "drop", "empty", "no sample left"
		}
		return "", "", ""
	})
	return nil
}

// place returns the place of a group, which is a new one for a new key.
func (p *pass) place(places map[groupKey]int, key groupKey) int {
	at, seen := places[key]
	if !seen {
		at = len(p.groups)
		places[key] = at
		p.batch.Groups = append(p.batch.Groups, GroupReport{Role: key.role, Key: key.key})
		p.groups = append(p.groups, Group{Role: key.role, Key: key.key})
		p.at, p.rows, p.cuts = append(p.at, at), append(p.rows, nil), append(p.cuts, nil)
	}
	return at
}

// grow makes room in groups for the samples that are to come, at[i] being the group of
// sample i.
func (p *pass) grow(at []int) {
	sizes := make([]int, len(p.groups))
	for _, g := range at {
		sizes[g]++
	}
	for g, n := range sizes {
		group := &p.groups[g]
		group.Samples, group.Index, group.Live = make([]Sample, 0, n), make([]int, 0, n), make([]bool, 0, n)
		p.batch.Groups[g].Rows, p.rows[g], p.cuts[g] = make([]Row, 0, n), make([]int, 0, n), make([]cut, 0, n)
	}
}

// take puts one sample where it belongs: into the report, and if it counts into
// group at.
func (p *pass) take(at, index int, s *Sample) error {
	c, err := cutAll(p.recipe.Masks, s)
	if err != nil {
		return &SampleError{s.Role, p.groups[at].Key, index, err.Error()}
	}
	step := c.byStop(s)
	row := Row{Index: index, ID: s.ID, Stop: s.Stop, Rule: c.rule, Why: c.Why, MaskedTurns: c.Turns}
	if !s.Stop.Machine() {
		row.Reward = new(s.Reward)
	}
	report := &p.batch.Groups[at]
	report.Rows = append(report.Rows, row)
	if c.Effect == Drop {
		p.batch.tally(step, c.rule, 0, 1)
		return nil
	}
	p.count(at, s, index, c)
	return nil
}

// count puts a sample into group at.
func (p *pass) count(at int, s *Sample, index int, c cut) {
	g, counted := &p.groups[at], *s
	if c.Effect == MaskZero {
		counted.Reward = 0
	}
	g.Samples = append(g.Samples, counted)
	g.Index = append(g.Index, index)
	g.Live = append(g.Live, strength[c.Effect] <= strength[Train])
	p.rows[at] = append(p.rows[at], len(p.batch.Groups[at].Rows)-1)
	p.cuts[at] = append(p.cuts[at], c)
}

// shape adds the parts of every shape to rewards, but to those that count as zero.
func (p *pass) shape() error {
	for g := range p.groups {
		parts := make([][]float64, len(p.recipe.Shapes))
		for i, shape := range p.recipe.Shapes {
			var err error
			if parts[i], err = shape.Run(&p.groups[g]); err != nil {
				return err
			}
			if len(parts[i]) != len(p.groups[g].Samples) {
				return p.groups[g].refuse(shape.Name, fmt.Sprintf("%d parts for %d samples", len(parts[i]), len(p.groups[g].Samples)))
			}
		}
		for s := range p.groups[g].Samples {
			if err := p.add(g, s, parts); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pass) add(g, s int, parts [][]float64) error {
	sample, row := &p.groups[g].Samples[s], p.row(g, s)
	for i, shape := range p.recipe.Shapes {
		if p.cuts[g][s].Effect == MaskZero {
			break
		}
		row.Parts = append(row.Parts, Part{shape.Name, parts[i][s]})
		if sample.Reward += parts[i][s]; !finite(sample.Reward) {
			return &SampleError{sample.Role, p.groups[g].Key, row.Index, fmt.Sprintf("%s makes its reward %v", shape.Name, sample.Reward)}
		}
	}
	row.Shaped = new(sample.Reward)
	return nil
}

// filter drops the groups that a filter has a reason for; the first one decides.
func (p *pass) filter(step string, filters []Filter) (err error) {
	p.drop(func(g int) (string, string, string) {
		for _, f := range filters {
			why, failed := f.Run(&p.groups[g])
			if failed != nil && err == nil {
				err = failed
			}
			if why != "" {
				return step, f.Name, why
			}
		}
		return "", "", ""
	})
	return err
}

// drop takes out the groups for which decide names a rule, and says so in their
// reports.
func (p *pass) drop(decide func(g int) (step, rule, why string)) {
	kept := 0
	for g := range p.groups {
		if step, rule, why := decide(g); rule != "" {
			report := &p.batch.Groups[p.at[g]]
			report.Rule, report.Why = rule, why
			p.batch.tally(step, rule, 1, len(p.groups[g].Samples))
			continue
		}
		p.groups[kept], p.at[kept], p.rows[kept], p.cuts[kept] = p.groups[g], p.at[g], p.rows[g], p.cuts[g]
		kept++
	}
	p.groups, p.at, p.rows, p.cuts = p.groups[:kept], p.at[:kept], p.rows[:kept], p.cuts[:kept]
}

func (p *pass) advantage() error {
	if len(p.groups) == 0 {
		return nil
	}
	all, err := p.recipe.Advantage.compute(p.groups)
	if err != nil {
		return err
	}
	for g := range p.groups {
		advantages := slices.Clone(all[g]) // the rule may keep what it returned
		p.groups[g].Advantages = all[g]
		for s := range advantages {
			p.row(g, s).Advantage = &advantages[s]
		}
	}
	return nil
}

// weigh masks, and gives what trains its weight.
func (p *pass) weigh() error {
	var sequences []Sequence
	for g := range p.groups {
		p.batch.Groups[p.at[g]].Kept = true
		for s := range p.groups[g].Samples {
			row, c := p.row(g, s), p.cuts[g][s]
			row.Trains = p.groups[g].Live[s]
			if !row.Trains {
				p.batch.tally("mask", row.Rule, 0, 1)
				sequences = append(sequences, Sequence{Group: g})
				continue
			}
			row.Tokens = c.trained(&p.groups[g].Samples[s])
			if row.Tokens == 0 && p.recipe.Loss.Run != nil {
				return &SampleError{p.groups[g].Role, p.groups[g].Key, row.Index, fmt.Sprintf("%s weighs tokens, and it has none", p.recipe.Loss.Name)}
			}
			sequences = append(sequences, Sequence{Group: g, Tokens: row.Tokens})
		}
	}
	if p.recipe.Loss.Run == nil {
		return nil
	}
	return p.setWeights(sequences)
}

func (p *pass) setWeights(sequences []Sequence) error {
	weights, err := p.recipe.Loss.Run(sequences)
	if err != nil {
		return err
	}
	if len(weights) != len(sequences) {
		return fmt.Errorf("train: %s: %d weights for %d samples", p.recipe.Loss.Name, len(weights), len(sequences))
	}
	next := 0
	for g := range p.groups {
		for s := range p.groups[g].Samples {
			row := p.row(g, s)
			if w := weights[next]; row.Trains {
				if !finite(w) {
					return &SampleError{p.groups[g].Role, p.groups[g].Key, row.Index, fmt.Sprintf("%s makes its weight %v", p.recipe.Loss.Name, w)}
				}
				row.Weight = w
			}
			next++
		}
	}
	return nil
}

func (p *pass) row(g, s int) *Row {
	return &p.batch.Groups[p.at[g]].Rows[p.rows[g][s]]
}
