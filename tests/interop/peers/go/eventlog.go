package main

import (
	"github.com/google/go-eventlog/ccel"
	"github.com/google/go-eventlog/extract"
	"github.com/google/go-eventlog/register"
	"github.com/google/go-eventlog/tcg"
	"github.com/google/go-tdx-guest/abi"
	pb "github.com/google/go-tdx-guest/proto/tdx"
)

var eventLog = peer{
	name:       "go-eventlog",
	module:     "github.com/google/go-eventlog",
	tees:       []string{"eventlog"},
	prepare:    prepareEventLog,
	notChecked: "",
}

func prepareEventLog(s *sample) (check, error) {
	log := s.file("log")
	return func() error {
		_, err := tcg.ParseEventLog(log, tcg.ParseOpts{})
		return err
	}, nil
}

// That the log of a TD replays to the registers of its quote.
func replayCcel(s *sample, quote []byte) error {
	parsed, err := abi.QuoteToProto(quote)
	if err != nil {
		return err
	}
	bank := register.RTMRBank{}
	for i, digest := range parsed.(*pb.QuoteV4).GetTdQuoteBody().GetRtmrs() {
		bank.RTMRs = append(bank.RTMRs, register.RTMR{Index: i, Digest: digest})
	}
	_, err = ccel.ReplayAndExtract(s.file("ccel_table"), s.file("ccel_data"), bank, extract.Opts{})
	return err
}
