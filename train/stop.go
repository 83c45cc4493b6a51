package train

import (
	"maps"
	"slices"
)

// A Stop is the class of what ended a trajectory, as outside records name it
// (interfaces, "Failure classes"). It decides whether there is a reward at all and
// whether the trajectory can train.
type Stop string

// The classes. All but those of the agent are decided: what did not end by the
// agent's doing never trains.
const (
	Submitted      Stop = "submitted"
	MaxSteps       Stop = "agent.max_steps"
	MaxContext     Stop = "agent.context"
	Timeout        Stop = "agent.timeout" // counted from the agent's first step
	Malformed      Stop = "agent.malformed"
	Loop           Stop = "agent.loop" // stuck, repeating itself; not in the outside classes
	EnvStart       Stop = "env.start"
	EnvLost        Stop = "env.lost"
	EnvDisk        Stop = "env.disk"
	EnvMemory      Stop = "env.oom_host"
	VerifyTimeout  Stop = "verify.timeout"
	VerifyParse    Stop = "verify.parse"
	VerifyMemory   Stop = "verify.oom"
	PolicyDown     Stop = "policy.unavailable"
	PolicyAbort    Stop = "policy.abort"
	PolicyNoTokens Stop = "policy.no_token_ids"
	PolicyMismatch Stop = "policy.mismatch"
	Stale          Stop = "stale"
	Expired        Stop = "expired"
	Cancelled      Stop = "cancelled"
	Incomplete     Stop = "group_incomplete"
)

// fate is what becomes of a class before any rule of a recipe is asked.
type fate uint8

const (
	plays      fate = iota + 1 // rewarded, in the baseline, trains unless masked
	budget                     // the same; what masks for overlong trajectories are about
	untrained                  // rewarded and in the baseline, but there is nothing to train on
	leftBehind                 // its reward is kept for statistics and compared with nobody's
	machine                    // no reward
)

var classes = map[Stop]fate{
	Submitted: plays, Malformed: plays,
	MaxSteps: budget, MaxContext: budget, Timeout: budget, Loop: budget,
	PolicyNoTokens: untrained, PolicyMismatch: untrained,
	Stale: leftBehind, Expired: leftBehind, Cancelled: leftBehind, Incomplete: leftBehind,
	EnvStart: machine, EnvLost: machine, EnvDisk: machine, EnvMemory: machine,
	VerifyTimeout: machine, VerifyParse: machine, VerifyMemory: machine,
	PolicyDown: machine, PolicyAbort: machine,
}

// Stops returns every known class, in alphabetical order.
func Stops() []Stop { return slices.Sorted(maps.Keys(classes)) }

// Machine says whether a trajectory was lost to the machine: it has no reward, and
// a zero would be one.
func (s Stop) Machine() bool { return classes[s] == machine }

// Budget says whether the agent was stopped by a limit instead of ending by itself.
func (s Stop) Budget() bool { return classes[s] == budget }
