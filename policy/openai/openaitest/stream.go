package openaitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// stream sends an answer in chunks: first an empty one (with the ids of the
// prompt, from vLLM), then what is said, then why it ended, then what was counted.
func (s *server) stream(w http.ResponseWriter, r *http.Request, asked *asked, a *sampled, f Fault) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	var body bytes.Buffer
	for _, chunk := range s.chunks(asked, a, f) {
		data, _ := json.Marshal(chunk)
		fmt.Fprintf(&body, "data: %s\n\n", data)
	}
	body.WriteString("data: [DONE]\n\n")
	f.write(w, r, body.Bytes())
}

func (s *server) chunks(asked *asked, a *sampled, f Fault) []object {
	first := s.chunk(a, object{"role": "assistant", "content": ""})
	if s.Kind == VLLM && asked.TokenIDs && !s.Old && a.prompt != nil {
		first["prompt_token_ids"] = a.prompt
	}
	list := []object{first}
	deltas := s.deltas(a)
	for i, delta := range deltas {
		from, to := len(a.ids)*i/len(deltas), len(a.ids)*(i+1)/len(deltas)
		list = append(list, s.said(asked, a, delta, from, to))
	}
	last := list[len(list)-1]["choices"].([]object)[0]
	last["finish_reason"] = a.finish
	if f == Empty {
		list = nil
	}
	if f != NoUsage {
		count := s.chunk(a, nil)
		count["choices"], count["usage"] = []object{}, a.usage()
		list = append(list, count)
	}
	return list
}

func (s *server) chunk(a *sampled, delta object) object {
	return object{
		"id": fmt.Sprintf("chatcmpl-%d", a.number), "object": "chat.completion.chunk", "created": 1, "model": s.Model,
		"choices": []object{{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": nil}},
	}
}

func (s *server) said(asked *asked, a *sampled, delta object, from, to int) object {
	chunk := s.chunk(a, delta)
	choice := chunk["choices"].([]object)[0]
	choice["logprobs"] = s.logprobs(asked, a, from, to)
	if s.Kind == VLLM && asked.TokenIDs && !s.Old && a.ids != nil {
		choice["token_ids"] = a.ids[from:to]
	}
	return chunk
}

// deltas are the parts of a message: its reasoning, its content in a few pieces,
// and each call in two.
func (s *server) deltas(a *sampled) []object {
	var list []object
	if a.message.Reasoning != "" {
		list = append(list, object{s.reasoning(): a.message.Reasoning})
	}
	runes := []rune(a.message.Content)
	for size := len(runes)/4 + 1; len(runes) > 0; runes = runes[min(size, len(runes)):] {
		list = append(list, object{"content": string(runes[:min(size, len(runes))])})
	}
	for _, c := range calls(a.message.Calls) {
		half := len(c.Function.Arguments) / 2
		rest := object{"index": c.Index, "function": object{"arguments": c.Function.Arguments[half:]}}
		c.Function.Arguments = c.Function.Arguments[:half]
		list = append(list, object{"tool_calls": []any{c}}, object{"tool_calls": []any{rest}})
	}
	return append(list, object{})
}
