package anomify

import (
	"net/http"
	"strconv"
)

// expectedSpan is how many points the expected value of the next is made of.
const expectedSpan = 5

// SetSeries gives a metric its values, oldest first, in place of those it has.
func (v *Vendor) SetSeries(metric string, points []Point) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.metricID(metric)
	v.series[metric] = append([]Point{}, points...)
}

func (v *Vendor) pointsBetween(metric string, asked span) []Point {
	v.mu.Lock()
	defer v.mu.Unlock()
	var found []Point
	for _, p := range v.series[metric] {
		if p.At.Unix() >= asked.from && p.At.Unix() <= asked.until {
			found = append(found, p)
		}
	}
	return found
}

// pairs writes points as pairs of unix seconds and value.
func pairs(points []Point) [][2]float64 {
	written := make([][2]float64, 0, len(points))
	for _, p := range points {
		written = append(written, [2]float64{float64(p.At.Unix()), p.Value})
	}
	return written
}

func (v *Vendor) metricSeries(w http.ResponseWriter, r *http.Request) {
	if metric, asked, ok := v.metricWindow(w, r); ok {
		v.show(w, "timeseries", pairs(v.pointsBetween(metric.Name, asked)))
	}
}

// metricYhat shows each value beside the mean of those before it.
func (v *Vendor) metricYhat(w http.ResponseWriter, r *http.Request) {
	metric, asked, ok := v.metricWindow(w, r)
	if !ok {
		return
	}
	points := v.pointsBetween(metric.Name, asked)
	yhat := map[string]any{}
	for i, p := range points {
		at := p.At.Unix()
		yhat[strconv.FormatInt(at, 10)] = map[string]any{
			"value": p.Value, "expected": mean(points[max(0, i-expectedSpan) : i+1]),
			"anomaly": len(v.anomaliesBetween(span{at, at}, metric.Name)) > 0,
		}
	}
	v.show(w, "yhat", yhat)
}

// mean returns the mean of points, of which there is at least one.
func mean(points []Point) float64 {
	sum := 0.0
	for _, p := range points {
		sum += p.Value
	}
	return sum / float64(len(points))
}
