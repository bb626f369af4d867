package retry

import "errors"

// permanentError is an error that no repetition mends.
type permanentError struct{ error }

// Unwrap returns the error itself.
func (e permanentError) Unwrap() error { return e.error }

// Permanent marks err as one that no repetition mends: Do returns it at once.
func Permanent(err error) error { return permanentError{err} }

// IsPermanent reports whether err, or one that it wraps, is marked as such.
func IsPermanent(err error) bool {
	var permanent permanentError
	return errors.As(err, &permanent)
}
