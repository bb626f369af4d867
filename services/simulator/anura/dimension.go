package anura

// level is one column that a report can tell traffic apart by.
type level struct {
	// parameter is the request's field that names one value of it.
	parameter string
	header    string
	of        func(cell) string
}

// dimension is what one report tells traffic apart by: by its first level, and
// where a value of that is named, by the next.
type dimension struct {
	name   string
	levels []level
}

func dimensions() []dimension {
	detail := func(parameter, header string, of func(Detail) string) level {
		return level{parameter, header, func(c cell) string { return orUnknown(of(c.detail)) }}
	}
	return []dimension{
		{"sessions", []level{
			{"instance", "Instance", func(c cell) string { return instanceID(c.place.Instance) }},
			{"source", "Source", func(c cell) string { return orUnknown(c.place.Source) }},
			{"campaign", "Campaign", func(c cell) string { return orUnknown(c.place.Campaign) }},
		}},
		{"browsers", []level{
			detail("browser", "Browser", func(d Detail) string { return d.Browser }),
			detail("browser_version", "Browser Version", func(d Detail) string { return d.BrowserVersion }),
		}},
		{"operating-systems", []level{
			detail("os", "Operating System", func(d Detail) string { return d.OS }),
			detail("os_version", "Operating System Version", func(d Detail) string { return d.OSVersion }),
		}},
		{"devices", []level{
			detail("manufacturer", "Manufacturer", func(d Detail) string { return d.Manufacturer }),
			detail("model", "Model", func(d Detail) string { return d.Model }),
		}},
		{"device-types", []level{detail("type", "Device Type", func(d Detail) string { return d.DeviceType })}},
		{"geography", []level{
			detail("country", "Country", func(d Detail) string { return d.Country }),
			detail("region", "Region", func(d Detail) string { return d.Region }),
			detail("city", "City", func(d Detail) string { return d.City }),
		}},
		{"networks", []level{detail("network", "Network", func(d Detail) string { return d.Network })}},
		{"connections", []level{detail("connection", "Connection", func(d Detail) string { return d.Connection })}},
	}
}

func orUnknown(text string) string {
	if text == "" {
		return "Unknown"
	}
	return text
}

// shown returns the level that the request's rows are told apart by: the first
// that it names no value of, or the last.
func (d dimension) shown(asked parameters) level {
	for _, l := range d.levels {
		if value := asked.text(l.parameter); value == "" || value == allInstances {
			return l
		}
	}
	return d.levels[len(d.levels)-1]
}

// holds reports whether the cell is of the values that the request names.
func (d dimension) holds(asked parameters, c cell) bool {
	for _, l := range d.levels {
		value := asked.text(l.parameter)
		if l.parameter == "instance" || l.parameter == "source" || l.parameter == "campaign" {
			continue // the filter of every report sees to these
		}
		if value != "" && value != l.of(c) {
			return false
		}
	}
	return true
}
