package train

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What each step removes, in one batch: the machine's fault has no reward and is in
// nobody's baseline, a masked sample is in the baseline and does not train, a group
// without spread is gone.
func TestABatchExplainsItself(t *testing.T) {
	samples := []Sample{
		{ID: "a0", Role: "solver", Group: "bug a", Stop: Submitted, Reward: 1, Tokens: 30},
		{ID: "a1", Role: "solver", Group: "bug a", Stop: MaxSteps, Reward: -1, Tokens: 90},
		{ID: "a2", Role: "solver", Group: "bug a", Stop: EnvLost, Reward: math.NaN()},
		{ID: "a3", Role: "solver", Group: "bug a", Stop: Submitted, Reward: -1, Tokens: 10},
		{ID: "b0", Role: "solver", Group: "bug b", Stop: Submitted, Reward: 1, Tokens: 5},
		{ID: "b1", Role: "solver", Group: "bug b", Stop: Submitted, Reward: 1, Tokens: 5},
		{ID: "i0", Role: "injector", Group: "bug a", Stop: Submitted, Reward: 0.5, Tokens: 7},
		{ID: "i1", Role: "injector", Group: "bug a", Stop: PolicyMismatch, Reward: 0, Tokens: 7},
		{ID: "i2", Role: "injector", Group: "bug a", Stop: Incomplete, Reward: 0, Tokens: 7},
	}
	recipe := Recipe{
		Name:      "test",
		Filters:   []Filter{ZeroSpread{}.Filter()},
		Advantage: LeaveOneOut{}.Advantage(),
		Loss:      SequenceSum{}.Loss(),
	}
	batch, err := recipe.Batch(samples)
	require.NoError(t, err)
	var table strings.Builder
	require.NoError(t, batch.WriteTable(&table))
	require.Equal(t, strings.TrimLeft(`
group    role      sample  stop              reward  shaped  advantage  trains    why
"bug a"  solver    a0      submitted         1       1       2          yes, 0.2  -
"bug a"  solver    a1      agent.max_steps   -1      -1      -1         no        overlong: ended by agent.max_steps
"bug a"  solver    a2      env.lost          -       -       -          no        machine: the machine's: env.lost
"bug a"  solver    a3      submitted         -1      -1      -1         yes, 0.2  -
"bug b"  solver    b0      submitted         1       1       -          no        group zero_spread: 2 live samples with one reward
"bug b"  solver    b1      submitted         1       1       -          no        group zero_spread: 2 live samples with one reward
"bug a"  injector  i0      submitted         0.5     0.5     0.5        yes, 0.2  -
"bug a"  injector  i1      policy.mismatch   0       0       -0.5       no        no_tokens: nothing to train on: policy.mismatch
"bug a"  injector  i2      group_incomplete  0       -       -          no        left_behind: group_incomplete

step    rule         groups  samples
fault   machine      0       1
drop    left_behind  0       1
filter  zero_spread  1       2
mask    overlong     0       1
mask    no_tokens    0       1
`, "\n"), table.String())

	data, err := json.Marshal(batch)
	require.NoError(t, err)
	require.Contains(t, string(data), `{"index":2,"id":"a2","stop":"env.lost","reward":null,"shaped":null,"advantage":null,"trains":false,"rule":"machine","why":"the machine's: env.lost"}`)
	var again Batch
	require.NoError(t, json.Unmarshal(data, &again))
	require.Equal(t, *batch, again)
}

// The reward of a sample that counts as zero is zero whatever shapes add, and other
// rewards are the sum of their parts.
func TestShapes(t *testing.T) {
	bonus := Shape{Name: "bonus", Run: PerSample(func(s *Sample) float64 { return 10 })}
	twice := Shape{Name: "twice", Run: PerSample(func(s *Sample) float64 { return s.Reward })}
	recipe := Recipe{
		Shapes:    []Shape{bonus, twice},
		Masks:     []Mask{Overlong{Effect: MaskZero}.Mask()},
		Advantage: MeanOnly{}.Advantage(),
	}
	batch, err := recipe.Batch([]Sample{
		{Role: "solver", Group: "g", Stop: Submitted, Reward: 1},
		{Role: "solver", Group: "g", Stop: MaxContext, Reward: 1},
	})
	require.NoError(t, err)
	rows := batch.Groups[0].Rows
	require.Equal(t, []Part{{"bonus", 10}, {"twice", 1}}, rows[0].Parts)
	require.InDelta(t, 12, *rows[0].Shaped, 0)
	require.InDelta(t, 6, *rows[0].Advantage, 0)
	require.InDelta(t, 0, *rows[1].Shaped, 0)
	require.Empty(t, rows[1].Parts)
	require.InDelta(t, 1, *rows[1].Reward, 0, "what it was paid stays on record")
}

