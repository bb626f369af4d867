package anomify

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// Watchers returns all watchers, deleted ones too, oldest first.
func (v *Vendor) Watchers() []Watcher {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Watcher{}, v.watchers...)
}

func (v *Vendor) listWatchers(w http.ResponseWriter, _ *http.Request) {
	v.answer(w, "", http.StatusOK, watchersAnswer{Watchers: listed(v, v.Watchers())})
}

func (v *Vendor) createWatcher(w http.ResponseWriter, r *http.Request) {
	wanted := Watcher{ExpirationTime: defaultExpirationTime, CreatedTimestamp: v.now().Unix()}
	if err := fill(&wanted, parameters(r)); err != nil {
		v.reject(w, http.StatusBadRequest, err.Error())
		return
	}
	if wanted.Name == "" || len(wanted.Chips) == 0 {
		v.reject(w, http.StatusBadRequest, "name and chips are required")
		return
	}
	created, ok := v.appendWatcher(wanted)
	if !ok {
		v.reject(w, http.StatusForbidden, "the organization has too many watchers")
		return
	}
	v.changed(w, record.CreateWatcher, created, true)
}

func (v *Vendor) appendWatcher(wanted Watcher) (Watcher, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.watchers) >= maxWatchers {
		return Watcher{}, false
	}
	wanted.ID = int64(len(v.watchers)) + 1
	v.watchers = append(v.watchers, wanted)
	return wanted, true
}

func (v *Vendor) updateWatcher(w http.ResponseWriter, r *http.Request) {
	asked := parameters(r)
	v.changeWatcher(w, r, record.UpdateWatcher, func(watcher *Watcher) error { return fill(watcher, asked) })
}

func (v *Vendor) deleteWatcher(w http.ResponseWriter, r *http.Request) {
	v.changeWatcher(w, r, record.DeleteWatcher, func(watcher *Watcher) error {
		watcher.Deleted = true
		return nil
	})
}

func (v *Vendor) undeleteWatcher(w http.ResponseWriter, r *http.Request) {
	v.changeWatcher(w, r, record.UndeleteWatcher, func(watcher *Watcher) error {
		watcher.Deleted = false
		return nil
	})
}

func (v *Vendor) changeWatcher(w http.ResponseWriter, r *http.Request, action string, change func(*Watcher) error) {
	id, ok := v.pathID(w, r)
	if !ok {
		return
	}
	before, ok := v.watcher(id)
	if !ok {
		v.reject(w, http.StatusNotFound, "there is no such watcher")
		return
	}
	after, err := v.replaceWatcher(id, change)
	if err != nil {
		v.reject(w, http.StatusBadRequest, err.Error())
		return
	}
	v.changed(w, action, after, !equal(before, after))
}

func (v *Vendor) watcher(id int64) (Watcher, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if id < 1 || id > int64(len(v.watchers)) {
		return Watcher{}, false
	}
	return v.watchers[id-1], true
}

// replaceWatcher changes a copy, so that a refused change leaves no trace. The
// watcher must exist.
func (v *Vendor) replaceWatcher(id int64, change func(*Watcher) error) (Watcher, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	after := v.watchers[id-1]
	if err := change(&after); err != nil {
		return Watcher{}, err
	}
	v.watchers[id-1] = after
	return after, nil
}

func equal(a, b Watcher) bool {
	return a.Name == b.Name && slices.Equal(a.Chips, b.Chips) && a.Alert == b.Alert &&
		a.ExpirationTime == b.ExpirationTime && a.Deleted == b.Deleted
}

func (v *Vendor) changed(w http.ResponseWriter, action string, watcher Watcher, changed bool) {
	v.log.AddEffect(record.Effect{
		Time:    v.now(),
		Vendor:  Name,
		Action:  action,
		ID:      strconv.FormatInt(watcher.ID, 10),
		Name:    watcher.Name,
		Changed: changed,
	})
	v.answer(w, "", http.StatusOK, watcherAnswer{Watcher: watcher})
}
