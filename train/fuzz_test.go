package train

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// recipes is every rule once, in the settings that can fail.
func recipes() []Recipe {
	every := []Advantage{
		GRPO{}.Advantage(), GRPO{DDof: 1, Singleton: SingletonRaw}.Advantage(), MeanOnly{}.Advantage(), LeaveOneOut{}.Advantage(),
		MaxRL{}.Advantage(), MaxRL{Compat: true}.Advantage(), PassK{}.Advantage(), LengthWeighted{}.Advantage(),
		LengthWeighted{Pool: true}.Advantage(), ReinforcePP{DDof: 1}.Advantage(), BatchNorm{}.Advantage(), (&RunningBaseline{}).Advantage(),
		ByRole{"solver": GRPO{}.Advantage(), "injector": MeanOnly{}.Advantage()}.Advantage(),
	}
	effects := []Effect{MaskKeep, MaskZero, Drop, Train}
	losses := []Loss{{}, TokenMean{}.Loss(), TokenMean{MicroBatch: 2}.Loss(), SequenceMean{Live: true}.Loss(), SequenceSum{Max: 100}.Loss(), PromptMean{}.Loss()}
	filters := []Filter{ZeroSpread{}.Filter(), AtLeast{Samples: 2, Live: 1}.Filter(), TooOld{Oldest: 3}.Filter()}
	shapes := []Shape{LengthPenalty{Output: 0.25, Input: 0.1, Turns: 0.1}.Shape(), SoftOverlong{Max: 200, Buffer: 50}.Shape()}
	var all []Recipe
	for i, a := range every {
		all = append(all, Recipe{
			Advantage: a, Masks: []Mask{Overlong{Effect: effects[i%4]}.Mask(), MalformedTurns{}.Mask()},
			Shapes: shapes[:i%3], Filters: filters[:i%4], Gates: []Filter{AdvantageRange{}.Filter()}[:i%2], Loss: losses[i%6],
		})
	}
	return all
}

// samplesOf reads samples out of bytes: legal ones, impossible ones, extreme ones.
func samplesOf(data []byte) (samples []Sample) {
	stops := append(Stops(), "", "what")
	for len(data) >= 16 && len(samples) < 64 {
		s := Sample{
			Role: []string{"solver", "injector"}[data[0]%2], Group: fmt.Sprint(data[1] % 4), Parent: fmt.Sprint(data[2] % 2),
			Stop: stops[int(data[3])%len(stops)], Tokens: int(int8(data[4])), Input: int(data[5]), Oldest: int(data[6] % 8),
			Reward: math.Float64frombits(binary.LittleEndian.Uint64(data[8:])),
		}
		s.Newest = s.Oldest + int(data[7]%2)
		if data[6] > 128 {
			s.Turns = []Turn{{Tokens: int(data[6]), Malformed: true}, {Tokens: s.Tokens - int(data[6])}}
		}
		if data[3] < 128 { // most of a fuzzer's numbers are huge
			s.Reward = float64(data[8]%5) / 2
		}
		samples = append(samples, s)
		data = data[16:]
	}
	return samples
}

// Whatever is given, a batch has a place for each sample, finite numbers, and a
// reason where something does not train; or there is an error.
func FuzzBatch(f *testing.F) {
	f.Add([]byte("0123456789abcdef"), uint8(0))
	f.Add(slices.Repeat([]byte{0, 0, 0, 20, 9, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0}, 4), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		samples, all := samplesOf(data), recipes()
		batch, err := all[int(which)%len(all)].Batch(samples)
		if err != nil {
			return
		}
		rows := batch.Sorted()
		require.Len(t, rows, len(samples))
		for i, row := range rows {
			require.Equal(t, i, row.Index)
			require.True(t, row.Advantage == nil || finite(*row.Advantage))
			require.True(t, finite(row.Weight) && (row.Trains || row.Weight == 0))
			require.Equal(t, samples[i].Stop.Machine(), row.Reward == nil)
			require.False(t, row.Trains && row.Advantage == nil)
		}
		for g, row := range batch.Rows() {
			require.True(t, row.Trains || row.Rule != "" || g.Rule != "", "sample %d does not train, and nothing says why", row.Index)
		}
		require.NoError(t, batch.WriteTable(io.Discard))
		_, err = json.Marshal(batch)
		require.NoError(t, err)
	})
}

func FuzzTokens(f *testing.F) {
	f.Add([]byte{1, 2, 3}, 0.5)
	f.Fuzz(func(t *testing.T, data []byte, gamma float64) {
		rewards, mask := make([]float64, len(data)), make([]bool, len(data))
		for i, b := range data {
			rewards[i], mask[i] = float64(b)-100, b%3 != 0
		}
		returns, err := Returns(rewards, mask, gamma)
		require.True(t, err != nil || fitResult("", returns) == nil)
		advantages, _, err := GAE{Gamma: gamma, Lambda: gamma, SkipMasked: true}.Of(rewards, returns, mask)
		require.True(t, err != nil || fitResult("", advantages) == nil)
		white, err := Whiten(rewards, mask)
		require.True(t, err != nil || fitResult("", white) == nil)
	})
}

// A hundred thousand trajectories, groups of eight, every step in use.
func BenchmarkBatch(b *testing.B) {
	samples := make([]Sample, 100_000)
	for i := range samples {
		samples[i] = Sample{
			ID: fmt.Sprint(i), Role: "solver", Group: fmt.Sprint("bug-", i/8), Stop: Submitted,
			Reward: float64(i * i % 3), Tokens: 100 + i%1000, Turns: []Turn{{Tokens: 100}, {Tokens: i % 1000, Malformed: i%7 == 0}},
		}
		if i%11 == 0 {
			samples[i].Stop = MaxSteps
		}
	}
	recipe := Recipe{
		Shapes: []Shape{LengthPenalty{Output: 0.25}.Shape()}, Masks: []Mask{Overlong{}.Mask(), MalformedTurns{}.Mask()},
		Filters: []Filter{ZeroSpread{}.Filter()}, Advantage: GRPO{}.Advantage(), Loss: TokenMean{}.Loss(),
	}
	for b.Loop() {
		if _, err := recipe.Batch(samples); err != nil {
			b.Fatal(err)
		}
	}
}
