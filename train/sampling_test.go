package train

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
)

type round struct {
	Rewards   []float64
	Groups    []string
	Keep      bool `json:"keep_sampling"`
	Collected int  `json:"collected_groups"`
}

func (r round) samples() []Sample {
	return attempts(r.Rewards, func(i int, s *Sample) { s.Group = r.Groups[i] })
}

func groupsOf(samples []Sample) (groups []string) {
	for _, s := range samples {
		groups = append(groups, s.Group)
	}
	return groups
}

func TestDynamicSampling(t *testing.T) {
	for i, raw := range vectors.Read[json.RawMessage](t, "dynamic_sampling.json") {
		v := as[struct {
			Mode       string
			TrainBatch int     `json:"train_batch"`
			PerPrompt  int     `json:"n_per_prompt"`
			MinRatio   float64 `json:"min_replace_ratio"`
			Batches    []round
			Final      []string `json:"final_groups"`
			Bad        []string `json:"bad_groups"`
			round
		}](t, raw)
		t.Run(fmt.Sprintf("%d/%s", i, v.Mode), func(t *testing.T) {
			if v.Mode == "filter" {
				collector := Collector{Groups: v.TrainBatch, PerGroup: v.PerPrompt, Compat: true}
				for _, round := range v.Batches {
					more, err := collector.Add(round.samples())
					require.NoError(t, err)
					require.Equal(t, round.Keep, more)
					require.Equal(t, round.Collected, collector.Collected())
				}
				require.Equal(t, v.Final, groupsOf(collector.Samples()))
				return
			}
			require.Equal(t, "replace", v.Mode)
			var one round
			require.NoError(t, json.Unmarshal(raw, &one))
			before := one.samples()
			after, more, err := Replace{MinRatio: v.MinRatio, PerGroup: v.PerPrompt}.Samples(before)
			require.NoError(t, err)
			require.Equal(t, one.Keep, more)
			require.Len(t, after, len(before))
			if len(v.Bad) == 0 {
				require.Equal(t, before, after)
			}
			if !more {
				for _, bad := range v.Bad {
					require.NotContains(t, groupsOf(after), bad)
				}
			}
		})
	}
}

// A group is never cut in two, as it is in the original where sizes differ.
func TestTheCollectorCutsWholeGroups(t *testing.T) {
	samples := round{Rewards: []float64{0, 1, 0, 1, 0, 1, 0}, Groups: strings.Split("aaabbcc", "")}.samples()
	for compat, want := range map[bool]string{false: "aaabb", true: "aaab"} {
		c := Collector{Groups: 2, PerGroup: 2, Compat: compat}
		more, err := c.Add(samples)
		require.NoError(t, err)
		require.False(t, more)
		require.Equal(t, want, strings.Join(groupsOf(c.Samples()), ""))
		_, err = c.Add(samples)
		require.ErrorContains(t, err, "a group arrives whole")
	}
}

// Replaced groups are groups of their own: a batch takes them, and no baseline
// counts a sample twice.
func TestReplacedGroupsMakeABatch(t *testing.T) {
	before := round{Rewards: []float64{0, 1, 1, 1, 0, 0}, Groups: strings.Split("aabbcc", "")}.samples()
	for i := range before {
		before[i].ID = fmt.Sprint("sample ", i)
	}
	o := Replace{PerGroup: 2, Seed: 7}
	after, more, err := o.Samples(before)
	require.NoError(t, err)
	require.False(t, more)
	again, _, err := o.Samples(before)
	require.NoError(t, err)
	require.Equal(t, after, again, "the same seed draws the same")
	batch, err := Recipe{Advantage: MeanOnly{}.Advantage()}.Batch(after)
	require.NoError(t, err)
	require.Len(t, batch.Groups, 3)
	for _, row := range batch.Sorted() {
		near(t, []float64{[]float64{-0.5, 0.5}[row.Index%2]}, []float64{*row.Advantage})
	}
	_, more, err = Replace{MinRatio: 0.34, PerGroup: 2}.Samples(before)
	require.NoError(t, err)
	require.True(t, more, "one of three is not more than 0.34")
}

