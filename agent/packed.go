package agent

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/policy"
)

// packed are tokens as a journal keeps them: little-endian numbers, which JSON has
// in base64. To write hundreds of numbers as text, and to read them again, cost a
// step more than everything else that it does. A stored [Trajectory] has them as
// numbers.
type packed struct {
	Prompt     []byte `json:"prompt_ids,omitempty"`     // of 32 bits each
	Completion []byte `json:"completion_ids,omitempty"` // the same
	Logprobs   []byte `json:"logprobs,omitempty"`       // of 64 bits each
}

func pack(t policy.Tokens) packed {
	return packed{numbersTo(t.Prompt), numbersTo(t.Completion), numbersTo(t.Logprobs)}
}

func (p packed) unpack() (policy.Tokens, error) {
	prompt, a := numbersFrom[int32](p.Prompt)
	completion, b := numbersFrom[int32](p.Completion)
	logprobs, c := numbersFrom[float64](p.Logprobs)
	return policy.Tokens{Prompt: prompt, Completion: completion, Logprobs: logprobs}, errors.Join(a, b, c)
}

func numbersTo[N int32 | float64](numbers []N) []byte {
	data := make([]byte, binary.Size(numbers))
	binary.Encode(data, binary.LittleEndian, numbers) // fits, by its size
	return data
}

func numbersFrom[N int32 | float64](data []byte) ([]N, error) {
	if len(data) == 0 {
		return nil, nil
	}
	size := binary.Size(N(0))
	if len(data)%size != 0 {
		return nil, fmt.Errorf("%d bytes are not numbers of %d bytes", len(data), size)
	}
	numbers := make([]N, len(data)/size)
	_, err := binary.Decode(data, binary.LittleEndian, numbers)
	return numbers, err
}
