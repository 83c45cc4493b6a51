package agent

import "fmt"

// A mistake is something that a policy did wrong and can mend: the sentence that
// it is shown.
type mistake string

func (m mistake) Error() string { return string(m) }

func mistakef(format string, args ...any) mistake { return mistake(fmt.Sprintf(format, args...)) }
