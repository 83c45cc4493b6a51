package baseline

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/selfplay-swe/ssr/inject"
)

// A drawer puts mixtures together from the parts of a pool.
type drawer struct {
	ground *ground
	field  *field
	policy *Policy
	rng    *rand.Rand
	aim    inject.Target
	parts  []*part // what can be taken
	first  []*part // what the first part is taken from; none: any
	minima inject.Minima
	wanted int // parts of a mixture, at least
}

// mixture draws parts until they make a bug that the judge may take. The first
// is at the target, as near as there is one; each next one is in a new file until
// there are enough, and breaks a test that the others do not. Ok is false when
// the parts that are left make no bug.
func (d *drawer) mixture() (m mixture, draws []Draw, ok bool) {
	near := d.near()
	for {
		var fitting []*part
		for _, p := range d.parts {
			if (len(m) > 0 || slices.Contains(near, p)) && m.takes(p, d.most()) && d.brings(m, p) {
				fitting = append(fitting, p)
			}
		}
		if len(fitting) == 0 {
			return m, draws, d.enough(m)
		}
		taken, draw := d.draw(m, fitting)
		m, draws = append(m, taken), append(draws, draw)
		if d.enough(m) && len(m) >= d.wanted {
			return m, draws, true
		}
	}
}

// near lists what the first part is taken from. How much it is worth to be at
// the target is for the policy: in some functions and files there is no edit
// that anyone could repair.
func (d *drawer) near() []*part {
	if len(d.first) == 0 {
		return d.parts
	}
	return where(d.parts, func(p *part) bool { return slices.Contains(d.first, p) })
}

func where(parts []*part, wanted func(*part) bool) (list []*part) {
	for _, p := range parts {
		if wanted(p) {
			list = append(list, p)
		}
	}
	return list
}

// brings says whether a part brings a new file as long as files are missing.
func (d *drawer) brings(m mixture, p *part) bool {
	files := m.files()
	return len(files) >= d.minima.ChangedFiles || !slices.Contains(files, p.File)
}

// enough says whether a mixture is a bug by the judge's minima.
func (d *drawer) enough(m mixture) bool {
	return len(m.files()) >= d.minima.ChangedFiles && len(m.broken()) >= d.minima.FailingTests
}

// most is how many tests a bug may break.
func (d *drawer) most() int {
	n := len(d.field.tests)
	return min(int(d.minima.MaxBrokenShare*float64(n)), n-1)
}

// draw takes one of some parts by the policy.
func (d *drawer) draw(m mixture, fitting []*part) (*part, Draw) {
	choices := make([]Choice, len(fitting))
	for i, p := range fitting {
		choices[i] = d.features(m, p)
	}
	i := d.policy.Draw(d.rng, choices, 1)[0]
	chances := d.policy.Probabilities(choices)
	expected := Choice{}
	for j, choice := range choices {
		for _, name := range slices.Sorted(maps.Keys(choice)) {
			expected[name] += chances[j] * choice[name]
		}
	}
	maps.DeleteFunc(expected, func(_ string, mean float64) bool { return mean < 1e-4 })
	return fitting[i], Draw{len(fitting), chances[i], choices[i], expected}
}

// features describes a part that may join a mixture.
func (d *drawer) features(m mixture, p *part) Choice {
	c := Choice{
		"inject/operator=" + p.Operator: 1,
		"inject/log-broken":             math.Log2(float64(len(p.Broken))),
		"inject/log-tests":              math.Log2(1 + float64(len(d.field.watching(p.Edit)))),
	}
	if len(m) == 0 && p.File == d.aim.File {
		c["inject/at-file"] = 1
		if p.Func == d.aim.Func {
			c["inject/at-target"] = 1
		}
	}
	if f := d.ground.code.function(p.File, p.Line); f != nil {
		c["inject/log-lines"] = math.Log2(float64(f.Last - f.First + 1))
		c["inject/depth"] = float64(p.Line-f.First) / float64(f.Last-f.First+1)
	}
	if len(m) > 0 {
		c["inject/shared"] = float64(shared(p.Broken, m.broken())) / float64(len(p.Broken))
	}
	if len(m) > 0 && dirOf(m[0].File) == dirOf(p.File) {
		c["inject/same-folder"] = 1
	}
	return c
}
