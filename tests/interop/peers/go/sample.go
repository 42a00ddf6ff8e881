package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// One case of a vectors manifest.
type sample struct {
	ID       string            `json:"id"`
	Tee      string            `json:"tee"`
	Mode     string            `json:"mode"`
	VerifyAt time.Time         `json:"verify_at"`
	Files    map[string]string `json:"files"`
	folder   string
}

func readManifest(path string) ([]*sample, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var samples []*sample
	if err := json.Unmarshal(text, &samples); err != nil {
		return nil, err
	}
	for _, s := range samples {
		s.folder = filepath.Dir(path)
	}
	return samples, nil
}

func (s *sample) has(role string) bool { return s.Files[role] != "" }

// Ends the program where a file that the manifest lists is not there: that is no answer of a peer.
func (s *sample) file(role string) []byte {
	content, err := os.ReadFile(filepath.Join(s.folder, s.Files[role]))
	if err != nil {
		panic(err)
	}
	return content
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// Verifications in a second of processor time, of the best of many batches of about 50 ms, after a warm-up.
func measure(verify check, seconds float64) (float64, error) {
	const batchTime = 50 * time.Millisecond
	batch, best := 1, 0.0
	for end := time.Now().Add(time.Duration(seconds * float64(time.Second))); best == 0 || time.Now().Before(end); {
		begin := processorTime()
		for i := 0; i < batch; i++ {
			if err := verify(); err != nil {
				return 0, err
			}
		}
		taken := processorTime() - begin
		if taken < batchTime {
			batch *= 2
			continue
		}
		best = max(best, float64(batch)/taken.Seconds())
	}
	return best, nil
}
