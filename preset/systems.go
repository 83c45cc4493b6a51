package preset

import (
	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/train"
)

// TestWriter is the role of who writes tests that show a bug (Kimi-Dev).
const TestWriter = "test_writer"

// SSR is self-play SWE-RL (arXiv 2512.18552): both roles are paid by the share of
// attempts that succeed, and compared as its base model CWM was trained, with the
// mean reward of a token. Rollouts more than [train.DefaultMaxOffPolicy] versions
// old are to be dropped with [train.TooOld], which needs the trainer's step.
func SSR() Preset {
	return Preset{
		Name:   "SSR",
		Doc:    "self-play of an injector and solvers (arXiv 2512.18552), trained as CWM",
		Game:   &reward.Rule{},
		Reward: solver(reward.PlusMinusOne()),
		Recipe: &train.Recipe{Advantage: lengthWeighted()},
	}
}

// SWERL is SWE-RL (arXiv 2502.18449): a patch is paid by its likeness to the
// oracle's, and chosen as Agentless mini does. For answers in its own form the part
// is [reward.AnswerSimilarity].
func SWERL() Preset {
	return Preset{
		Name:      "SWERL",
		Doc:       "likeness to the oracle's patch, GRPO (arXiv 2502.18449)",
		Reward:    solver(oracled(reward.PatchSimilarity{}.Part())),
		Recipe:    &train.Recipe{Advantage: train.GRPO{}.Advantage()},
		Tasks:     train.SWERLTasks{}.TaskFilter(),
		Selection: table(choose.Agentless{}.Chooser()),
	}
}

// SWESwiss is SWE-Swiss (zhenyuhe00/SWE-Swiss), trained with verl: groups without
// spread are dropped, and tasks that have become easy, after 200 steps.
func SWESwiss() Preset {
	return Preset{
		Name:   "SWESwiss",
		Doc:    "+1 or -1, dynamic sampling, enhanced self-consistency (zhenyuhe00/SWE-Swiss)",
		Reward: solver(reward.PlusMinusOne()),
		Recipe: &train.Recipe{
			Filters:   []train.Filter{train.ZeroSpread{}.Filter()},
			Advantage: train.GRPO{DDof: 1}.Advantage(),
			Loss:      train.TokenMean{}.Loss(),
		},
		Curriculum: train.Above{Rate: 0.9, After: 200}.Curriculum(),
		Selection:  table(choose.SWESwiss{}.Chooser()),
	}
}

// KimiDev is Kimi-Dev (arXiv 2509.23045): a BugFixer and a TestWriter, compared with
// the mean of their group, and played against each other at test time.
func KimiDev() Preset {
	rewards := solver(reward.ResolvedOrNot())
	rewards[TestWriter] = []reward.Part{reward.TestWriter()}
	return Preset{
		Name:       "KimiDev",
		Doc:        "a bug fixer and a test writer, 1 or 0, test-time self-play (arXiv 2509.23045)",
		Reward:     rewards,
		Recipe:     &train.Recipe{Advantage: train.MeanOnly{}.Advantage()},
		Tasks:      train.KimiDevTasks{}.TaskFilter(),
		Curriculum: train.Additions{}.Curriculum(),
		Selection:  Selection{SelfPlay: &choose.SelfPlay{}},
	}
}

// Nebius is the first stage of the multi-turn agent of arXiv 2508.03501: attempts of
// up to 40 steps, all of them trained on, long ones penalised, turns without an
// action masked; DAPO's dynamic sampling and token mean.
func Nebius() Preset {
	return Preset{
		Name:   "Nebius",
		Doc:    "1 or 0 less a penalty on steps, nothing overlong masked; stage 1, 40 steps (arXiv 2508.03501)",
		Reward: solver(reward.ResolvedOrNot(), reward.StepPenalty{Max: 40}.Part()),
		Recipe: &train.Recipe{
			Masks:     []train.Mask{train.Overlong{Effect: train.Train}.Mask(), train.MalformedTurns{}.Mask()},
			Filters:   []train.Filter{train.ZeroSpread{}.Filter()},
			Advantage: train.GRPO{}.Advantage(),
			Loss:      train.TokenMean{}.Loss(),
		},
		Tasks: train.RebenchTasks{}.TaskFilter(),
	}
}

// NebiusStage2 is its second stage: up to 80 steps, on tasks that the first solved
// sometimes, and at most two times in three.
func NebiusStage2() Preset {
	p := Nebius()
	p.Name = "NebiusStage2"
	p.Doc = "as Nebius, of 80 steps, without tasks solved never or over 2 times in 3"
	p.Reward = solver(reward.ResolvedOrNot(), reward.StepPenalty{Max: 80}.Part())
	p.Curriculum = train.Band{High: 2.0 / 3}.Curriculum()
	return p
}

// DeepSWE is DeepSWE (rLLM with R2E-Gym): all tests within five minutes, leave one
// out, what a budget ended masked and worth nothing, token sums, a hybrid verifier.
func DeepSWE() Preset {
	return Preset{
		Name:   "DeepSWE",
		Doc:    "all tests in 5 minutes, leave-one-out, overlong masked and 0, hybrid verifier (rLLM)",
		Reward: solver(reward.DeepSWE{}.Part()),
		Recipe: &train.Recipe{
			Masks:     []train.Mask{train.Overlong{Effect: train.MaskZero}.Mask()},
			Advantage: train.LeaveOneOut{Singleton: train.SingletonRaw}.Advantage(),
			Loss:      train.SequenceSum{}.Loss(),
		},
		Selection: table(choose.Hybrid{}.Chooser()),
	}
}

// SkyRLAgent is SkyRL-Agent: exactly the expected results, leave one out, what a
// budget ended masked with its real reward in the baseline.
func SkyRLAgent() Preset {
	return Preset{
		Name:   "SkyRLAgent",
		Doc:    "exactly the expected results, leave-one-out, overlong masked (NovaSky-AI/SkyRL)",
		Reward: solver(reward.R2E{}.Part()),
		Recipe: &train.Recipe{
			Masks:     []train.Mask{train.Overlong{Effect: train.MaskKeep}.Mask()},
			Advantage: train.LeaveOneOut{Singleton: train.SingletonRaw}.Advantage(),
		},
	}
}

// InfCode plays a writer of tests against a fixer and trains nobody.
func InfCode() Preset {
	return Preset{
		Name:      "InfCode",
		Doc:       "adversarial rounds of a test writer and a fixer; does not train",
		Reward:    solver(reward.SWEBench{}.Part()),
		Selection: Selection{Rounds: &choose.Rounds{}},
	}
}

// Devstral is evaluated by iterative best of three, on OpenHands.
func Devstral() Preset {
	return Preset{
		Name:      "Devstral",
		Doc:       "iterative best of three (OpenHands); does not train",
		Reward:    solver(reward.SWEBench{}.Part()),
		Selection: Selection{Iterative: &choose.Iterative{Attempts: 3, First: 0, Retry: 0.1}},
	}
}

// SWEAgent is a scaffold, whose attempts SWE-bench grades.
func SWEAgent() Preset {
	return Preset{
		Name:   "SWEAgent",
		Doc:    "a scaffold, graded by SWE-bench; does not train",
		Reward: solver(reward.SWEBench{}.Part()),
	}
}

func solver(parts ...reward.Part) map[string][]reward.Part {
	return map[string][]reward.Part{rollout.Solver: parts}
}

func table(c choose.Chooser) Selection { return Selection{Table: &c} }
