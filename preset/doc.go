// Package preset has, by name, what published systems make of finished attempts:
// how they reward, compare, mask and draw, and how they choose among candidates.
//
//	p, err := preset.Named("DeepSWE")
//	batch, err := p.Batch(rollouts)
//	err = batch.WriteTable(os.Stdout)
//
// The one idea: a system is a struct of parts, and the parts are those of packages
// reward, train and choose. Nothing here computes. A [Preset] is a value: change one
// field of it and there is another system, of one's own.
//
//	p := preset.DeepSWE()
//	p.Recipe.Advantage = train.GRPO{}.Advantage()
//
// A field that is empty says that the system has no such part. InfCode and Devstral
// choose among candidates and SWE-agent is a way to act, so they have no recipe, and
// a batch of theirs is refused. A role without a reward does not train: of the
// systems here SSR alone has an injector, and a batch of another leaves injections
// out and says so.
//
// What a rule asks for and a stored play does not have is never taken for zero: such
// a rollout is left out, with the reason. There is one exception, which package
// rollout states: a player without a trajectory took no steps.
//
// Sources are named at each function. Where a publication names no rule, the choice
// is this engine's, and docs/systems.md says so.
//
// Left out: scaffolds, which are package agent's; optimisers, learning rates and
// ratios, which belong to a trainer.
package preset