// Where the mean reward is below 0 the original pays for length.
func TestLengthPenaltyBelowZero(t *testing.T) {
	g := groupOf([]float64{-1, -1, 1})
	for i := range g.Samples {
		g.Samples[i].Tokens = 10 * i
	}
	for compat, want := range map[bool][]float64{false: {0, 0, 0}, true: {0, 1. / 24, 1. / 12}} {
		parts, err := LengthPenalty{Output: 0.25, Compat: compat}.Shape().Run(&g)
		require.NoError(t, err)
		near(t, want, parts)
	}
	_, err := LengthPenalty{Turns: -1}.Shape().Run(&g)
	require.ErrorContains(t, err, "weight -1")
}

func TestMaskedTurns(t *testing.T) {
	recipe := Recipe{Masks: []Mask{MalformedTurns{}.Mask()}, Loss: TokenMean{}.Loss()}
	batch, err := recipe.Batch([]Sample{
		{Role: "solver", Group: "g", Stop: Submitted, Reward: 1, Tokens: 10, Turns: []Turn{{3, false}, {2, true}, {5, false}}},
		{Role: "solver", Group: "g", Stop: Malformed, Reward: 0, Tokens: 4, Turns: []Turn{{4, true}}},
	})
	require.NoError(t, err)
	rows := batch.Groups[0].Rows
	require.Equal(t, []int{1}, rows[0].MaskedTurns)
	require.Equal(t, 8, rows[0].Tokens)
	require.InDelta(t, 1.0/8, rows[0].Weight, 1e-12)
	require.False(t, rows[1].Trains)
	require.Equal(t, "every turn masked", rows[1].Why)
}

func TestGates(t *testing.T) {
	recipe := Recipe{Advantage: MeanOnly{}.Advantage(), Gates: []Filter{AdvantageRange{Min: -0.1, Max: 0.1}.Filter()}}
	batch, err := recipe.Batch(attempts([]float64{0.1, 0.2}, nil))
	require.NoError(t, err)
	require.False(t, batch.Groups[0].Kept)
	require.Equal(t, []Tally{{"gate", "advantage_range", 1, 2}}, batch.Steps)
}

func TestGroupsThatAreTooOld(t *testing.T) {
	samples := attempts([]float64{0, 1}, func(i int, s *Sample) { s.Oldest, s.Newest = 10+i, 20 })
	for oldest, kept := range map[int]bool{10: true, 11: false} {
		batch, err := Recipe{Filters: []Filter{TooOld{Oldest: oldest}.Filter()}}.Batch(samples)
		require.NoError(t, err)
		require.Equal(t, kept, batch.Groups[0].Kept)
	}
}

// A group of which nothing is left has no baseline; one in which all is masked has,
// and nobody trains. Neither is an error.
func TestNothingTrains(t *testing.T) {
	lost := attempts([]float64{0, 0}, func(_ int, s *Sample) { s.Stop = EnvDisk })
	batch, err := Recipe{}.Batch(lost)
	require.NoError(t, err)
	require.Equal(t, "empty", batch.Groups[0].Rule)

	long := attempts([]float64{0, 1}, func(_ int, s *Sample) { s.Stop = Timeout })
	batch, err = Recipe{Advantage: MeanOnly{}.Advantage()}.Batch(long)
	require.NoError(t, err)
	require.True(t, batch.Groups[0].Kept)
	for _, row := range batch.Rows() {
		require.False(t, row.Trains)
		require.InDelta(t, 0.5, math.Abs(*row.Advantage), 0)
	}
}

