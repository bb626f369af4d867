package rules

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print a JSON Schema of rules files",
		Long: `Print a JSON Schema (draft 2020-12) of rules files, with which an editor tells
what may stand where and marks what may not. A YAML language server takes it
from the first line of a rules file:

  # yaml-language-server: $schema=rules.schema.json`,
		Example: `  signalbox rules schema > rules.schema.json`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			schema, err := rule.Schema()
			if err != nil {
				return fmt.Errorf("write the schema: %w", err)
			}
			_, err = command.OutOrStdout().Write(schema)
			return err
		},
	}
}
