package analytics

// Remembered returns how many figures the source remembers.
func (s *Source) Remembered() int { return len(s.returns) }
