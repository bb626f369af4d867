package simulate

// ServeAndPlay is tested with a play that fails, which neither the story nor
// recorded data do.
var ServeAndPlay = serveAndPlay
