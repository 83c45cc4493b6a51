package openaitest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
)

// generate is SGLang's own address: ids in, ids out.
func (s *server) generate(w http.ResponseWriter, r *http.Request) {
	a, request, err := s.read(r)
	if err != nil || len(a.InputIDs) == 0 {
		s.json(w, http.StatusBadRequest, object{"error": object{"message": "Either text, input_ids or input_embeds should be provided."}})
		return
	}
	request.Prompt, request.Messages, request.Generate = a.InputIDs, read(a.InputIDs), true
	s.answer(w, r, request, func(answer *sampled, f Fault) {
		w.Header().Set("Content-Type", "application/json")
		body, _ := json.Marshal(generated(a, answer, f))
		f.write(w, r, body)
	})
}

func generated(asked *asked, a *sampled, f Fault) object {
	meta := object{
		"id": fmt.Sprintf("%032x", a.number), "finish_reason": a.reason(asked),
		"prompt_tokens": a.prompted, "completion_tokens": a.completed, "cached_tokens": a.cached,
		"weight_version": a.weights, "e2e_latency": 0.01,
	}
	if f == NoUsage {
		delete(meta, "completion_tokens")
	}
	body := object{"text": cmp.Or(a.cutText, spoken(a.message)), "meta_info": meta}
	if f == Empty {
		return object{}
	}
	if a.ids != nil {
		body["output_ids"] = a.ids
	}
	if asked.ReturnLogprob && a.logprobs != nil && a.ids != nil {
		list := make([][3]any, len(a.logprobs))
		for i, p := range a.logprobs {
			list[i] = [3]any{p, a.ids[i], nil}
		}
		meta["output_token_logprobs"] = list
	}
	return body
}

func (a *sampled) reason(asked *asked) object {
	switch a.finish {
	case "length":
		return object{"type": "length", "length": asked.Params.MaxTokens}
	case "abort":
		return object{"type": "abort", "message": "Aborted by weight update"}
	}
	return object{"type": "stop", "matched": TurnEnd}
}
