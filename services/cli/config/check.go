package config

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// check checks the configuration and the rules. Where only credentials are
// missing, the rules are checked all the same.
func check(command *cobra.Command, file string, env environment, options ...config.Option) error {
	cfg, err := Load(command, file, env, options...)
	if err != nil {
		return errors.Join(err, checkRules(command, file, env))
	}
	set, err := router.LoadRules(cfg)
	if err != nil {
		return Faults(command, err)
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "%s: ok: %s, %s\n", file,
		text.Count(len(cfg.Sources), "source"), text.Count(len(set.Rules()), "rule"))
	return err
}

// checkRules checks the rules of a configuration that has problems. Other
// problems than credentials leave nothing to check them against.
func checkRules(command *cobra.Command, file string, env environment) error {
	cfg, err := config.Load(file, env, WithoutCredentials())
	if err != nil {
		return nil //nolint:nilerr // told already
	}
	_, err = router.LoadRules(cfg)
	return Faults(command, err)
}

// WithoutCredentials reads no credential: whoever only looks at a configuration
// has no use for one.
func WithoutCredentials() config.Option {
	return config.WithCredentials(func(eventv1.Vendor, bool) bool { return false })
}

// Faults prints every fault of the rules files that err tells of, and returns an
// error that counts them; another error it returns as it is.
func Faults(command *cobra.Command, err error) error {
	faults, ok := errors.AsType[rule.Errors](err)
	if !ok {
		return err
	}
	_, _ = fmt.Fprintln(command.ErrOrStderr(), faults)
	return fmt.Errorf("the rules have %s", text.Count(len(faults), "fault"))
}

// Load reads the configuration. It prints what is wrong with it and what is
// doubtful, each with its place, for people and editors alike; the error only
// counts.
func Load(
	command *cobra.Command, file string, env func(string) (string, bool), options ...config.Option,
) (config.Config, error) {
	cfg, err := config.Load(file, env, options...)
	if problems, ok := errors.AsType[config.Errors](err); ok {
		_, _ = fmt.Fprintln(command.ErrOrStderr(), problems)
		return config.Config{}, fmt.Errorf("%s has %s", file, text.Count(len(problems), "problem"))
	}
	if err != nil {
		return config.Config{}, err
	}
	for _, warning := range cfg.Warnings {
		_, _ = fmt.Fprintf(command.ErrOrStderr(), "%s: warning: %s\n", file, warning)
	}
	return cfg, nil
}
