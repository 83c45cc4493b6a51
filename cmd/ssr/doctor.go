package main

import "github.com/spf13/cobra"

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can guarantee about hostile code",
		Long: `Doctor tries what sandboxes need on this machine, and prints for every guarantee whether it
can be given and how, or what has to be done for it. It lists the toolchains that sandboxes
will see.

Exit status: 0 every guarantee can be given, 1 not.`,
		Example: `  ssr doctor
  ssr doctor --json | jq '.guarantees[] | select(.given | not)'`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			diagnosis := diagnose(cmd.Context())
			if err := write(cmd, asJSON, diagnosis, func(p *page) { p.diagnosis(diagnosis) }); err != nil {
				return err
			}
			return yes(diagnosis.OK)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the diagnosis as JSON")
	return cmd
}
