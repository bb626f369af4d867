// Package simulator imitates the five vendors that Signalbox talks to, as
// small honest HTTP servers on one address:
//
//	http://HOST/anodot               Anodot, REST API v2 (api/v2/…)
//	http://HOST/anomify              Anomify
//	http://HOST/anura/v1             Anura Reporting API
//	http://HOST/secure-reporter      Secure Reporter
//	http://HOST/analytics/api/v2     Analytics Platform API v2
//	http://HOST/control              what a test wants to see and to break
//
// Each vendor is a package of its own, written from the vendor's documents: it
// checks credentials, enforces the documented rate limits and keeps its state.
// What the documents leave open is listed in the package's assumed.go. Package
// story plays the demo's story on a simulator, package replay a folder of real
// data.
//
// A simulator invents nothing by itself: without a story, a replay or a test
// that puts facts in, its vendors are empty. It shares no code with the
// adapters, because shared types hide shared mistakes, and it is no sandbox of
// the real vendors: /control is open to whoever reaches the address.
package simulator
