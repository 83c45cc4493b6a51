package agent

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// A toolbox is what a policy may call, submit last.
type toolbox []Tool

// find finds a tool by its name; that there is none is a mistake.
func (b toolbox) find(name string) (Tool, error) {
	i := slices.IndexFunc(b, func(t Tool) bool { return t.Name == name })
	if i < 0 {
		return Tool{}, mistakef("there is no tool %q; call one of %s", cut(name, 256), b)
	}
	return b[i], nil
}

func (b toolbox) names() (list []string) {
	for _, t := range b {
		list = append(list, t.Name)
	}
	return list
}

func (b toolbox) String() string { return strings.Join(b.names(), ", ") }

// native describes the tools to a server.
func (b toolbox) native() (list []policy.Tool) {
	for _, t := range b {
		list = append(list, t.native())
	}
	return list
}

// toolName is what can be called in a text (see callBlock), which every server
// takes as the name of a function, too.
var toolName = regexp.MustCompile(`^[a-zA-Z_]{1,64}$`)

// checkTools refuses a list of tools that no loop can run.
func checkTools(tools []Tool, text bool) error {
	var names []string
	for _, t := range tools {
		switch {
		case !toolName.MatchString(t.Name):
			return fmt.Errorf("agent: a tool is called %q; its name must be up to 64 letters and underscores", t.Name)
		case t.Doc == "":
			return fmt.Errorf("agent: the tool %s has no doc, and a policy knows nothing else of it", t.Name)
		case t.Name == submitName:
			return errors.New("agent: the tools have a submit; it is Loop.Submit")
		case t.Run == nil:
			return fmt.Errorf("agent: the tool %s has no Run", t.Name)
		case text && t.Parse == nil && len(t.Parameters) != 1:
			return fmt.Errorf("agent: the tool %s cannot be called in a text: it has %d parameters and no Parse", t.Name, len(t.Parameters))
		case slices.Contains(names, t.Name):
			return fmt.Errorf("agent: two tools are called %s", t.Name)
		}
		names = append(names, t.Name)
	}
	return nil
}

// checkSubmit refuses what is no [Submit].
func checkSubmit(t Tool) error {
	if t.Name != "" && t.Name != submitName {
		return fmt.Errorf("agent: Loop.Submit is called %q; make it with agent.Submit", t.Name)
	}
	return nil
}
