package train

import "fmt"

// A Loss says how token losses are averaged: it gives each sequence a weight, and
//
//	loss = Σ over sequences: weight · Σ over its trained tokens: token loss
//
// so that a trainer has nothing to normalise. What systems call token mean and
// sequence mean differ in nothing else.
type Loss struct {
	Name string // lower-case identifier; stored in batches, so it never changes
	Doc  string // one line
	Run  func(sequences []Sequence) ([]float64, error)
}

// A Sequence is a sample as a [Loss] sees it.
type Sequence struct {
	Group  int // samples of one prompt have one number
	Tokens int // trained tokens; 0 for a masked sample
}

// TokenMean gives every trained token of the batch the same weight (DAPO).
type TokenMean struct {
	// MicroBatch takes the mean of every so many sequences and then the mean of
	// those (verl's and SkyRL's older token mean, "token_mean_legacy"). It must
	// divide the number of sequences; SkyRL drops the rest, Compat too.
	MicroBatch int
	Compat     bool
}

// Loss returns the rule.
func (o TokenMean) Loss() Loss {
	return Loss{Name: "token_mean", Doc: "The mean over all trained tokens.", Run: o.run}
}

func (o TokenMean) run(sequences []Sequence) ([]float64, error) {
	size := o.MicroBatch
	switch {
	case size == 0:
		size = len(sequences)
	case size < 0 || size > len(sequences) || len(sequences)%size != 0 && !o.Compat:
		return nil, fmt.Errorf("train: token_mean: micro-batches of %d do not divide %d sequences", size, len(sequences))
	}
	weights := make([]float64, len(sequences))
	if size == 0 {
		return weights, nil
	}
	batches := len(sequences) / size
	for b := range batches {
		tokens := 0
		for _, s := range sequences[b*size : (b+1)*size] {
			tokens += s.Tokens
		}
		for i := b * size; i < (b+1)*size; i++ {
			weights[i] = 1 / float64(batches) / float64(max(tokens, 1))
		}
	}
	return weights, nil
}

// SequenceMean is the mean over sequences of the mean over their tokens (GRPO).
type SequenceMean struct {
	Live bool // masked sequences are not counted (newer verl); they are in SkyRL
}

// Loss returns the rule.
func (o SequenceMean) Loss() Loss {
	return Loss{Name: "sequence_mean", Doc: "The mean over sequences of the mean over their tokens.", Run: func(sequences []Sequence) ([]float64, error) {
		return eachSequence(sequences, o.Live, func(s Sequence) float64 { return float64(max(s.Tokens, 1)) }), nil
	}}
}

// SequenceSum is the mean over sequences of the sum over their tokens (DeepSWE,
// sequence-mean-token-sum), divided by Max if it is set (Dr.GRPO, SkyRL
// seq_mean_token_sum_norm: a fixed length, so that short and long weigh alike).
type SequenceSum struct {
	Max  int  // default 1
	Live bool // as in [SequenceMean]
}

// Loss returns the rule.
func (o SequenceSum) Loss() Loss {
	return Loss{Name: "sequence_sum", Doc: "The mean over sequences of the sum over their tokens.", Run: func(sequences []Sequence) ([]float64, error) {
		if o.Max < 0 {
			return nil, fmt.Errorf("train: sequence_sum: the length to divide by is %d; it must be positive", o.Max)
		}
		return eachSequence(sequences, o.Live, func(Sequence) float64 { return float64(max(o.Max, 1)) }), nil
	}}
}

// eachSequence weighs every sequence with 1 / (count · by).
func eachSequence(sequences []Sequence, live bool, by func(Sequence) float64) []float64 {
	count := 0
	for _, s := range sequences {
		if s.Tokens > 0 || !live {
			count++
		}
	}
	weights := make([]float64, len(sequences))
	for i, s := range sequences {
		weights[i] = 1 / (float64(max(count, 1)) * by(s))
	}
	return weights
}

// PromptMean is the mean over groups of the mean over all tokens of a group (SkyRL
// prompt_mean).
type PromptMean struct{}

// Loss returns the rule.
func (PromptMean) Loss() Loss {
	return Loss{Name: "prompt_mean", Doc: "The mean over groups of the mean over their tokens.", Run: func(sequences []Sequence) ([]float64, error) {
		tokens := map[int]int{}
		for _, s := range sequences {
			tokens[s.Group] += s.Tokens
		}
		weights := make([]float64, len(sequences))
		for i, s := range sequences {
			weights[i] = 1 / (float64(len(tokens)) * float64(max(tokens[s.Group], 1)))
		}
		return weights, nil
	}}
}
