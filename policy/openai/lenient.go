package openai

import (
	"encoding/json"
	"math"
)

// The types of fields that servers do not agree on, or get wrong. None of them
// fails, since a field that is not as it should be must not cost the answer.

// text is a string, or the JSON that stands in a string's place; null is "".
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var plain *string
	switch {
	case json.Unmarshal(data, &plain) != nil:
		*t = text(data)
	case plain != nil:
		*t = text(*plain)
	}
	return nil
}

// label is a text that names something, as one short line.
type label string

func (l *label) UnmarshalJSON(data []byte) error {
	var name text
	err := name.UnmarshalJSON(data)
	*l = label(cut(string(name), 200))
	return err
}

// ids are nil where they are anything but a list of ids.
type ids []int32

func (l *ids) UnmarshalJSON(data []byte) error {
	var list []int32
	if json.Unmarshal(data, &list) == nil {
		*l = list
	}
	return nil
}

// number is NaN where it is anything but a number.
type number float64

func (n *number) UnmarshalJSON(data []byte) error {
	var value *float64
	if json.Unmarshal(data, &value) != nil || value == nil {
		value = new(math.NaN())
	}
	*n = number(*value)
	return nil
}

// isID says whether the number can be that of a token.
func (n number) isID() bool {
	return n >= 0 && n <= math.MaxInt32 && n == number(math.Trunc(float64(n)))
}

// ends are the one id that ended a turn; nil if none is told, which is 0 here.
func (n number) ends() []int32 {
	if n == 0 || !n.isID() {
		return nil
	}
	return []int32{int32(n)}
}
