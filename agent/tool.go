package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// A Tool is something that a policy can do.
type Tool struct {
	Name       string // letters and underscores; what the policy calls
	Doc        string // for the model: what it does, and what it answers
	Parameters []Parameter
	Example    string // what a call in a text can look like inside, for the model; "": none is shown

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
// [Loop] knows it by its name, and asks [Job].Submitted. In a text its first
// parameter is all that it is called with, and others are empty.
func Submit(doc string, parameters ...Parameter) Tool {
	return Tool{Name: submitName, Doc: doc, Parameters: parameters, Example: "done", Parse: func(text string) (Args, error) {
		args := Args{}
		for i, p := range parameters {
			args[p.Name] = ""
			if i == 0 {
				args[p.Name] = strings.TrimSpace(text)
			}
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
	if blank := strings.TrimSpace(arguments); len(t.Parameters) == 0 && (blank == "" || blank == "null") {
		return Args{}, nil
	}
	given, err := members(arguments)
	if err != nil {
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

// members reads a JSON object. Of a key that stands there twice nobody knows which
// was meant, so it is refused.
func members(text string) (map[string]any, error) {
	if err := json.Unmarshal([]byte(text), &struct{}{}); err != nil {
		return nil, err
	}
	list := json.NewDecoder(strings.NewReader(text))
	if begin, _ := list.Token(); begin == nil {
		return nil, errors.New("it is null")
	}
	given := map[string]any{}
	for list.More() {
		name, _ := list.Token()
		key, _ := name.(string)
		if _, twice := given[key]; twice {
			return nil, fmt.Errorf("%q stands there twice", cut(key, minObservation))
		}
		var value any
		if err := list.Decode(&value); err != nil {
			return nil, err
		}
		given[key] = value
	}
	return given, nil
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
	return Args{t.Parameters[0].Name: text}, nil // checkTools saw to it
}
