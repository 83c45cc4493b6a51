package preset

import (
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/train"
)

// A Preset is one system.
type Preset struct {
	Name string
	Doc  string // one line

	Game   *reward.Rule             // pays an injector by the attempts on its bug; nil: nobody injects. Without Attempts it takes those made
	Reward map[string][]reward.Part // by role, summed; a role that is not there does not train
	Recipe *train.Recipe            // what it makes of attempts; nil: it does not train

	Tasks      train.TaskFilter // which tasks are worth training on; without Run: any
	Curriculum train.Curriculum // how often each is drawn; without Run: all alike
	Selection  Selection
}

// A Selection is how one of several patches is chosen: by the one field that is
// set, or not at all.
type Selection struct {
	Table     *choose.Chooser   // by evidence that there is
	SelfPlay  *choose.SelfPlay  // against candidate tests
	Rounds    *choose.Rounds    // in turns with a writer of tests; its functions are the caller's
	Iterative *choose.Iterative // again while there is no patch
}

// All returns every preset, in the order of Names.
func All() []Preset {
	return []Preset{SSR(), SWERL(), SWESwiss(), KimiDev(), Nebius(), NebiusStage2(), DeepSWE(), SkyRLAgent(), InfCode(), Devstral(), SWEAgent()}
}

// Names returns the name of every preset.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return names
}

// Named returns the preset of a name, in upper or lower case.
func Named(name string) (Preset, error) {
	for _, p := range All() {
		if strings.EqualFold(p.Name, name) {
			return p, nil
		}
	}
	return Preset{}, fmt.Errorf("there is no preset %q; known are %s", name, strings.Join(Names(), ", "))
}
