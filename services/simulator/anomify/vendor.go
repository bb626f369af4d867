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
}

// New returns an organization without anomalies and watchers.
func New(options Options, now func() time.Time, log *record.Log) *Vendor {
	v := &Vendor{
		options:   options,
		now:       now,
		log:       log,
		mux:       http.NewServeMux(),
		anomalies: map[int64]anomalyEntry{},
		metricIDs: map[string]int{},
	}
	v.mux.HandleFunc("/ping", v.fetch(v.ping))
	v.mux.HandleFunc("/status", v.fetch(v.status))
	v.mux.HandleFunc("/anomalies", v.authorized(v.fetch(v.listAnomalies)))
	v.mux.HandleFunc("/anomaly/{id}", v.authorized(v.fetch(v.getAnomaly)))
	v.mux.HandleFunc("/watchers/list", v.authorized(v.fetch(v.listWatchers)))
	v.mux.HandleFunc("/watcher/create", v.authorized(v.change(v.createWatcher)))
	v.mux.HandleFunc("/watcher/{id}/update", v.authorized(v.change(v.updateWatcher)))
	v.mux.HandleFunc("/watcher/{id}/delete", v.authorized(v.change(v.deleteWatcher)))
	v.mux.HandleFunc("/watcher/{id}/undelete", v.authorized(v.change(v.undeleteWatcher)))
	v.mux.HandleFunc("/", v.unknownPath)
	return v
}

// ServeHTTP answers one call to the organization.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mux.ServeHTTP(w, r)
}

// fetch lets through the methods that may read.
func (v *Vendor) fetch(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			v.Fail(w, http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	}
}

// change lets through the method that may write.
func (v *Vendor) change(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			v.Fail(w, http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	}
}

func (v *Vendor) ping(w http.ResponseWriter, r *http.Request) {
	v.answer(w, v.sessionFor(w, r), http.StatusOK, pingAnswer{Ping: "pong"})
}

func (v *Vendor) status(w http.ResponseWriter, r *http.Request) {
	v.answer(w, v.sessionFor(w, r), http.StatusOK, struct{}{})
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
