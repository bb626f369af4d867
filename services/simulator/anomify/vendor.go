package anomify

import (
	"net/http"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// Name is the vendor's name in logs, faults and paths.
const Name = "anomify"

// Options shape a simulated Anomify organization.
type Options struct {
	// Token is the organization's token. Required.
	Token string
}

// Vendor is one simulated Anomify organization. It is safe for concurrent use.
type Vendor struct {
	options Options
	now     func() time.Time
	log     *record.Log
	mux     *http.ServeMux

	mu        sync.Mutex
	anomalies map[int64]anomalyEntry
	metricIDs map[string]int
	watchers  []Watcher
	series    map[string][]Point
	patterns  []Pattern
	matches   []Match
	org       organization
	// exclusions keeps the ones that were deleted as nil, so that ids stay.
	exclusions []*Exclusion
	listsByID  bool
}

// New returns an organization without anomalies and watchers, with one user,
// one channel and two admin alerts.
func New(options Options, now func() time.Time, log *record.Log) *Vendor {
	v := &Vendor{
		options:   options,
		now:       now,
		log:       log,
		mux:       http.NewServeMux(),
		anomalies: map[int64]anomalyEntry{},
		metricIDs: map[string]int{},
		series:    map[string][]Point{},
		org:       newOrganization(),
	}
	v.routeAnomalies()
	v.routeMetrics()
	v.routePatterns()
	v.routeOrganization()
	v.mux.HandleFunc("/", v.unknownPath)
	return v
}

// ListByID makes lists of objects come as maps by id, as the engine behind the
// vendor has them, or as arrays again.
func (v *Vendor) ListByID(byID bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.listsByID = byID
}

// ServeHTTP answers one call to the organization.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mux.ServeHTTP(w, r)
}

func (v *Vendor) unknownPath(w http.ResponseWriter, _ *http.Request) {
	v.Fail(w, http.StatusNotFound)
}

// Charge does nothing: no limit is documented.
func (v *Vendor) Charge(*http.Request) {}

// Expire answers as to a wrong credential: an organization's token does not
// run out, it can only be withdrawn.
func (v *Vendor) Expire(w http.ResponseWriter, r *http.Request) {
	v.Refuse(w, r)
}
