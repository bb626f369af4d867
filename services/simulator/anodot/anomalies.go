package anodot

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// anomaliesBySize is how many anomalies are listed unless the call says
// otherwise.
const anomaliesBySize = 10

// AddAnomaly puts an anomaly into the account: id, state, resolution,
// startDate, endDate, score, metrics.
func (v *Vendor) AddAnomaly(o Object) { v.putInto(&v.anomalies, o) }

func (v *Vendor) listAnomalies(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	number := func(name string, fallback float64) float64 {
		n, err := strconv.ParseFloat(query.Get(name), 64)
		if err != nil {
			return fallback
		}
		return n
	}
	from, to, least := number("startDate", 0), number("endDate", float64(v.now().Unix())), number("score", 0)
	found := slices.DeleteFunc(v.all(&v.anomalies), func(o Object) bool {
		start := o.seconds("startDate")
		score, _ := o["score"].(float64)
		state := cmp.Or(query.Get("state"), "both")
		return float64(start) < from || float64(start) > to || score < least ||
			state != "both" && o.text("state") != state ||
			!isListed(cmp.Or(query.Get("resolution"), "medium"), o.text("resolution"))
	})
	slices.SortStableFunc(found, func(a, b Object) int {
		x := a.seconds("startDate")
		y := b.seconds("startDate")
		if query.Get("order") == "asc" {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(y, x)
	})
	shown := found[:min(len(found), v.options.AnomalyPagingMax)]
	index := min(max(int(number("index", 0)), 0), len(shown))
	size := max(int(number("size", anomaliesBySize)), 0)
	page := shown[index:min(index+size, len(shown))]
	writeJSON(w, http.StatusOK, Object{
		"total": len(found), "pagingMax": strconv.Itoa(v.options.AnomalyPagingMax), "anomalies": append([]Object{}, page...),
	})
}