func TestBatchRefuses(t *testing.T) {
	ok := Sample{Role: "solver", Group: "g", Stop: Submitted, Reward: 1, Tokens: 4}
	for name, test := range map[string]struct {
		edit func(*Sample)
		loss Loss
		want string
	}{
		"NaN":            {edit: func(s *Sample) { s.Reward = math.NaN() }, want: `train: group "g" (solver): sample 1: its reward is NaN`},
		"infinite":       {edit: func(s *Sample) { s.Reward = math.Inf(1) }, want: "sample 1: its reward is +Inf"},
		"no stop":        {edit: func(s *Sample) { s.Stop = "" }, want: "sample 1: it has no stop"},
		"unknown stop":   {edit: func(s *Sample) { s.Stop = "bored" }, want: `unknown stop "bored"; known are [agent.context`},
		"no role":        {edit: func(s *Sample) { s.Role = "" }, want: "sample 1: it has no role"},
		"no group":       {edit: func(s *Sample) { s.Group = "" }, want: "sample 1: it has no group"},
		"twice":          {edit: func(s *Sample) { s.ID = "x" }, want: `sample 1: its id "x" is that of sample 0`},
		"tokens":         {edit: func(s *Sample) { s.Tokens = -1 }, want: "-1 sampled tokens"},
		"versions":       {edit: func(s *Sample) { s.Oldest = 3 }, want: "its newest policy version, 0, is older than its oldest, 3"},
		"turns":          {edit: func(s *Sample) { s.Turns = []Turn{{Tokens: 3}} }, want: "its 1 turns do not sum to its 4 tokens"},
		"turn":           {edit: func(s *Sample) { s.Turns = []Turn{{Tokens: 5}} }, want: "turn 0 has 5 tokens of the trajectory's 4"},
		"huge turns":     {edit: func(s *Sample) { s.Turns, s.Tokens = []Turn{{Tokens: math.MaxInt}, {Tokens: math.MaxInt}}, math.MaxInt }, want: "do not sum"},
		"steps":          {edit: func(s *Sample) { s.Turns, s.Steps = []Turn{{Tokens: 4}}, 2 }, want: "2 steps and 1 turns"},
		"nothing weighs": {edit: func(s *Sample) { s.Tokens = 0 }, loss: TokenMean{}.Loss(), want: "sample 1: token_mean weighs tokens, and it has none"},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := ok, ok
			first.ID = "x"
			test.edit(&second)
			_, err := Recipe{Loss: test.loss}.Batch([]Sample{first, second})
			require.ErrorContains(t, err, test.want)
			var bad *SampleError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, 1, bad.Index)
		})
	}
	_, err := Recipe{}.Batch(nil)
	require.ErrorContains(t, err, "no samples")
}

// Rules of one's own that do not keep their contract are named, with the group.
func TestRulesOfOnesOwnAreHeldToTheirContracts(t *testing.T) {
	for name, test := range map[string]struct {
		recipe Recipe
		want   string
	}{
		"shape":  {Recipe{Shapes: []Shape{{Name: "mine", Run: func(*Group) ([]float64, error) { return nil, nil }}}}, `group "bug" (solver): mine: 0 parts for 2 samples`},
		"NaN":    {Recipe{Shapes: []Shape{{Name: "mine", Run: PerSample(func(*Sample) float64 { return math.NaN() })}}}, "sample 0: mine makes its reward NaN"},
		"turn":   {Recipe{Masks: []Mask{{Name: "mine", Run: func(*Sample) (Cut, error) { return Cut{Turns: []int{7}}, nil }}}}, "sample 0: mask mine: it masks turn 7 of 0"},
		"effect": {Recipe{Masks: []Mask{{Name: "mine", Run: func(*Sample) (Cut, error) { return Cut{Effect: "hide"}, nil }}}}, `mask mine: unknown effect "hide"`},
		"loss":   {Recipe{Loss: Loss{Name: "mine", Run: func([]Sequence) ([]float64, error) { return nil, nil }}}, "mine: 0 weights for 2 samples"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.recipe.Batch(attempts([]float64{0, 1}, func(_ int, s *Sample) { s.Tokens = 1 }))
			require.ErrorContains(t, err, test.want)
		})
	}
}

// A name that came from outside cannot break the table.
func TestTableOfHostileNames(t *testing.T) {
	batch, err := Recipe{}.Batch([]Sample{{ID: "\x1b[2J", Role: "solver", Group: "a\tb\xff", Stop: Submitted}})
	require.NoError(t, err)
	var table strings.Builder
	require.NoError(t, batch.WriteTable(&table))
	require.NotContains(t, table.String(), "\x1b")
	require.NotContains(t, table.String(), "\t")
	require.Contains(t, table.String(), `"a\tb\xff"`)
}
