// Answers of Google's Go verifiers to vectors, and their speed; see docs/interop.md.
//
//	peer verify MANIFEST            one JSON line for each case that a peer has an answer to
//	peer bench MANIFEST CASE [SECONDS]  one JSON line for each peer of that kind of case
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// A prepared check verifies one sample from its bytes, with collateral, clock and roots at hand.
type check func() error

type peer struct {
	name       string
	module     string // whose version is printed
	tees       []string
	prepare    func(*sample) (check, error)
	notChecked string // what it doesn't check of what we do
}

var peers = []peer{sevGuest, tdxGuest, tpmTools, eventLog}

// Only timed: parts of what those above verify, where the rest was verified before.
var parts = []peer{sevGuestReport}

// What a peer has no means to judge.
type unsupported string

func (u unsupported) Error() string { return string(u) }

func (p *peer) knows(tee string) bool {
	for _, known := range p.tees {
		if known == tee {
			return true
		}
	}
	return false
}

func (p *peer) version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == p.module {
			return module.Version
		}
	}
	return "unknown"
}

func (p *peer) answer(s *sample) (answer, reason string) {
	verify, err := p.prepare(s)
	if err == nil {
		err = verify()
	}
	var cannot unsupported
	switch {
	case err == nil:
		return "valid", ""
	case errors.As(err, &cannot):
		return "unsupported", err.Error()
	default:
		return "invalid", err.Error()
	}
}

func verifyAll(samples []*sample, out *json.Encoder) error {
	for i := range peers {
		for _, s := range samples {
			if !peers[i].knows(s.Tee) {
				continue
			}
			answer, reason := peers[i].answer(s)
			line := map[string]string{"id": s.ID, "peer": peers[i].name, "version": peers[i].version(), "answer": answer, "reason": reason}
			if err := out.Encode(line); err != nil {
				return err
			}
		}
	}
	return nil
}

func benchAll(s *sample, seconds float64, out *json.Encoder) error {
	for _, p := range append(append([]peer{}, peers...), parts...) {
		if !p.knows(s.Tee) {
			continue
		}
		verify, err := p.prepare(s)
		if err != nil {
			return err
		}
		opsPerSecond, err := measure(verify, seconds)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		line := map[string]any{"peer": p.name, "version": p.version(), "case": s.ID, "ops_per_second": opsPerSecond,
			"not_checked": p.notChecked}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: peer verify MANIFEST | peer bench MANIFEST CASE [SECONDS]")
	}
	samples, err := readManifest(args[1])
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if args[0] == "verify" {
		return verifyAll(samples, out)
	}
	if args[0] != "bench" || len(args) < 3 {
		return errors.New("expected verify, or bench with a case")
	}
	seconds := 1.0
	if len(args) > 3 {
		if seconds, err = strconv.ParseFloat(args[3], 64); err != nil {
			return err
		}
	}
	for _, s := range samples {
		if s.ID == args[2] {
			return benchAll(s, seconds, out)
		}
	}
	return fmt.Errorf("no case %s", args[2])
}

func main() {
	runtime.GOMAXPROCS(1)
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}
