package anodot

import "net/http"

// AddDataSource puts a data source into the account, whole as the reference
// shows one; it needs id, name and type.
func (v *Vendor) AddDataSource(o Object) { v.putInto(&v.sources, o) }

// AddChannel puts a channel into the account: id, name and type.
func (v *Vendor) AddChannel(o Object) { v.putInto(&v.channels, o) }

func (v *Vendor) listSources(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, briefly(v.all(&v.sources), r.URL.Query().Get("type")))
}

// briefly returns id, name and type of the objects of the type, or of all.
func briefly(objects []Object, kind string) []Object {
	found := []Object{}
	for _, o := range objects {
		if kind == "" || o.text("type") == kind {
			found = append(found, o.only("id", "name", "type"))
		}
	}
	return found
}

func (v *Vendor) findSources(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, shelf(v.all(&v.sources)).named(r.URL.Query().Get("searchQuery")))
}

func (v *Vendor) getSource(w http.ResponseWriter, r *http.Request) {
	source, ok := v.find(&v.sources, r.PathValue("id"))
	if !ok {
		writeNotFound(w, r, "object not found in underlying storage:  data source "+r.PathValue("id")+" was not found")
		return
	}
	writeJSON(w, http.StatusOK, source)
}

func (v *Vendor) listChannels(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	writeJSON(w, http.StatusOK, briefly(shelf(v.all(&v.channels)).named(query.Get("name")), query.Get("type")))
}