func TestDynamicSamplingRefuses(t *testing.T) {
	_, err := (&Collector{Groups: 1, PerGroup: 2}).Add(nil)
	require.ErrorContains(t, err, "no samples")
	_, err = (&Collector{}).Add(attempts([]float64{1}, nil))
	require.ErrorContains(t, err, "both must be positive")
	lost := attempts([]float64{1, 0}, func(i int, s *Sample) { s.Stop = EnvLost })
	_, _, err = Replace{PerGroup: 2}.Samples(lost)
	require.ErrorContains(t, err, `group "bug" (solver): sample 0: it ended by env.lost`)
}

func TestReplay(t *testing.T) {
	past := attempts([]float64{1, 0, 1, 1, 1}, func(i int, s *Sample) { s.Oldest, s.Newest = i, i })
	o := Replay{After: 10, Recent: 2, Max: 1}
	early, err := o.Samples(9, 4, past)
	require.NoError(t, err)
	require.Empty(t, early)
	late, err := o.Samples(10, 4, past)
	require.NoError(t, err)
	require.Len(t, late, 1)
	require.GreaterOrEqual(t, late[0].Oldest, 2)
	o.Max = 9
	late, err = o.Samples(10, 4, past)
	require.NoError(t, err)
	require.Equal(t, past[2:], late)
}

func tasks(rates map[string]float64) (tasks []Task, names []string) {
	for _, key := range sortedKeys(rates) {
		tasks = append(tasks, Task{Key: key, Rate: rates[key], Tries: 16})
		names = append(names, key)
	}
	return tasks, names
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	for i := range keys {
		for j := range keys[:i] {
			if keys[i] < keys[j] {
				keys[i], keys[j] = keys[j], keys[i]
			}
		}
	}
	return keys
}

// keptBy is the keys a curriculum gives a weight at a step.
func keptBy(t *testing.T, c Curriculum, step int, rates map[string]float64) []string {
	list, names := tasks(rates)
	weights, err := c.Run(step, list)
	require.NoError(t, err)
	kept := []string{}
	for i, w := range weights {
		if w > 0 {
			kept = append(kept, names[i])
		}
	}
	return kept
}

func TestCurricula(t *testing.T) {
	for i, raw := range vectors.Read[json.RawMessage](t, "curricula.json") {
		v := as[struct {
			Rule       string
			Threshold  float64
			Rates      map[string]float64
			Pass       map[string]float64 `json:"pass_at_16"`
			Thresholds struct{ Hard, Normal, Easy float64 }
			Cases      []struct {
				Step  int
				Added int `json:"added_total"`
				Mean  float64
				Pool  string
			}
			Kept []string
		}](t, raw)
		t.Run(fmt.Sprintf("%d/%s", i, v.Rule), func(t *testing.T) {
			switch {
			case v.Rule == "drop_rate_above":
				require.Equal(t, v.Kept, keptBy(t, Above{Rate: v.Threshold}.Curriculum(), 200, v.Rates))
			case strings.HasPrefix(v.Rule, "nebius_stage2"):
				strict := strings.Contains(v.Rule, "(>=") // what is dropped: >= 2/3, so that 2/3 goes too
				require.Equal(t, v.Kept, keptBy(t, Band{High: 2.0 / 3, Strict: strict}.Curriculum(), 0, v.Rates))
			case v.Rule == "kimi_initial":
				for key := range v.Pass {
					v.Pass[key] /= 16
				}
				require.Equal(t, v.Kept, keptBy(t, Additions{}.Curriculum(), 0, v.Pass))
			case v.Rule == "kimi_additions":
				for _, c := range v.Cases {
					require.Equal(t, c.Added, Additions{}.Added(c.Step), c.Step)
				}
			case v.Rule == "difficulty_pool":
				pools := Pools{{Name: "hard", Max: v.Thresholds.Hard}, {Name: "normal", Max: v.Thresholds.Normal}, {Name: "easy", Max: v.Thresholds.Easy}}
				for _, c := range v.Cases {
					pool, err := pools.Of(c.Mean)
					require.NoError(t, err)
					require.Equal(t, c.Pool, pool.Name, c.Mean)
				}
			default:
				t.Fatalf("no such rule")
			}
		})
	}
}

