// Package config holds the commands about the configuration file: they check
// it and the rules files it names, print what it comes to, and write the
// reference. They connect with nothing, and print no secret.
package config
