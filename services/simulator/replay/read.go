package replay

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxLineBytes is the longest line that is read.
const maxLineBytes = 1 << 20

// errEnough ends the reading of a file early.
var errEnough = errors.New("enough records")

// open opens a file of the folder. If it is not there, the error says which
// ones should be.
func open(dir string, file File) (*os.File, error) {
	opened, err := os.OpenInRoot(dir, string(file))
	if errors.Is(err, os.ErrNotExist) {
		names := make([]string, 0, len(Files()))
		for _, name := range Files() {
			names = append(names, string(name))
		}
		return nil, fmt.Errorf("open recorded data: %w (the folder must hold %s)", err, strings.Join(names, ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("open recorded data: %w", err)
	}
	return opened, nil
}

// line is a record that can say whether it is whole.
type line interface {
	check() error
}

// readLines calls take with each line of a JSON lines file and its number.
func readLines[L line](dir string, file File, take func(number int, l L) error) error {
	opened, err := open(dir, file)
	if err != nil {
		return err
	}
	defer opened.Close()
	scanner := bufio.NewScanner(opened)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLineBytes)
	number := 0
	for scanner.Scan() {
		number++
		var l L
		err := json.Unmarshal(scanner.Bytes(), &l)
		if err == nil {
			err = l.check()
		}
		if err == nil {
			err = take(number, l)
		}
		if err != nil {
			return placed(opened.Name(), number, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return placed(opened.Name(), number+1, err)
	}
	return nil
}

// readMinutes calls take with each row of the traffic file and its line.
func readMinutes(dir string, take func(number int, l minuteLine) error) error {
	opened, err := open(dir, TrafficMinute)
	if err != nil {
		return err
	}
	defer opened.Close()
	unpacked, err := gzip.NewReader(opened)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", opened.Name(), err)
	}
	rows := csv.NewReader(unpacked)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return placed(opened.Name(), 1, err)
	}
	columns, err := columnsOf(header)
	if err != nil {
		return placed(opened.Name(), 1, err)
	}
	for number := 2; ; number++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var l minuteLine
		if err == nil {
			l, err = columns.minute(row)
		}
		if err == nil {
			err = take(number, l)
		}
		if err != nil {
			return placed(opened.Name(), number, err)
		}
	}
}

func placed(path string, number int, err error) error {
	if errors.Is(err, errEnough) {
		return err
	}
	return fmt.Errorf("%s:%d: %w", path, number, err)
}

// minuteColumns is where the columns stand that are read.
type minuteColumns struct {
	ts, site, requests, bot, browser, topCountry, topCountryRequests int
}

func columnsOf(header []string) (minuteColumns, error) {
	var c minuteColumns
	var errs []error
	for name, at := range map[string]*int{
		"ts": &c.ts, "site": &c.site, "requests": &c.requests, "bot": &c.bot, "browser": &c.browser,
		"top_country": &c.topCountry, "top_country_requests": &c.topCountryRequests,
	} {
		*at = slices.Index(header, name)
		errs = append(errs, present("column "+name, *at >= 0))
	}
	return c, errors.Join(errs...)
}

func (c minuteColumns) minute(row []string) (minuteLine, error) {
	// The row's memory is used again for the next one.
	l := minuteLine{site: strings.Clone(row[c.site]), topCountry: strings.Clone(row[c.topCountry])}
	var err error
	if l.ts, err = time.Parse(time.RFC3339, row[c.ts]); err != nil {
		return l, fmt.Errorf("ts: %w", err)
	}
	for _, field := range []struct {
		name string
		at   int
		into *int
	}{
		{"requests", c.requests, &l.requests},
		{"bot", c.bot, &l.bot},
		{"browser", c.browser, &l.browser},
		{"top_country_requests", c.topCountryRequests, &l.topCountryRequests},
	} {
		if *field.into, err = strconv.Atoi(row[field.at]); err != nil {
			return l, fmt.Errorf("%s: %w", field.name, err)
		}
	}
	return l, present("site", l.site != "")
}
