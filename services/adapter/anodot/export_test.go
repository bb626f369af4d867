package anodot

import (
	"io/fs"
	"os"

	"google.golang.org/protobuf/proto"
)

// ReadSample reads a file of testdata as one of the vendor's objects.
func ReadSample(name string, into proto.Message) error {
	content, err := fs.ReadFile(os.DirFS("testdata"), name)
	if err != nil {
		return err
	}
	return readObject(content, into)
}
