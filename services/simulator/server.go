package simulator

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
	"github.com/signalbox-io/signalbox/services/simulator/record"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

// Server is the five simulated vendors behind one handler. It is safe for
// concurrent use.
type Server struct {
	// The vendors, for those who put facts in. New sets all of them.
	Anodot         *anodot.Vendor
	Anomify        *anomify.Vendor
	Anura          *anura.Vendor
	SecureReporter *securereporter.Vendor
	Analytics      *analytics.Vendor

	now    func() time.Time
	log    *record.Log
	logger *slog.Logger
	faults *fault.Set
	mux    *http.ServeMux

	started chan struct{}
	start   func()
}

// New returns a simulator with empty vendors. It panics if one of the faults
// in the options is invalid.
func New(options Options) *Server {
	options = options.withDefaults()
	now, log := options.Now, record.NewLog(options.Logger)
	faults := &fault.Set{Now: now}
	clock := func(vendor string) func() time.Time {
		return func() time.Time { return now().Add(faults.Skew(vendor)) }
	}
	started := make(chan struct{})
	s := &Server{
		Anodot: anodot.New(anodot.Options{
			RefreshToken:      options.Credentials.AnodotRefreshToken,
			TokenLifetime:     options.AnodotTokenLifetime,
			RateLimitStatus:   options.AnodotRateLimitStatus,
			DataCollectionKey: options.Credentials.AnodotDataCollectionKey,
			TriggeredGroups:   options.AnodotTriggeredGroups,
			Dial:              options.Dial,
			BudgetClock:       now,
		}, clock(anodot.Name), log),
		Anomify: anomify.New(anomify.Options{Token: options.Credentials.AnomifyToken}, clock(anomify.Name), log),
		Anura: anura.New(anura.Options{
			Token:        options.Credentials.AnuraToken,
			TokenExpires: options.AnuraTokenExpires,
		}, clock(anura.Name)),
		SecureReporter: securereporter.New(securereporter.Options{
			Token: options.Credentials.SecureReporterToken,
		}, clock(securereporter.Name), log),
		Analytics: analytics.New(analytics.Options{
			APIKey:      options.Credentials.AnalyticsKey,
			BudgetClock: now,
		}, clock(analytics.Name), log),

		now:    now,
		log:    log,
		logger: options.Logger,
		faults: faults,
		mux:    http.NewServeMux(),

		started: started,
		start:   sync.OnceFunc(func() { close(started) }),
	}
	for _, f := range options.Faults {
		if err := s.SetFault(f); err != nil {
			panic(fmt.Sprintf("simulator: %v", err))
		}
	}
	s.mount(anodot.Name, s.Anodot)
	s.mount(anomify.Name, s.Anomify)
	s.mount(anura.Name, s.Anura)
	s.mount(securereporter.Name, s.SecureReporter)
	s.mount(analytics.Name, s.Analytics)
	s.mountControl()
	return s
}

func (s *Server) mount(name string, vendor fault.Vendor) {
	prefix := "/" + name
	s.mux.Handle(prefix+"/", http.StripPrefix(prefix, &gate{name: name, vendor: vendor, server: s}))
}

// Handler serves all vendors, each under the prefix that is its name, and the
// control paths.
func (s *Server) Handler() http.Handler {
	return s.mux
}

// Vendors lists the names that prefixes, faults and calls have.
func Vendors() []string {
	return []string{anodot.Name, anomify.Name, anura.Name, securereporter.Name, analytics.Name}
}

// Now is the time by the vendors' clock.
func (s *Server) Now() time.Time {
	return s.now()
}

// Started is closed by the first POST to /control/start. The simulator itself
// does not wait for it: it is for a process whose story shall begin when
// somebody outside is ready to watch.
func (s *Server) Started() <-chan struct{} {
	return s.started
}

// Calls returns the newest calls to the vendors, oldest first.
func (s *Server) Calls() []record.Call {
	calls, _ := s.log.Calls()
	return calls
}

// Effects returns the newest calls that a vendor carried out on its state,
// oldest first.
func (s *Server) Effects() []record.Effect {
	effects, _ := s.log.Effects()
	return effects
}

// Excesses returns the newest calls beyond a documented rate limit, oldest
// first. Calls that an injected fault called too many are not among them.
func (s *Server) Excesses() []record.Excess {
	excesses, _ := s.log.Excesses()
	return excesses
}

// Totals are how often something has happened since the beginning, also where
// what happened is not held any more.
type Totals struct {
	Calls, Effects, Excesses int
}

// Totals returns how much has happened.
func (s *Server) Totals() Totals {
	var t Totals
	_, t.Calls = s.log.Calls()
	_, t.Effects = s.log.Effects()
	_, t.Excesses = s.log.Excesses()
	return t
}

// SetFault makes a vendor misbehave from now on.
func (s *Server) SetFault(f fault.Fault) error {
	if f.Vendor != "" && !slices.Contains(Vendors(), f.Vendor) {
		return fmt.Errorf("set a fault: vendor %q is unknown, use one of %v", f.Vendor, Vendors())
	}
	if err := s.faults.Add(f); err != nil {
		return fmt.Errorf("set a fault: %w", err)
	}
	return nil
}

// ClearFaults ends the faults of a vendor, or of all if vendor is empty.
func (s *Server) ClearFaults(vendor string) {
	s.faults.Clear(vendor)
}
