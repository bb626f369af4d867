package simulate

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

// What can happen at the vendors.
const (
	scenarioStory = "story"
	scenarioNone  = "none"
)

// flags are what the user says on the command line.
type flags struct {
	listen   string
	insecure bool
	scenario string
	hold     bool
	replay   string
	speed    float64
	from, to string
	// detectors and site are FROM/TO of a group of files.
	detectors, site string
	start           string
}

// NewCommand returns `signalbox simulate`.
func NewCommand() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:   "simulate",
		Short: "Serve the five simulated vendors",
		Long: `Serve simulated Anodot, Anomify, Anura, Secure Reporter and Analytics Platform
APIs on one address, written from the vendors' documents.

What happens there is one of these:
  --scenario story  the demo's story: an ad-fraud wave, a noisy alert, two
                    thumbs down (default)
  --scenario FILE   what a YAML file says: facts and faults at their times, see
                    deploy/scenarios/bad-day.yaml, which shows every key
  --scenario none   nothing but what comes in over /control
  --replay FOLDER   recorded data happen again, their stamps moved to now
--speed 60 makes an hour of a scenario or of recorded data a matter of a minute;
what happens is stamped with the time at which it does.

GET /control/effects tells what the vendors were made to do, GET
/control/excesses which calls were beyond a vendor's documented rate limit. POST
/control/faults breaks a vendor, as its JSON body says:
  vendor         anodot, anomify, anura, secure-reporter or analytics
  kind           the answer is not the vendor's: garbage, html, huge, empty
                 the answer is broken: half_json, truncated, slow
                 the answer is of another shape: map_for_array, wrong_types
                 there is no answer: hang, reset, lose_answer (which is done
                 all the same)
                 the vendor refuses: status, hidden_error (with 200), rate_limit
                 (429, or Anodot's code 1004), unauthorized, expired_token
                 its clock is wrong: clock_skew
  method, path   hit these calls only; the path may be a glob
  count          how many calls are hit; 0 or none: every one until cleared
  every          hit every so manieth of them only
  for_s          seconds after which the fault ends
  status, body   the answer's code and text, for kinds status and hidden_error
  delay_s        how late kind slow answers
  skew_s         how far kind clock_skew sets the clock forward (below 0: back)
  retry_after_s  what kind rate_limit tells the client
DELETE /control/faults?vendor=NAME clears them.`,
		Example: `  # The demo's story; deploy/trial.yaml is a configuration for it
  signalbox simulate

  # An hour of trouble in two minutes
  signalbox simulate --scenario deploy/scenarios/bad-day.yaml --speed 30

  # A day of real data in 24 minutes
  signalbox simulate --replay ./data --speed 60 --from 2025-09-29T00:00:00Z --to 2025-09-30T00:00:00Z

  # The detectors' and the site's files were recorded in different years
  signalbox simulate --replay ./data --detectors 2014-04-10T00:00:00Z/2014-04-11T00:00:00Z \
    --site 2025-09-29T00:00:00Z/2025-09-30T00:00:00Z

  # Begin when somebody is ready to watch
  signalbox simulate --hold & curl -X POST 127.0.0.1:7430/control/start

  # The next three calls of Anodot get no answer
  curl -d '{"vendor": "anodot", "kind": "hang", "count": 3}' 127.0.0.1:7430/control/faults`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return run(command.Context(), f, command.OutOrStdout())
		},
	}
	set := command.Flags()
	set.StringVar(&f.listen, "listen", "127.0.0.1:7430", "address to serve on")
	set.BoolVar(&f.insecure, "insecure", false, "the network is trusted: allow an address that is not loopback")
	set.StringVar(&f.scenario, "scenario", scenarioStory, "what happens: story, none or a file")
	set.BoolVar(&f.hold, "hold", false, "wait for POST /control/start before anything happens")
	set.StringVar(&f.replay, "replay", "", "folder of recorded data to play instead of a scenario")
	set.Float64Var(&f.speed, "speed", 1, "seconds of a scenario or of recorded data per second")
	set.StringVar(&f.from, "from", "", "first moment of the recorded data to play (RFC 3339)")
	set.StringVar(&f.to, "to", "", "moment at which the recorded data end, exclusive (RFC 3339)")
	set.StringVar(&f.detectors, "detectors", "", "FROM/TO of the detectors' files, instead of --from and --to")
	set.StringVar(&f.site, "site", "", "FROM/TO of the site's files, instead of --from and --to")
	set.StringVar(&f.start, "start", "", "when the recorded data begin to happen (RFC 3339); default as soon as it can")
	// Both fail only for a flag that is not there.
	_ = command.RegisterFlagCompletionFunc("scenario",
		cobra.FixedCompletions([]string{scenarioStory, scenarioNone}, cobra.ShellCompDirectiveDefault))
	_ = command.MarkFlagDirname("replay")
	return command
}