func TestCurriculumGates(t *testing.T) {
	for i, raw := range vectors.Read[json.RawMessage](t, "curriculum_gates.json") {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			v := as[struct {
				Gate *struct {
					Min float64 `json:"reject_min"`
					Max float64 `json:"reject_max"`
				}
				Cases []struct {
					Advantages []float64
					Admit      bool
				}
			}](t, raw)
			if v.Gate == nil {
				poolsBehindAGate(t, raw)
				return
			}
			for _, c := range v.Cases {
				require.Equal(t, c.Admit, AdvantageRange{Min: v.Gate.Min, Max: v.Gate.Max}.Admits(c.Advantages), c.Advantages)
			}
		})
	}
}

// poolsBehindAGate is a gate that rejects zeros before pools: what it rejects is
// counted in its pool all the same.
func poolsBehindAGate(t *testing.T, raw json.RawMessage) {
	v := as[struct {
		Pools      map[string]struct{ Threshold, Weight float64 }
		Means      map[string]float64   `json:"task_means"`
		Advantages map[string][]float64 `json:"group_advantages"`
		Admit      []bool
		Sizes      map[string]int `json:"pool_sizes"`
		Sampled    []string       `json:"sampled_only"`
	}](t, raw)
	var pools Pools
	for _, name := range sortedKeys(v.Pools) {
		pool := Pool{Name: name, Max: v.Pools[name].Threshold, Weight: v.Pools[name].Weight}
		at := 0
		for at < len(pools) && pools[at].Max < pool.Max {
			at++
		}
		pools = append(pools[:at], append(Pools{pool}, pools[at:]...)...)
	}
	for i, key := range sortedKeys(v.Advantages) {
		require.Equal(t, v.Admit[i], AdvantageRange{}.Admits(v.Advantages[key]), key)
	}
	sizes := map[string]int{"unseen": 0}
	for _, mean := range v.Means {
		pool, err := pools.Of(mean)
		require.NoError(t, err)
		sizes[pool.Name]++
	}
	require.Equal(t, v.Sizes, sizes)
	require.Equal(t, v.Sampled, keptBy(t, pools.Curriculum(), 0, v.Means))
}

// A curriculum begins at its step, and leaves what nobody tried.
func TestCurriculaWait(t *testing.T) {
	list := []Task{{Key: "easy", Rate: 1, Tries: 4}, {Key: "untried"}, {Key: "fair", Rate: 0.5, Tries: 4}}
	for _, c := range []Curriculum{Above{Rate: 0.9, After: 200}.Curriculum(), Band{High: 0.9, After: 200}.Curriculum()} {
		for step, want := range map[int][]float64{199: {1, 1, 1}, 200: {0, 1, 1}} {
			got, err := c.Weights(step, list)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s at %d", c.Name, step)
		}
	}
	got, err := Pools{{Name: "all", Max: 1, Weight: 0.25}}.Curriculum().Weights(0, list)
	require.NoError(t, err)
	require.Equal(t, []float64{0.25, 1, 0.25}, got)
}

// What comes in is drawn by the seed, from unsolved tasks of quality, and stays.
func TestAdditionsComeInByAndBy(t *testing.T) {
	c := Additions{Every: 10, Count: 2, Score: 0.5}.Curriculum()
	list := []Task{{Key: "solved", Rate: 0.1, Tries: 16}, {Key: "poor", Tries: 16, Score: 0.5}, {Key: "untried", Score: 1}}
	for i := range 5 {
		list = append(list, Task{Key: fmt.Sprint(i), Tries: 16, Score: 0.9})
	}
	for step, want := range []int{0: 1, 9: 1, 10: 3, 11: 3, 20: 5} {
		if want == 0 {
			continue
		}
		weights, err := c.Weights(step, list)
		require.NoError(t, err)
		in := 0
		for i, w := range weights {
			list[i].Active = w > 0
			in += int(w)
		}
		require.Equal(t, want, in, step)
		require.Zero(t, weights[1]+weights[2])
	}
}

