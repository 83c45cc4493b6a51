package main

import (
	"fmt"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/selfplay"
)

// modelFlags say which models play, and how they are asked.
type modelFlags struct {
	endpoint, both, injector, solver string
	temperature, topP                float64
	turns, tokens, answer            int
	feedback, conversations          int
	text                             *bool // calls are read from text; nil: where the server takes no tools
}

// modelFlagNames are those that say how a model is asked.
var modelFlagNames = []string{"temperature", "top-p", "max-turns", "max-tokens", "max-answer", "feedback", "conversations", "text-tools"}

func (f *modelFlags) register(flags *pflag.FlagSet) {
	limits := agent.Limits{}.Complete()
	flags.StringVar(&f.both, "model", "", "the model `NAME` plays both roles, instead of the built-in player; NAME@URL names\nits server, too")
	flags.StringVar(&f.endpoint, "endpoint", "", "the `URL` of a server that speaks OpenAI's chat, such as http://localhost:8000/v1;\nwithout a model, the one that it serves. Its key is read from OPENAI_API_KEY")
	flags.StringVar(&f.injector, "injector-model", "", "the model `NAME` (or NAME@URL) makes the bugs; or "+builtIn+". Its key is read from\nSSR_INJECTOR_KEY or else OPENAI_API_KEY")
	flags.StringVar(&f.solver, "solver-model", "", "the model `NAME` (or NAME@URL) repairs them; or "+builtIn+". Its key is read from\nSSR_SOLVER_KEY or else OPENAI_API_KEY")
	flags.Float64Var(&f.temperature, "temperature", 1, "the `T` that models are sampled with; 0 is always the likeliest token")
	flags.Float64Var(&f.topP, "top-p", 1, "the share `P` of the probability that tokens are drawn from, at most 1")
	flags.IntVar(&f.turns, "max-turns", limits.Turns, "`N` answers of a model in one attempt")
	flags.IntVar(&f.tokens, "max-tokens", limits.Tokens, "`N` tokens of one attempt's whole conversation; no more than the server's context")
	flags.IntVar(&f.answer, "max-answer", 0, "`N` tokens of one answer (default: what the context leaves)")
	flags.BoolFunc("text-tools", "let models call tools in their text, for those that have no calls of tools; with =false\nnever, whatever the server says (default: where the server takes no tools)", f.setText)
	flags.IntVar(&f.feedback, "feedback", 0, "`K` times an injecting model is shown the judge's report and may mend its bug;\nnot for training")
	flags.IntVar(&f.conversations, "conversations", defaultConversations(), "`N` conversations with models at the same time")
}

// setText keeps apart what was said of calls in text, and that nothing was.
func (f *modelFlags) setText(value string) error {
	text, err := strconv.ParseBool(value)
	f.text = &text
	return err
}

// defaultConversations is a guess at how many keep a machine busy: while models
// answer, sandboxes wait; but tests that are run side by side on too few processors
// run into their time limits.
func defaultConversations() int { return min(8*runtime.GOMAXPROCS(0), 64) }

// refuse refuses what no model can be asked with, and flags that nobody obeys.
func (f *modelFlags) refuse(flags *pflag.FlagSet) error {
	injector, solver, err := f.seats()
	if err != nil {
		return err
	}
	if !(f.temperature <= 100) { // NaN too; no server takes more than 2
		return misuse{fmt.Errorf("--temperature is %v; it must be a number such as 1, or 0", f.temperature)}
	}
	if !(f.topP <= 1) {
		return misuse{fmt.Errorf("--top-p is %v; it must be above zero, and at most 1", f.topP)}
	}
	if !injector.isModel() && flags.Changed("feedback") {
		return misuse{fmt.Errorf("--feedback is for a model that makes bugs, and the built-in player does: give --model or --injector-model")}
	}
	unheard := []string{}
	switch {
	case !injector.isModel() && !solver.isModel():
		unheard = append([]string{"endpoint"}, modelFlagNames...)
	case injector.isModel() && solver.isModel():
		unheard = []string{"budget", "policy"}
	}
	for _, name := range unheard {
		if flags.Changed(name) {
			return misuse{fmt.Errorf("--%s is given, and nobody plays whom it concerns: %s", name, whom(name))}
		}
	}
	return nil
}

// whom says what a flag is for.
func whom(name string) string {
	if name == "budget" || name == "policy" {
		return "it is the built-in player's, and models play both roles; give --injector-model or --solver-model " + builtIn
	}
	return "it is for models; name one with --model, --injector-model or --solver-model"
}

// loop is how a model plays, by the flags and what its server can do. What it is
// told of tokens that are left is true of its context, too.
func (f *modelFlags) loop(m *model) agent.Loop {
	tokens := f.tokens
	if m.server.Context > 0 {
		tokens = min(tokens, m.server.Context)
	}
	return agent.Loop{
		Policy:   m.policy,
		Sampling: policy.Sampling{Temperature: &f.temperature, TopP: &f.topP, MaxTokens: f.answer},
		Limits:   agent.Limits{Turns: f.turns, Tokens: tokens},
		Text:     f.inText(m.server),
	}
}

// inText says whether calls are read from the text of answers.
func (f *modelFlags) inText(s *openai.Server) bool {
	if f.text != nil {
		return *f.text
	}
	return !s.Tools
}

// modelStep bounds a step that a model does. Agent.Limits end a conversation long
// before; but they do not count the waiting for a server, and nothing that was said
// is lost where a step is begun again.
const modelStep = 6 * time.Hour

// stage is that of a model's steps; the zero Stage is the built-in player's.
func (f *modelFlags) stage(s seat) selfplay.Stage {
	if !s.isModel() {
		return selfplay.Stage{}
	}
	return selfplay.Stage{Limit: f.conversations, Timeout: modelStep}
}
