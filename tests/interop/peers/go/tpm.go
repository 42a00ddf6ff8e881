package main

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"github.com/google/go-tpm-tools/proto/attest"
	tpmpb "github.com/google/go-tpm-tools/proto/tpm"
	"github.com/google/go-tpm-tools/server"
	"github.com/google/go-tpm/legacy/tpm2"
)

var tpmTools = peer{
	name:       "go-tpm-tools",
	module:     "github.com/google/go-tpm-tools",
	tees:       []string{"gcp-vtpm"},
	prepare:    prepareTpm,
	notChecked: "dates of AK certificates where the AK is trusted as a key",
}

var banks = map[string]tpmpb.HashAlgo{"sha1": tpmpb.HashAlgo_SHA1, "sha256": tpmpb.HashAlgo_SHA256, "sha384": tpmpb.HashAlgo_SHA384}

func pcrsOf(s *sample, bank string) (*tpmpb.PCRs, error) {
	var values map[string]string
	if err := json.Unmarshal(s.file("pcrs_"+bank), &values); err != nil {
		return nil, err
	}
	pcrs := &tpmpb.PCRs{Hash: banks[bank], Pcrs: map[uint32][]byte{}}
	for index, value := range values {
		i, err := strconv.ParseUint(index, 10, 32)
		if err != nil {
			return nil, err
		}
		if pcrs.Pcrs[uint32(i)], err = hex.DecodeString(value); err != nil {
			return nil, err
		}
	}
	return pcrs, nil
}

func quotesOf(s *sample) ([]*tpmpb.Quote, error) {
	var quotes []*tpmpb.Quote
	for bank := range banks {
		if !s.has("quote_" + bank) {
			continue
		}
		pcrs, err := pcrsOf(s, bank)
		if err != nil {
			return nil, err
		}
		quotes = append(quotes, &tpmpb.Quote{Quote: s.file("quote_" + bank), RawSig: s.file("sig_" + bank), Pcrs: pcrs})
	}
	return quotes, nil
}

// The AK's chain alone.
func prepareAkChain(s *sample) (check, error) {
	var certificates [3]*x509.Certificate
	for i, role := range []string{"ak_cert", "intermediate", "root"} {
		var err error
		if certificates[i], err = x509.ParseCertificate(s.file(role)); err != nil {
			return nil, err
		}
	}
	// The peer judges such chains at the present time only.
	return func() error {
		return server.VerifyAKCert(certificates[0], certificates[2:], certificates[1:2])
	}, nil
}

// The quote of the strongest bank that the peer reads, and the event log, under the AK of the case.
func prepareTpm(s *sample) (check, error) {
	if s.Mode == "chain_only" {
		return prepareAkChain(s)
	}
	quotes, err := quotesOf(s)
	if err != nil {
		return nil, err
	}
	area, err := tpm2.DecodePublic(s.file("ak_pub"))
	if err != nil {
		return nil, err
	}
	key, err := area.Key()
	if err != nil {
		return nil, err
	}
	attestation := &attest.Attestation{AkPub: s.file("ak_pub"), Quotes: quotes, EventLog: s.file("event_log")}
	options := server.VerifyOpts{TrustedAKs: []crypto.PublicKey{key}}
	return func() error {
		_, err := server.VerifyAttestation(attestation, options)
		return err
	}, nil
}
