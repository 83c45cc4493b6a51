package policy

import "fmt"

// An UnavailableError says that a model could not be asked: its server is down,
// overloaded, hanging, or broke off. It comes after all tries. It is the
// machine's.
type UnavailableError struct {
	Address string // of the server, without credentials
	Status  int    // of HTTP; 0: there was no answer
	Tries   int
	Err     error
}

func (e *UnavailableError) Error() string {
	tries := ""
	if e.Tries > 1 {
		tries = fmt.Sprintf(" after %d tries", e.Tries)
	}
	if e.Status != 0 {
		return fmt.Sprintf("%s answers %d%s: %v", e.Address, e.Status, tries, e.Err)
	}
	return fmt.Sprintf("%s does not answer%s: %v", e.Address, tries, e.Err)
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// A RefusedError says that a server will not answer: a wrong key, an unknown
// model, a parameter that it does not take. Trying again does not help.
type RefusedError struct {
	Address string
	Status  int
	Message string // the server's, cut
	Remedy  string // what would be right, as a sentence; may be empty
}

func (e *RefusedError) Error() string {
	text := fmt.Sprintf("%s refuses with %d: %s", e.Address, e.Status, e.Message)
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// A ContextError says that a conversation does not fit into the model's context
// any more. It is the player's doing.
type ContextError struct {
	Limit   int // tokens; 0: the server did not say
	Message string
}

func (e *ContextError) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("the conversation does not fit into the context of %d tokens: %s", e.Limit, e.Message)
	}
	return "the conversation does not fit into the context: " + e.Message
}