// check returns everything that is wrong with the flags, as an error of usage.
func (f flags) check() error {
	return exit.Usage(errors.Join(append(f.checkReplay(), f.checkListen(), f.checkScenario())...))
}

func (f flags) checkListen() error {
	host, _, err := net.SplitHostPort(f.listen)
	switch {
	case err != nil:
		return fmt.Errorf("--listen %q is no address; write host:port", f.listen)
	case !f.insecure && !isLoopback(host):
		return fmt.Errorf("--listen %s is not loopback, and the simulator has no access control; "+
			"add --insecure if the network is trusted", f.listen)
	default:
		return nil
	}
}

func (f flags) checkScenario() error {
	if !f.hasFile() {
		return nil
	}
	if info, err := os.Stat(f.scenario); err != nil || info.IsDir() {
		return fmt.Errorf("--scenario %q: write %s, %s or the path of a file", f.scenario, scenarioStory, scenarioNone)
	}
	if f.replay != "" {
		return errors.New("--scenario FILE and --replay exclude each other")
	}
	return nil
}

// hasFile reports whether the scenario is a file.
func (f flags) hasFile() bool { return f.scenario != scenarioStory && f.scenario != scenarioNone }

// checkReplay checks what is said about recorded data, and how fast it goes.
func (f flags) checkReplay() []error {
	var errs []error
	if !(f.speed > 0) || math.IsInf(f.speed, 0) {
		errs = append(errs, fmt.Errorf("--speed %v: write a number above 0", f.speed))
	}
	for _, flag := range []struct{ name, text string }{{"--from", f.from}, {"--to", f.to}, {"--start", f.start}} {
		if _, err := moment(flag.text); err != nil {
			errs = append(errs, fmt.Errorf("%s %q is no time; write one such as 2025-09-29T00:00:00Z", flag.name, flag.text))
		}
	}
	for _, flag := range []struct{ name, text string }{{"--detectors", f.detectors}, {"--site", f.site}} {
		if _, err := f.slice(flag.text); flag.text != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s %q is no interval; write one such as 2025-09-29T00:00:00Z/2025-09-30T00:00:00Z",
				flag.name, flag.text))
		}
	}
	if f.replay == "" && f.from+f.to+f.start+f.detectors+f.site != "" {
		errs = append(errs, errors.New("--start, --from, --to, --detectors and --site are about --replay; name its folder"))
	}
	return errs
}

// slice returns the part of a group's files that is played: interval
// (FROM/TO), or what --from and --to say where it is empty.
func (f flags) slice(interval string) (replay.Slice, error) {
	from, to := f.from, f.to
	if interval != "" {
		var ok bool
		if from, to, ok = strings.Cut(interval, "/"); !ok {
			return replay.Slice{}, fmt.Errorf("%q has no / between its ends", interval)
		}
	}
	begin, beginErr := moment(from)
	end, endErr := moment(to)
	return replay.Slice{From: begin, To: end}, errors.Join(beginErr, endErr)
}

// moment reads a time, the zero time from "".
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, text)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
