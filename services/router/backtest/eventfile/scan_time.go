package eventfile

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// timestamp reads an instant in UTC: 2026-01-02T03:04:05.678Z.
func (s *scanner) timestamp() *timestamppb.Timestamp {
	raw := s.plain()
	const shape = "0000-00-00T00:00:00"
	if s.failed || len(raw) < len(shape)+1 || raw[len(raw)-1] != 'Z' {
		s.fail()
		return nil
	}
	for i, c := range []byte(shape) {
		if isDigit := '0' <= raw[i] && raw[i] <= '9'; isDigit != (c == '0') || !isDigit && raw[i] != c {
			s.fail()
			return nil
		}
	}
	nanos := s.fraction(raw[len(shape) : len(raw)-1])
	year, month, day := number(raw[0:4]), number(raw[5:7]), number(raw[8:10])
	hour, minute, second := number(raw[11:13]), number(raw[14:16]), number(raw[17:19])
	if !isDate(year, month, day) || hour > 23 || minute > 59 || second > 59 {
		s.fail()
		return nil
	}
	at := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	return &timestamppb.Timestamp{Seconds: at.Unix(), Nanos: int32(nanos)}
}

// fraction reads the nanoseconds of a fraction of at most nine digits.
func (s *scanner) fraction(raw []byte) int {
	if len(raw) == 0 {
		return 0
	}
	const most = 9
	if raw[0] != '.' || len(raw) == 1 || len(raw) > 1+most {
		s.fail()
		return 0
	}
	nanos := 0
	for i := range most {
		digit := byte('0')
		if i+1 < len(raw) {
			digit = raw[i+1]
		}
		if digit < '0' || digit > '9' {
			s.fail()
			return 0
		}
		nanos = nanos*10 + int(digit-'0')
	}
	return nanos
}

// isDate reports whether there is such a day.
func isDate(year, month, day int) bool {
	if year < 1 || month < 1 || month > 12 || day < 1 {
		return false
	}
	const shortest = 28
	return day <= shortest || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

// number reads digits.
func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}
