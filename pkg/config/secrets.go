package config

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"

	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

// maxSecretBytes bounds a credential's file, so that a wrong path is an error
// and not a gigabyte.
const maxSecretBytes = 64 << 10

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	// customaryName is how variables are named by custom. Another text may be
	// the secret itself, written where its variable's name belongs.
	customaryName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
)

// secret resolves a credential. What is wrong with it is reported at the line
// that refers to it; the text itself never is part of a message.
func (c *checker) secret(path string, m *configv1.Secret) Secret {
	switch from := m.GetFrom().(type) {
	case *configv1.Secret_Env:
		return c.clean(path, c.fromEnvironment(path+".env", from.Env))
	case *configv1.Secret_File:
		return c.clean(path, c.fromFile(path+".file", from.File))
	case *configv1.Secret_Value:
		if from.Value == "" {
			c.document.Report(path, "the secret is empty; better write {env: NAME_OF_A_VARIABLE} or {file: PATH}")
		}
		return c.clean(path, from.Value)
	default:
		c.missing(path, "the credential is missing; write {env: NAME_OF_A_VARIABLE} or {file: PATH}")
		return Secret{}
	}
}

// clean reports a secret that no header can carry.
func (c *checker) clean(path, text string) Secret {
	if strings.ContainsFunc(text, unicode.IsControl) {
		c.document.Report(path, "the secret holds a line break or another control character; keep it on one line")
	}
	return NewSecret(text)
}

func (c *checker) fromEnvironment(path, name string) string {
	if !variableName.MatchString(name) {
		// What stands here may be the secret itself.
		c.document.Hide(path)
		c.document.Report(path, "this is no name of an environment variable; write the variable's name, not the secret")
		return ""
	}
	text, ok := c.env(name)
	if !customaryName.MatchString(name) {
		c.document.Hide(path)
		name = "that is named here"
	}
	switch {
	case !ok:
		c.document.Report(path, "the environment variable %s is not set; set it, or use {file: PATH}", name)
	case strings.TrimSpace(text) == "":
		c.document.Report(path, "the environment variable %s is empty; set it, or use {file: PATH}", name)
	}
	return strings.TrimSpace(text)
}

func (c *checker) fromFile(path, name string) string {
	text, err := readSecret(c.absolute(name))
	if err != nil {
		c.document.Report(path, "the secret's file cannot be read: %v", err)
		return ""
	}
	if text == "" {
		c.document.Report(path, "the secret's file %s is empty", name)
	}
	return text
}

// readSecret returns a file's text without white space at its end.
func readSecret(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the configuration names the file
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxSecretBytes+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	if len(data) > maxSecretBytes {
		return "", errors.New("it is too large for a secret; check the path")
	}
	return strings.TrimRightFunc(string(data), unicode.IsSpace), nil
}
