package openaitest

import (
	"encoding/json"
	"net/http"
)

// native adds what a kind of server has besides OpenAI's addresses, and by which
// it is recognised.
func (s *server) native(mux *http.ServeMux) {
	tell := func(address string, body func() any) {
		mux.HandleFunc("GET "+address, func(w http.ResponseWriter, _ *http.Request) {
			s.json(w, http.StatusOK, body())
		})
	}
	switch s.Kind {
	case VLLM:
		tell("/version", func() any { return object{"version": "0.14.0"} })
		if !s.NoWeights {
			tell("/weight_info", func() any { return object{"weight_version": s.Weights()} })
			mux.HandleFunc("GET /server_info", s.serverInfo)
		}
	case SGLang:
		info := func() any {
			return object{"version": "0.5.12", "served_model_name": s.Model, "context_length": s.Context,
				"tool_call_parser": "qwen25", "reasoning_parser": "qwen3", "weight_version": s.Weights()}
		}
		tell("/server_info", info)
		tell("/get_server_info", info)
		tell("/model_info", func() any {
			return object{"model_path": s.Model, "is_generation": true, "weight_version": s.Weights()}
		})
		mux.HandleFunc("POST /generate", s.generate)
	case LlamaCPP:
		tell("/props", func() any {
			return object{"default_generation_settings": object{"n_ctx": s.Context}, "total_slots": 1,
				"model_path": s.Model, "chat_template": "{{ messages }}", "build_info": "b7001-0a1b2c3d"}
		})
	}
}

// serverInfo is vLLM's, which is JSON inside where that is asked for, and text
// where it is not.
func (s *server) serverInfo(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("config_format") != "json" {
		s.json(w, http.StatusOK, object{"vllm_config": "model='" + s.Model + "', logprobs_mode='processed_logprobs'"})
		return
	}
	s.json(w, http.StatusOK, object{"vllm_config": object{"model_config": object{"logprobs_mode": "processed_logprobs"}}})
}

func (s *server) models(w http.ResponseWriter, _ *http.Request) {
	card := object{"id": s.Model, "object": "model", "created": 1, "owned_by": "openai"}
	switch s.Kind {
	case VLLM:
		card["owned_by"], card["root"], card["max_model_len"] = "vllm", s.Model, s.Context
	case SGLang:
		card["owned_by"], card["root"], card["max_model_len"] = "sglang", s.Model, s.Context
	case LlamaCPP:
		card["owned_by"], card["meta"] = "llamacpp", object{"n_ctx_train": s.Context}
	}
	s.json(w, http.StatusOK, object{"object": "list", "data": []any{card}})
}

// tokenize is the same for vLLM and SGLang, but for the name of what is tokenized
// (llama.cpp: content).
func (s *server) tokenize(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Prompt, Content string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		s.fail(w, http.StatusBadRequest, "BadRequestError", err.Error())
		return
	}
	ids := Encode(asked.Prompt + asked.Content)
	s.json(w, http.StatusOK, object{"tokens": ids, "count": len(ids), "max_model_len": s.Context})
}
