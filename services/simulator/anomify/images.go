package anomify

import (
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
)

// Size of a picture, in pixels.
const (
	imageWidth  = 96
	imageHeight = 32
)

// draw answers with a picture of points.
func (v *Vendor) draw(w http.ResponseWriter, points []Point) {
	w.Header().Set("Content-Type", "image/png")
	w.WriteHeader(http.StatusOK)
	// The client may have gone; there is nobody left to tell.
	_ = png.Encode(w, picture(points))
}

// picture draws one column for each of the newest points.
func picture(points []Point) image.Image {
	canvas := image.NewGray(image.Rect(0, 0, imageWidth, imageHeight))
	points = points[max(0, len(points)-imageWidth):]
	highest := 1.0
	for _, p := range points {
		highest = max(highest, p.Value)
	}
	for x, p := range points {
		for y := range int(max(p.Value, 0) / highest * imageHeight) {
			canvas.SetGray(x, imageHeight-1-y, color.Gray{Y: 0xff})
		}
	}
	return canvas
}

func (v *Vendor) anomalyImage(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(parameters(r).Get("anomaly_id"), 10, 64)
	if err != nil {
		v.reject(w, http.StatusBadRequest, "anomaly_id must be a number")
		return
	}
	a, ok := v.anomaly(id)
	if !ok {
		v.reject(w, http.StatusNotFound, "there is no such anomaly")
		return
	}
	v.draw(w, v.pointsBetween(a.Metric, span{a.Timestamp - trainedSpan, a.UntilTimestamp}))
}

func (v *Vendor) metricImage(w http.ResponseWriter, r *http.Request) {
	metric, ok := v.metric(w, parameters(r).Get("metric"))
	if !ok {
		return
	}
	if asked, ok := v.window(w, r); ok {
		v.draw(w, v.pointsBetween(metric.Name, asked))
	}
}

func (v *Vendor) metricGraph(w http.ResponseWriter, r *http.Request) {
	if metric, asked, ok := v.metricWindow(w, r); ok {
		v.draw(w, v.pointsBetween(metric.Name, asked))
	}
}

func (v *Vendor) matchGraph(w http.ResponseWriter, r *http.Request) {
	if m, ok := v.match(w, r); ok {
		v.draw(w, v.pointsBetween(m.Metric, span{m.Timestamp - trainedSpan, m.Timestamp}))
	}
}

// orgGraph draws how many anomalies each metric has.
func (v *Vendor) orgGraph(w http.ResponseWriter, r *http.Request) {
	if _, ok := v.window(w, r); !ok {
		return
	}
	var points []Point
	for _, metric := range v.metrics() {
		points = append(points, Point{Value: float64(metric.Anomalies)})
	}
	v.draw(w, points)
}
