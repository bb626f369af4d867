package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/nats-io/nats-server/v2/server"
)

// nodeCommand makes this program one node of a cluster, in a process of its own
// that can be killed.
const nodeCommand = "nats-node"

// nodeArgs are how a node is started.
type nodeArgs struct {
	name, store, client, cluster string
	// routes are where the node finds the others.
	routes []string
}

func (a nodeArgs) list() []string {
	return []string{
		nodeCommand, "--name", a.name, "--store", a.store, "--client", a.client, "--cluster", a.cluster,
		"--routes", strings.Join(a.routes, ","),
	}
}

// runNode serves until the process is told to stop, and returns its exit code.
func runNode(args []string) int {
	options, err := nodeOptions(args)
	if err == nil {
		err = serveNode(options)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		return 1
	}
	return 0
}

func nodeOptions(args []string) (*server.Options, error) {
	var a nodeArgs
	var routes string
	flags := flag.NewFlagSet(nodeCommand, flag.ContinueOnError)
	flags.StringVar(&a.name, "name", "", "its name")
	flags.StringVar(&a.store, "store", "", "its folder")
	flags.StringVar(&a.client, "client", "", "where clients connect")
	flags.StringVar(&a.cluster, "cluster", "", "where other nodes connect")
	flags.StringVar(&routes, "routes", "", "where it finds the others")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	options := &server.Options{
		ServerName: a.name, JetStream: true, StoreDir: a.store, JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 8 << 30,
		MaxPayload: 4 << 20, NoSigs: true,
		Cluster: server.ClusterOpts{Name: "torture", NoAdvertise: true},
	}
	for route := range strings.SplitSeq(routes, ",") {
		options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: route})
	}
	var err, other error
	options.Host, options.Port, err = hostPort(a.client)
	options.Cluster.Host, options.Cluster.Port, other = hostPort(a.cluster)
	return options, errors.Join(err, other)
}

func hostPort(address string) (string, int, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("read address %q: %w", address, err)
	}
	port, err := strconv.Atoi(text)
	return host, port, err
}

func serveNode(options *server.Options) error {
	node, err := server.NewServer(options)
	if err != nil {
		return fmt.Errorf("start node %s: %w", options.ServerName, err)
	}
	node.ConfigureLogger()
	node.Start()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, os.Interrupt)
	<-told
	node.Shutdown()
	node.WaitForShutdown()
	return nil
}
