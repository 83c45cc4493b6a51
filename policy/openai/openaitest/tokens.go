package openaitest

import (
	"bytes"
	"strings"
)

// The ids that stand for no text. A prompt is ChatML, as Qwen's models read it.
const (
	TextEnd   int32 = 0 // <|endoftext|>
	TurnStart int32 = 1 // <|im_start|>
	TurnEnd   int32 = 2 // <|im_end|>
	firstText int32 = 3
)

var marks = []string{TextEnd: "<|endoftext|>", TurnStart: "<|im_start|>", TurnEnd: "<|im_end|>"}

// Encode turns a text into ids: three bytes an id, fewer before a line's end,
// and what looks like a mark is one. It needs no table and can be undone, and, as
// with a real tokenizer, the ids of two texts one after the other are not those
// of both together, unless the first ends a line.
func Encode(text string) []int32 {
	ids := []int32{}
	for text != "" {
		id, size := leading(text)
		ids = append(ids, id)
		text = text[size:]
	}
	return ids
}

func leading(text string) (id int32, size int) {
	for mark, name := range marks {
		if strings.HasPrefix(text, name) {
			return int32(mark), len(name)
		}
	}
	piece := text[:min(3, len(text))]
	if i := strings.IndexByte(piece, '\n'); i >= 0 {
		piece = piece[:i+1]
	}
	if i := strings.Index(piece[1:], "<|"); i >= 0 {
		piece = piece[:i+1]
	}
	return pack(piece), len(piece)
}

// encodePlain is Encode for what nobody may open or end a turn with.
func encodePlain(text string) []int32 {
	ids := []int32{}
	for line := range strings.Lines(text) {
		for ; line != ""; line = line[min(3, len(line)):] {
			ids = append(ids, pack(line[:min(3, len(line))]))
		}
	}
	return ids
}

// pack reads at most three bytes as a number of base 257, whose digits are from 1.
func pack(piece string) int32 {
	id := int32(0)
	for i := len(piece) - 1; i >= 0; i-- {
		id = id*257 + int32(piece[i]) + 1
	}
	return id + firstText
}

// Decode turns ids back into text. An id that Encode never gives is skipped.
func Decode(ids []int32) string {
	var text bytes.Buffer
	for _, id := range ids {
		if id >= 0 && id < firstText {
			text.WriteString(marks[id])
			continue
		}
		for id -= firstText; id > 0; id /= 257 {
			text.WriteByte(byte(id%257 - 1))
		}
	}
	return text.String()
}

// logprob makes up a log-probability that depends on the id and its place alone.
func logprob(place int, id int32) float64 {
	return -float64((uint32(place)*2654435761+uint32(id)*40503)>>12%4096+1) / 1024
}
