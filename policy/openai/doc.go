// Package openai asks models on servers: vLLM, SGLang, llama.cpp's server, and
// whoever else speaks OpenAI's chat.
//
//	options := openai.Options{Endpoint: "http://localhost:8000/v1", Key: openai.NewKey(os.Getenv("OPENAI_API_KEY"))}
//	server, err := openai.Probe(ctx, options)
//	client, err := openai.New(options, server)
//	answer, err := client.Complete(ctx, request)
//
// The servers agree on how a message is asked for, and on nothing that a trainer
// needs: each has the sampled ids, those of the prompt and the version of the
// weights in a place of its own, or not at all. A [Driver] knows those places. It
// is a value in a list; [Probe] chooses one by what a server says of itself, asks
// the model a few things, and says what it saw. It fails closed: what it did not
// see is not there.
//
// Whatever a server leaves out or gets wrong costs training, not play: the answer
// is kept, and policy.Answer.Untrainable says why. Nothing here tokenizes. Only
// driver sglang-generate has a prompt rendered on this side, and there what was
// sampled goes back as the ids that it was; see [Template] for what must hold.
//
// A call is tried again after 408, 409, 429, 5xx, a connection that breaks, an
// answer that is no answer, and one that was broken off: with exponential pauses
// whose jitter comes from a seed, or as long as Retry-After says (RFC 9110). It is
// tried by this package and not by its library, since that gives a time-out no
// name and no number. What trying cannot mend ends the call at once: a
// *policy.RefusedError, which names the environment variable or the models there
// are, or a *policy.ContextError.
//
// What marks a turn in a model's template (<|im_end|> and the like) may stand in any
// file that a player reads. To a chat it goes as it is: the server renders it, and
// most tokenize such text as the mark, so that a repository can put words into
// somebody's mouth. That misleads a model, and no engine: what a prompt holds is
// never read as an answer, and is no part of what was sampled. Only where a prompt is
// rendered on this side are marks disarmed.
//
// Servers are not trusted. Answers have a limit in bytes and in time, redirects are
// not followed, and a key is sent to the endpoint and nowhere else: its type
// prints as "[key]", and what a server says is searched for it. What cannot be (ids
// below zero, counts that do not fit, names without end) is not taken as said. That
// ids are those of the text is not checked, since nothing here tokenizes.
//
// How a past answer goes back: its content, its reasoning as reasoning_content (to
// all but plain OpenAI), its calls with their ids and arguments as they came. So a
// template that keeps all of it renders what was sampled; many drop the reasoning
// of turns before the last question, and the prompts then do not begin with each
// other any more. That is seen from the ids, by whoever makes training rows of
// them. One thing is not sent as it came: arguments that are no JSON object, which
// vLLM and SGLang would refuse with the whole conversation, go as {"malformed": …}.
//
// Sources, read in autumn 2026, are named at each driver. OpenAI's own library,
// openai-go v3, sends the requests, reads event streams, and refuses to carry
// credentials elsewhere; bodies are read here, since its types drop what other
// servers add, and pass over what has the wrong type.
//
// Left out: OpenAI's Responses, which has no ids; several choices of one call;
// streams of SGLang, whose chunks carry no ids; going on from an answer that was
// broken off.
package openai