func TestCurriculaRefuse(t *testing.T) {
	one := []Task{{Key: "a", Rate: 1, Tries: 1}}
	for want, f := range map[string]func() error{
		"nothing to draw":             func() error { _, err := Above{Rate: 0.9}.Curriculum().Weights(0, one); return err },
		"there must be a task":        func() error { _, err := Above{Rate: 0.9}.Curriculum().Weights(0, nil); return err },
		`key "a" is there twice`:      func() error { _, err := Above{Rate: 0.9}.Curriculum().Weights(0, append(one, one...)); return err },
		"a rate lies between 0 and 1": func() error { _, err := Band{High: 66}.Curriculum().Weights(0, one); return err },
		"there are none":              func() error { _, err := Pools{}.Curriculum().Weights(0, one); return err },
		"higher than the one before":  func() error { _, err := Pools{{Max: 1}, {Max: 1}}.Of(0); return err },
		"the weights sum to 0":        func() error { _, err := Draw(rand.New(rand.NewPCG(1, 2)), []float64{0, 0}); return err },
		"weight 0 is -1; weights are": func() error { _, err := Draw(rand.New(rand.NewPCG(1, 2)), []float64{-1}); return err },
		"train: mine: 0 weights for 1 tas": func() error {
			_, err := Curriculum{"mine", "", func(int, []Task) ([]float64, error) { return nil, nil }}.Weights(0, one)
			return err
		},
	} {
		require.ErrorContains(t, f(), want)
	}
}

func TestDrawFollowsWeights(t *testing.T) {
	rng, counts := rand.New(rand.NewPCG(1, 2)), make([]int, 4)
	for range 4000 {
		i, err := Draw(rng, []float64{1, 0, 3, 0})
		require.NoError(t, err)
		counts[i]++
	}
	require.Zero(t, counts[1]+counts[3])
	require.InDelta(t, 1000, counts[0], 150)
}

func TestTaskFilters(t *testing.T) {
	good := Facts{Files: 2, Lines: 20, Blocks: 3, Failing: 1, Runs: 50, Agree: 50}
	filters := []TaskFilter{RebenchTasks{}.TaskFilter(), KimiDevTasks{}.TaskFilter(), SWERLTasks{Lines: 1000}.TaskFilter()}
	rule, why := FirstReason(filters, good)
	require.Empty(t, rule+why)
	for want, edit := range map[string]func(*Facts){
		"swe_rebench: 8 files, more than 7":                            func(f *Facts) { f.Files = 8 },
		"swe_rebench: 500 changed lines, not under 500":                func(f *Facts) { f.Lines = 500 },
		"swe_rebench: no failing test":                                 func(f *Facts) { f.Failing = 0 },
		"swe_rebench: 1 of 1 failures are of import or attribute kind": func(f *Facts) { f.ImportErrors = 1 },
		"swe_rebench: 49 of 50 runs agree; 50 of 50 are needed":        func(f *Facts) { f.Agree = 49 },
		"kimi_dev: 4 files, more than 3":                               func(f *Facts) { f.Files = 4 },
		"kimi_dev: 6 blocks, more than 5":                              func(f *Facts) { f.Blocks = 6 },
		"swe_rl: written by a bot":                                     func(f *Facts) { f.Bot = true },
		"swe_rl: nothing changed but lock files":                       func(f *Facts) { f.LockHunks = 3 },
	} {
		facts := good
		edit(&facts)
		rule, why := FirstReason(filters, facts)
		require.Equal(t, want, rule+": "+why)
	}
}
