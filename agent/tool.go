package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// A Tool is something that a policy can do.
type Tool struct {
	Name       string // lower-case identifier; what the policy calls
	Doc        string // for the model: what it does, and what it answers
	Parameters []Parameter

	// Parse reads the arguments out of the text of a <tool: name> block, for
	// policies that call tools in their text; nil: the text is the only
	// parameter. Its error is shown to the model.
	Parse func(text string) (Args, error)

	// Run does it. An error is the machine's, or ctx's.
	Run func(ctx context.Context, e *Env, args Args) (Result, error)
}

// A Parameter is an argument of a tool. All are texts, and all must be given.
type Parameter struct {
	Name string
	Doc  string // for the model
}

// Args are the arguments of a call, by the parameters' names.
type Args map[string]string

// A Result is what came of a call, for the model to read.
type Result struct {
	Text   string
	Failed bool // it did not do what was asked
}

// Tools are the tools of the scaffold, without [Submit].
func Tools() []Tool { return []Tool{Bash(), Edit(), Create()} }

const submitName = "submit"

// Submit is the tool that ends a trajectory, described by doc. It has no Run: a
// [Loop] knows it by its name, and asks [Job].Submit.
func Submit(doc string, parameters ...Parameter) Tool {
	return Tool{Name: submitName, Doc: doc, Parameters: parameters, Parse: func(text string) (Args, error) {
		args := Args{}
		for _, p := range parameters {
			args[p.Name] = strings.TrimSpace(text)
		}
		return args, nil
	}}
}

// native describes the tool to a server.
func (t Tool) native() policy.Tool {
	type property struct {
		Type string `json:"type"`
		Doc  string `json:"description"`
	}
	properties, required := map[string]property{}, []string{}
	for _, p := range t.Parameters {
		properties[p.Name] = property{"string", p.Doc}
		required = append(required, p.Name)
	}
	schema, err := json.Marshal(map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false})
	if err != nil {
		panic(err) // maps of strings
	}
	return policy.Tool{Name: t.Name, Doc: t.Doc, Parameters: schema}
}

// decode reads the arguments of a native call, which must be all that the tool
// has and no others.
func (t Tool) decode(arguments string) (Args, error) {
	if len(t.Parameters) == 0 && strings.TrimSpace(arguments) == "" {
		return Args{}, nil
	}
	var given map[string]any
	if err := json.Unmarshal([]byte(arguments), &given); err != nil {
		return nil, mistakef("the arguments of %s are not a JSON object: %v", t.Name, err)
	}
	args := Args{}
	for _, p := range t.Parameters {
		value, ok := given[p.Name].(string)
		if !ok {
			return nil, mistakef("the arguments of %s have no text %q; they must be %s", t.Name, p.Name, t.shape())
		}
		args[p.Name] = value
	}
	if len(given) > len(args) {
		return nil, mistakef("the arguments of %s have more than %s", t.Name, t.shape())
	}
	return args, nil
}

// shape shows what the arguments look like.
func (t Tool) shape() string {
	var parts []string
	for _, p := range t.Parameters {
		parts = append(parts, fmt.Sprintf("%q: \"…\"", p.Name))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// parse reads the arguments of a call in a text.
func (t Tool) parse(text string) (Args, error) {
	if t.Parse != nil {
		return t.Parse(text)
	}
	if len(t.Parameters) != 1 {
		return nil, errors.New("agent: the tool " + t.Name + " cannot be called in a text")
	}
	return Args{t.Parameters[0].Name: text}, nil
}

// checkTools refuses a list of tools that no loop can run.
func checkTools(tools []Tool) error {
	var names []string
	for _, t := range tools {
		switch {
		case t.Name == "" || t.Doc == "":
			return fmt.Errorf("agent: the tool %q has no name or no doc; a policy needs both", t.Name)
		case t.Name == submitName:
			return errors.New("agent: the tools have a submit; it is Loop.Submit")
		case t.Run == nil:
			return fmt.Errorf("agent: the tool %s has no Run", t.Name)
		case slices.Contains(names, t.Name):
			return fmt.Errorf("agent: two tools are called %s", t.Name)
		}
		names = append(names, t.Name)
	}
	return nil
}
