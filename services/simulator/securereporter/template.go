package securereporter

import (
	"io"
	"net/http"
	"strconv"
)

// template answers the HTML of a report of the template type, within its page
// unless only the template is asked for.
func (v *Vendor) template(w http.ResponseWriter, r *http.Request) {
	found, ok := v.snapshot(r.PathValue("report"))
	if !ok || found.Template == "" {
		fail(w, http.StatusNotFound, "there is no template "+strconv.Quote(r.PathValue("report")))
		return
	}
	if _, err := found.run(parametersOf(r), v.now()); err != nil {
		fail(w, http.StatusOK, err.Error())
		return
	}
	html := found.Template
	if r.URL.Query().Get("template_only") != "Y" {
		html = "<!DOCTYPE html><html><body><nav>Secure Reporter</nav>" + html + "</body></html>"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// The client may have gone; there is nobody left to tell.
	_, _ = io.WriteString(w, html)
}
