// Package baseline is the built-in player: both roles without a language model,
// so that the whole game runs on a laptop, and is tested end to end. What it knows
// of a repository it finds out by running it.
//
//	injector := &baseline.Injector{}
//	solver := &baseline.Solver{Budget: 100}
//	engine := selfplay.Engine{Injector: injector, Solver: solver, …}
//
// The injector surveys a repository once (package survey): tests, statuses, which
// lines each runs. For the folder that an assignment aims at it tries edits one by
// one on a bench (package trial) and keeps those that break something, with what
// they break. A bug is a mixture of such edits in different files, each of which
// breaks a test that no other does, since the judge undoes them file by file (rules,
// section 2, check 7). Strategies differ in where the edits come from: small ones
// of the operators of package mutate, whole functions taken out, functions as an
// earlier release or commit had them. It takes out the tests that show the bug, and
// runs the real thing as the judge will before it hands it in.
//
// The solver sees its task and nothing else. It runs the tests as they should be,
// looks which lines the failing ones run and the passing ones do not (Ochiai),
// lists edits there that could be repairs, compiles them into one program, and
// tries them in the order in which its policy draws them. One that makes a test
// pass and breaks none joins those found before; from then on it draws for what
// still fails. A repair is handed in when the real tests pass on the real patch; at
// the end of its budget the best part of one is.
//
// Both roles share one policy, a softmax over features of operator and place,
// which is a file of weights. Everything drawn is recorded with its features and
// probability, so that the weights can be learned; nothing is learned here.
//
// Left out, and why:
//   - TypeScript and JSX: Node does not run them as they are. JavaScript is edited
//     by tokens, and a Node in a sandbox says which results parse; its trials are
//     a process for each test file, since Node has no fork.
//   - Edits of several files as one part: undone file by file they would need each
//     other.
//   - Repairs that write more than a line or a guard: a removed function body is
//     out of reach of a search of a hundred trials. Such bugs pay -alpha, and a
//     policy that learns stops making them.
package baseline
