package anura

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxRawRows bounds the file of a raw report: counts may be any number.
const maxRawRows = 10_000

// rawFile is a ZIP archive of CSV.
type rawFile struct {
	archive []byte
	rows    int
}

// linkRaw answers where a report's file is.
func (v *Vendor) linkRaw(w http.ResponseWriter, r *http.Request) {
	v.authorized(func(w http.ResponseWriter, _ parameters) {
		report, ok := v.rawReport(r.PathValue("id"))
		switch {
		case !ok:
			v.Fail(w, http.StatusNotFound)
		case report.status(v.now()) != "Ready":
			writeError(w, http.StatusBadRequest, "the report is not ready")
		default:
			writeJSON(w, http.StatusOK, map[string]string{"url": url.QueryEscape(linkTo(r, report))})
		}
	})(w, r)
}

// linkTo leads back to where the request came in, before any prefix was
// stripped.
func linkTo(r *http.Request, report rawReport) string {
	base, _, _ := strings.Cut(r.RequestURI, "/raw/download/")
	return "http://" + r.Host + base + "/raw/file/" + report.id + "?" + url.Values{"signature": {signature(report)}}.Encode()
}

// signature stands for one: whoever has the link may read the file.
func signature(report rawReport) string { return "signed/" + report.id + "+=" }

func (v *Vendor) serveRaw(w http.ResponseWriter, r *http.Request) {
	report, ok := v.rawReport(r.PathValue("id"))
	if !ok || r.URL.Query().Get("signature") != signature(report) {
		v.Fail(w, http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	// The client may have gone; there is nobody left to tell.
	_, _ = w.Write(v.rawFile(report).archive)
}

// rawFile makes the report's file: a request a row, its columns in capitals.
func (v *Vendor) rawFile(report rawReport) rawFile {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	// Writing to memory cannot fail.
	file, _ := archive.Create(report.id + ".csv")
	table := csv.NewWriter(file)
	head := make([]string, 0, len(report.standard))
	for _, column := range report.standard {
		head = append(head, strings.ToUpper(column))
	}
	_ = table.Write(head)
	rows := v.rawRows(report)
	_ = table.WriteAll(rows)
	_ = archive.Close()
	return rawFile{out.Bytes(), len(rows)}
}

func (v *Vendor) rawRows(report rawReport) [][]string {
	kind := script
	if report.kind == "direct" {
		kind = direct
	}
	rows := [][]string{}
	v.each(filter{days: report.days, instance: instanceID(report.instance)}, func(key cell, t tally) {
		if key.product != kind {
			return
		}
		for _, m := range kind.measures(t) {
			for range m.count {
				if isResult := m.key != "" && m.key != "mobile" && m.key != "requests" && m.key != "responses"; !isResult || len(rows) == maxRawRows {
					break
				}
				if row := rawRow(report, key, m.key); row != nil {
					rows = append(rows, row)
				}
			}
		}
	})
	slices.SortFunc(rows, slices.Compare)
	return rows
}

// rawRow returns the columns of one request, nil if a filter leaves it out.
func rawRow(report rawReport, key cell, result string) []string {
	values := map[string]string{
		"source": key.place.Source, "campaign": key.place.Campaign, "result": result, "timestamp": key.day,
		"browser_name": key.detail.Browser, "browser_version": key.detail.BrowserVersion,
		"os_name": key.detail.OS, "os_version": key.detail.OSVersion,
		"device_type": key.detail.DeviceType, "device_manufacturer": key.detail.Manufacturer, "device_model": key.detail.Model,
		"country": key.detail.Country, "region": key.detail.Region, "city": key.detail.City,
		"network": key.detail.Network, "connection": key.detail.Connection,
	}
	for _, f := range report.filters {
		if !f.keeps(values[f.Column]) {
			return nil
		}
	}
	row := make([]string, 0, len(report.standard))
	for _, column := range report.standard {
		row = append(row, values[column])
	}
	return row
}

func (f rawFilter) keeps(value string) bool {
	switch f.Operator {
	case "equals":
		return value == f.Value
	case "not_equals":
		return value != f.Value
	case "starts_with":
		return strings.HasPrefix(value, f.Value)
	case "ends_with":
		return strings.HasSuffix(value, f.Value)
	case "contains":
		return strings.Contains(value, f.Value)
	case "not_contains":
		return !strings.Contains(value, f.Value)
	case "empty":
		return value == ""
	default:
		return value != ""
	}
}
