package openaitest

import (
	"fmt"

	"github.com/selfplay-swe/ssr/policy"
)

// completion is an answer that is not streamed.
func (s *server) completion(asked *asked, a *sampled, f Fault) object {
	choice := object{"index": 0, "message": s.message(a.message), "logprobs": s.logprobs(asked, a, 0, len(a.ids)), "finish_reason": a.finish}
	body := object{
		"id": fmt.Sprintf("chatcmpl-%d", a.number), "object": "chat.completion", "created": 1,
		"model": s.Model, "choices": []any{choice}, "usage": a.usage(),
	}
	switch s.Kind {
	case VLLM:
		choice["stop_reason"], body["prompt_logprobs"], body["kv_transfer_params"] = nil, nil, nil
		if asked.TokenIDs && !s.Old && a.ids != nil {
			choice["token_ids"] = a.ids
		}
		if asked.TokenIDs && !s.Old && a.prompt != nil {
			body["prompt_token_ids"] = a.prompt
		}
	case SGLang:
		choice["matched_stop"] = a.matched()
		body["metadata"] = object{"weight_version": a.weights}
		if asked.Meta { // what /generate tells, too
			choice["meta_info"] = object{"weight_version": a.weights}
		}
		if asked.TokenIDs && a.ids != nil {
			choice["token_ids"] = a.ids
		}
		if asked.PromptIDs && a.prompt != nil {
			choice["prompt_token_ids"] = a.prompt
		}
	}
	if f == Empty {
		body["choices"] = []any{}
	}
	if f == NoUsage {
		body["usage"] = nil
	}
	return body
}

// message writes the reasoning where this kind of server has it.
func (s *server) message(m policy.Message) object {
	body := object{"role": "assistant", "content": m.Content}
	if m.Content == "" && m.Calls != nil {
		body["content"] = nil
	}
	if m.Reasoning != "" {
		body[s.reasoning()] = m.Reasoning
	}
	if m.Calls != nil {
		body["tool_calls"] = calls(m.Calls)
	}
	return body
}

func (s *server) reasoning() string {
	if s.Kind == VLLM && !s.Old {
		return "reasoning"
	}
	return "reasoning_content"
}

func calls(list []policy.Call) []call {
	written := make([]call, len(list))
	for i, c := range list {
		written[i].Index, written[i].ID, written[i].Type = i, c.ID, "function"
		written[i].Function.Name, written[i].Function.Arguments = c.Name, c.Arguments
	}
	return written
}

// logprobs writes those of the ids from i to j.
func (s *server) logprobs(asked *asked, a *sampled, i, j int) any {
	if !asked.Logprobs || a.logprobs == nil || s.Kind == OpenAI {
		return nil
	}
	content := []any{}
	for k := min(i, len(a.logprobs)); k < min(j, len(a.logprobs)); k++ {
		entry := object{"logprob": a.logprobs[k], "bytes": nil, "top_logprobs": []any{}, "token": ""}
		if a.ids != nil {
			entry["token"] = Decode(a.ids[k : k+1])
			if s.Kind == VLLM && asked.AsIDs {
				entry["token"] = fmt.Sprintf("token_id:%d", a.ids[k])
			}
			if s.Kind == LlamaCPP {
				entry["id"] = a.ids[k]
			}
		}
		content = append(content, entry)
	}
	return object{"content": content}
}

func (a *sampled) usage() object {
	return object{"prompt_tokens": a.prompted, "completion_tokens": a.completed,
		"total_tokens": a.prompted + a.completed, "prompt_tokens_details": object{"cached_tokens": a.cached}}
}

// matched is what SGLang says to have stopped at.
func (a *sampled) matched() any {
	if a.finish == "stop" || a.finish == "tool_calls" {
		return TurnEnd
	}
	return nil
}
