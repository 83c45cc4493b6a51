package openai

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A dialect is what one kind of server has its own way of, in OpenAI's chat.
type dialect struct {
	extend func(q *chatRequest, salt string) // asks for ids and log-probabilities
	id     func(e entry) (int32, bool)       // the id that stands beside a log-probability; nil: none does
}

var vllmDriver = Driver{
	Name: "vllm",
	Doc: `vLLM's chat: ids of prompt and answer (return_token_ids), log-probabilities, reasoning, tools

Source: vllm/entrypoints/openai/chat_completion/protocol.py at commit 002032ee2b18,
and entrypoints/serve/rlhf/api_router.py for /weight_info. Servers before
return_token_ids (0.10.2) give the ids of the answer alone, as tokens that read
"token_id:123" (return_tokens_as_token_ids). cache_salt keeps what older weights
cached apart. Reasoning goes back as reasoning_content, which newer servers rename
and older ones know.`,
	Tools: true, Streams: true,
	ask: chat(dialect{
		extend: func(q *chatRequest, salt string) {
			q.Logprobs, q.TopLogprobs = true, new(0)
			q.ReturnTokenIDs, q.ReturnTokensAsIDs = true, true
			q.CacheSalt, q.neutral = salt, &asItIs
		},
		id: vllmID,
	}),
}

func vllmID(e entry) (int32, bool) {
	digits, marked := strings.CutPrefix(string(e.Token), "token_id:")
	id, err := strconv.ParseInt(digits, 10, 32)
	return int32(id), marked && err == nil
}

var sglangDriver = Driver{
	Name: "sglang",
	Doc: `SGLang's chat: ids of prompt and answer, log-probabilities, weight version, reasoning, tools

Source: python/sglang/srt/entrypoints/openai/protocol.py at commit 004c82e07d87. It
is never streamed: the chunks of a stream carry neither ids nor the version of the weights.`,
	Tools: true,
	ask: chat(dialect{
		extend: func(q *chatRequest, salt string) {
			q.Logprobs = true
			q.ReturnTokenIDs, q.ReturnPromptTokenIDs, q.ReturnMetaInfo = true, true, true
			q.CacheSalt, q.neutral = salt, &asItIs
		},
	}),
}

var llamacppDriver = Driver{
	Name: "llamacpp",
	Doc: `llama.cpp's server: ids and log-probabilities of the answer, none of the prompt

Source: tools/server/server-task.cpp and server-common.cpp. The id stands beside
each log-probability; there are none where tools are streamed. Without the prompt's
ids no answer can be trained on; it is for playing.`,
	Tools: true, Streams: true,
	ask: chat(dialect{
		extend: func(q *chatRequest, _ string) {
			if q.Logprobs = !q.Stream || q.Tools == nil; q.Logprobs {
				q.TopLogprobs = new(1) // 20 if it is not said, and none at all for 0
			}
		},
		id: llamacppID,
	}),
}

func llamacppID(e entry) (int32, bool) {
	var id *int32
	err := json.Unmarshal(e.ID, &id)
	if err != nil || id == nil {
		return 0, false
	}
	return *id, true
}

var plainDriver = Driver{
	Name: "openai",
	Doc: `OpenAI and whoever keeps to it: no ids; for playing and evaluation

No field is sent that OpenAI does not know, and no reasoning goes back.`,
	Tools: true, Streams: true,
	ask: chat(dialect{extend: plain}),
}

func plain(q *chatRequest, _ string) {
	for i := range q.Messages {
		q.Messages[i].Reasoning = ""
	}
}
