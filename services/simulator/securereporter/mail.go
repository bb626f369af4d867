package securereporter

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// Mail is a report that was sent.
type Mail struct {
	// At is when it was sent.
	At time.Time
	// Report is the slug of the report.
	Report string
	// Form is what the call gave.
	Form url.Values
	// Rows is how many rows the report had.
	Rows int
}

// Mails returns the newest mails that were sent, oldest first.
func (v *Vendor) Mails() []Mail {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.mails)
}

// mail runs a report with the parameters of the form and keeps what it would
// have sent.
func (v *Vendor) mail(w http.ResponseWriter, r *http.Request) {
	found, ok := v.snapshot(r.PathValue("report"))
	if !ok {
		fail(w, http.StatusNotFound, "there is no report "+strconv.Quote(r.PathValue("report")))
		return
	}
	form := formOf(r)
	records, err := found.run(form, v.now())
	if err != nil {
		fail(w, http.StatusOK, err.Error())
		return
	}
	v.send(Mail{At: v.now(), Report: Slug(found.Name), Form: form, Rows: len(records)})
	writeJSON(w, http.StatusOK, answer{OK: true, Records: []map[string]any{}})
}

func (v *Vendor) send(m Mail) {
	v.log.AddEffect(record.Effect{Time: m.At, Vendor: Name, Action: EffectMail, ID: m.Report, Changed: true})
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.mails) >= maxMails {
		v.mails = slices.Delete(v.mails, 0, 1)
	}
	v.mails = append(v.mails, m)
}
